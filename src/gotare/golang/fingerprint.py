"""Tells, without running `go`, whether anything that a build reads has changed.

A file is known by size, inode, and times of modification and of status change: the last cannot be
set back, so an edit that keeps size and mtime is seen too. A folder is known by the names in it
that matter to a build, because a new file counts as a change. `None` stands for what was not there
and must not appear (a go.work in a parent, say). In doubt a build is repeated.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final, TypedDict

Stat = list[int]

GRANULARITY: Final = 10_000_000
"""Nanoseconds by which a file system's clock may be behind (a kernel tick is at most 10 ms)."""

_SUFFIXES: Final = (
    *(".go", ".s", ".S", ".sx", ".c", ".cc", ".cpp", ".cxx", ".m", ".h", ".hh", ".hpp", ".hxx"),
    *(".f", ".F", ".for", ".f90", ".swig", ".swigcxx", ".syso", ".pgo"),
)
_SKIPPED: Final = frozenset({"testdata", "vendor"})


class Fingerprint(TypedDict):
    """What was seen, as JSON keeps it: stats of files, names in folders, folders below roots."""

    files: dict[str, Stat | None]
    folders: dict[str, list[str] | None]
    trees: dict[str, list[str]]
    embeds: dict[str, list[str] | None]


def stat_of(path: str) -> Stat | None:
    """Return what identifies a file's state, or None when there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_mode]


def take(
    files: Iterable[Path],
    folders: Iterable[Path] = (),
    trees: Iterable[Path] = (),
    embeds: Iterable[Path] = (),
) -> Fingerprint:
    """Look at everything now.

    `folders` hold packages; `trees` are roots in which any new folder with Go files counts;
    `embeds` are folders of which every name counts.
    """
    return {
        "files": {str(path): stat_of(str(path)) for path in files},
        "folders": {str(path): package_names(str(path)) for path in folders},
        "trees": {str(path): package_folders(str(path)) for path in trees},
        "embeds": {str(path): all_names(str(path)) for path in embeds},
    }


def difference(seen: Fingerprint) -> str | None:
    """Return the first thing that is not as it was seen, or None when nothing changed."""
    for path, stat in seen["files"].items():
        if stat_of(path) != stat:
            return path
    for path, names in seen["folders"].items():
        if package_names(path) != names:
            return path
    for path, names in seen["embeds"].items():
        if all_names(path) != names:
            return path
    for path, folders in seen["trees"].items():
        if package_folders(path) != folders:
            return path
    return None


def edited_files(seen: Fingerprint) -> list[str] | None:
    """Return the files whose content may differ, or None when more than that has changed.

    More is a file, folder or package that came or went.
    """
    for path, names in seen["folders"].items():
        if package_names(path) != names:
            return None
    files = {**seen, "files": {}, "folders": {}}
    if difference(files) is not None:  # type: ignore[arg-type]
        return None
    edited = []
    for path, stat in seen["files"].items():
        now = stat_of(path)
        if now != stat:
            if stat is None or now is None:
                return None
            edited.append(path)
    return edited


def changed_since(seen: Fingerprint, moment: int) -> str | None:
    """Return a file whose status changed at or after `moment` (nanoseconds since 1970), or None.

    Such a file may have been read before or after the change, so nothing may be remembered of it.
    """
    for path, stat in seen["files"].items():
        if stat is not None and stat[2] >= moment - GRANULARITY:
            return path
    return None


def package_names(folder: str) -> list[str] | None:
    """Return the names of the files in a folder that Go's build may read."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if _is_source(entry.name))
    except OSError:
        return None


def all_names(folder: str) -> list[str] | None:
    """Return all names in a folder."""
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return None


def package_folders(root: str) -> list[str]:
    """Return the folders below root that hold Go files or a go.mod, as `./...` walks them."""
    found: list[str] = []
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        below, is_package = _look(folder)
        waiting += below
        if is_package:
            found.append(folder)
    return sorted(found)


def _look(folder: str) -> tuple[list[str], bool]:
    below, is_package = [], False
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                name = entry.name
                if name.endswith(".go") or name == "go.mod":
                    is_package = True
                elif (
                    name[0] not in "._"
                    and name not in _SKIPPED
                    and entry.is_dir(follow_symlinks=False)
                ):
                    below.append(entry.path)
    except OSError:
        return [], False
    return below, is_package


def _is_source(name: str) -> bool:
    return name.endswith(_SUFFIXES) and not name.endswith("_test.go")
