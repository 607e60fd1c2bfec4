"""What is wrong with the entries of a layer, and the file system that layers make together.

Source: image-spec v1.1 `layer.md` (whiteouts, hard links, no duplicates). Pure: it sees entries,
not bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from gotare.oci.expand import LayerError
from gotare.oci.problems import Problem, Severity
from gotare.oci.tarread import Entry

WHITEOUT: Final = ".wh."
OPAQUE: Final = ".wh..wh..opq"
_AUFS: Final = ".wh..wh."
_LONGEST: Final = 4096
_MOST_ENTRIES: Final = 2_000_000
_MOST_LINKS: Final = 40

Files = dict[str, Entry]
"""A file tree: normal path (no leading slash, "" for the root) to what is there."""


@dataclass(slots=True)
class Layer:
    """What one layer does to the file system below it."""

    files: Files = field(default_factory=dict)
    removed: list[str] = field(default_factory=list)
    opaque: list[str] = field(default_factory=list)
    links_below: list[Entry] = field(default_factory=list)
    """Hard links to a file that this layer does not hold before them."""


def normal(path: str) -> str:
    """Return the path without leading, trailing, doubled slashes and `.` parts."""
    return "/".join(normal_parts(path))


def check_entries(entries: Iterable[Entry], layer: Layer) -> Iterator[Problem]:
    """Yield what is wrong with each entry, filling `layer` on the way.

    Raises LayerError when there are more entries than memory should hold.
    """
    for number, entry in enumerate(entries):
        if number >= _MOST_ENTRIES:
            raise LayerError("tar-entries", f"the layer has more than {_MOST_ENTRIES} entries")
        bad_path = _path_problem(entry.path)
        if bad_path:
            yield bad_path
            continue
        yield from _mode_problems(entry)
        yield from _place(entry, normal(entry.path), layer)


def _problem(rule: str, path: str, what: str, severity: Severity = "error") -> Problem:
    shown = path if len(path) < 200 else path[:200] + "…"
    printable = shown.encode("utf-8", "backslashreplace").decode()
    return Problem(severity, rule, f"{printable!r} {what}", path=printable)


def _path_problem(path: str) -> Problem | None:
    if not path:
        return _problem("tar-path-empty", path, "is an empty path")
    if "\0" in path:
        return _problem("tar-path-nul", path, "has a NUL in its path")
    if path.startswith("/"):
        return _problem("tar-path-absolute", path, "is an absolute path")
    if ".." in path.split("/"):
        return _problem("tar-path-climbs", path, "climbs out with '..'")
    if len(path) > _LONGEST:
        return _problem("tar-path-long", path, f"is longer than {_LONGEST} characters")
    if not path.isascii() and any("\udc80" <= letter <= "\udcff" for letter in path):
        return _problem("tar-path-encoding", path, "is not UTF-8")
    return None


def _mode_problems(entry: Entry) -> Iterator[Problem]:
    if entry.kind == "device":
        yield _problem("tar-device", entry.path, "is a device", "warning")
    if entry.kind == "unknown":
        yield _problem("tar-type", entry.path, "is of a type that few tools know", "warning")
    if entry.kind == "file" and entry.mode & 0o6000:
        what = f"is setuid or setgid ({entry.mode:04o})"
        yield _problem("tar-setuid", entry.path, what, "warning")


def _place(entry: Entry, path: str, layer: Layer) -> Iterator[Problem]:
    name = path.rpartition("/")[2]
    if name.startswith(WHITEOUT):
        yield from _place_whiteout(entry, path, layer)
        return
    if path in layer.files:
        yield _problem("tar-duplicate", entry.path, "is there twice in one layer")
    blocked = _blocked_by(path, layer.files)
    if blocked:
        yield _problem("tar-parent", entry.path, f"is below {blocked!r}, which is not a directory")
        return
    yield from _link_problems(entry, layer)
    layer.files[path] = entry


def _blocked_by(path: str, files: Files) -> str:
    """Return the nearest parent that this layer makes a file or symlink, or ""."""
    parent = path.rpartition("/")[0]
    while parent:
        entry = files.get(parent)
        if entry:
            return "" if entry.kind == "directory" else parent
        parent = parent.rpartition("/")[0]
    return ""


def _link_problems(entry: Entry, layer: Layer) -> Iterator[Problem]:
    if entry.kind == "symlink" and not entry.link:
        yield _problem("tar-symlink", entry.path, "is a symlink to nothing")
    if entry.kind != "hardlink":
        return
    if ".." in entry.link.split("/") or "\0" in entry.link or not normal(entry.link):
        what = f"is a hard link to {entry.link[:200]!r}, which is no path in the image"
        yield _problem("tar-hardlink", entry.path, what)
    elif normal(entry.link) not in layer.files:
        layer.links_below.append(entry)


def _place_whiteout(entry: Entry, path: str, layer: Layer) -> Iterator[Problem]:
    parent, _, name = path.rpartition("/")
    hidden = name[len(WHITEOUT) :]
    if name == OPAQUE:
        layer.opaque.append(parent)
    elif hidden in ("", ".", "..") or name.startswith(_AUFS):
        yield _problem("tar-whiteout", entry.path, "is a whiteout of no file")
        return
    else:
        layer.removed.append(f"{parent}/{hidden}" if parent else hidden)
    if entry.kind != "file" or entry.size:
        yield _problem("tar-whiteout", entry.path, "is a whiteout but not an empty file")


def apply_layer(files: Files, layer: Layer) -> Iterator[Problem]:
    """Change `files` as the layer does; yield the hard links whose target is in no layer."""
    for link in layer.links_below:
        if normal(link.link) not in files:
            what = f"is a hard link to {link.link[:200]!r}, which is not there"
            yield _problem("tar-hardlink", link.path, what)
    gone = set(layer.removed)
    emptied = set(layer.opaque)
    # A directory that turns into something else takes what was below it along.
    gone |= {
        path
        for path, entry in layer.files.items()
        if entry.kind != "directory" and path in files and files[path].kind == "directory"
    }
    if gone or emptied:
        for path in [path for path in files if _is_hidden(path, gone, emptied)]:
            del files[path]
    for path, entry in layer.files.items():
        files[_through(path, files)] = entry


def _through(path: str, files: Files) -> str:
    """Return where a file lands when a parent is a symlink of a lower layer, as engines unpack."""
    parent, slash, name = path.rpartition("/")
    place = ""
    for part in normal_parts(parent):
        place = f"{place}/{part}" if place else part
        entry = files.get(place)
        if entry and entry.kind == "symlink":
            place = locate(files, place)
    return f"{place}{slash}{name}" if place else name


def _is_hidden(path: str, gone: set[str], emptied: set[str]) -> bool:
    if path in gone:
        return True
    parent = path
    while parent:
        parent = parent.rpartition("/")[0]
        if parent in emptied or parent in gone:
            return True
    return False


def find(files: Files, path: str) -> Entry | None:
    """Return what `path` leads to, following symlinks and hard links, or None."""
    return files.get(locate(files, path))


def locate(files: Files, path: str) -> str:
    """Return the path without symlinks and hard links; "" for a loop of them."""
    hops = 0
    parts, place = normal_parts(path), ""
    while parts:
        part = parts.pop(0)
        if part == "..":
            place = place.rpartition("/")[0]
            continue
        here = f"{place}/{part}" if place else part
        entry = files.get(here)
        if entry is None or entry.kind not in ("symlink", "hardlink"):
            place = here
            continue
        hops += 1
        if hops > _MOST_LINKS:
            return ""
        if entry.kind == "hardlink" or entry.link.startswith("/"):
            place = ""
        parts = normal_parts(entry.link) + parts
    return place


def normal_parts(path: str) -> list[str]:
    """Return the parts of a path, `..` kept."""
    return [part for part in path.split("/") if part not in ("", ".")]
