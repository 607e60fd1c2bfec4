"""What goes into an image beside the program, where the program runs, and what it writes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import Final

from gotare.golang.facts.types import FileUse
from gotare.settings import FileMapping
from gotare.workload import Note, Writable

_NEVER: Final = (
    r"(?i)(^|/)(\.env(\..*)?|id_(rsa|ed25519|ecdsa)|.*\.(key|pem|p12|pfx|jks)|\.netrc"
    r"|credentials.*\.json|\.git|\.aws|\.ssh|\.kube)(/|$)"
)
_GLOB: Final = re.compile(r"[*?\[]")
_SHIPPED: Final = frozenset({"", "template", "static", "migration", "config"})
_LASTING: Final = frozenset({"database", ""})


def shipped_files(files: Iterable[FileUse]) -> tuple[tuple[FileMapping, FileUse], ...]:
    """Return the files of the project that the program opens and does not embed, each with the
    fact behind it. What lies in a folder that is taken anyway is left out."""
    found: dict[str, FileUse] = {}
    for use in files:
        source = _source(use)
        if source:
            found.setdefault(source, use)
    tops = [path for path in found if not any(_is_below(path, other) for other in found)]
    return tuple((FileMapping(path, path), found[path]) for path in tops)


def _source(use: FileUse) -> str:
    """Return the file or folder of the project to take, "" for none."""
    if use.access != "read" or not use.present or use.path is None or use.kind not in _SHIPPED:
        return ""
    path = PurePosixPath(use.path.removeprefix("file://"))
    if path.is_absolute() or ".." in path.parts or re.search(_NEVER, str(path)):
        return ""
    plain = []
    for part in path.parts:
        if _GLOB.search(part):
            break
        plain.append(part)
    return "/".join(plain)


def _is_below(path: str, folder: str) -> bool:
    return path != folder and path.startswith(f"{folder}/")


def writable_places(files: Iterable[FileUse], workdir: str) -> tuple[Writable, ...]:
    """Return the folders that the program writes to, absolute; each once."""
    found: dict[str, Writable] = {}
    for use in files:
        place = _folder(use, workdir)
        if place:
            kept = use.access == "write" and use.kind in _LASTING
            lasting = kept and place != "/tmp"  # noqa: S108
            known = found.get(place)
            if known is None or (lasting and not known.lasting):
                found[place] = Writable(place, lasting, str(use.at))
    return tuple(found.values())


def _folder(use: FileUse, workdir: str) -> str:
    if use.access == "read":
        return ""
    if use.access == "temp":
        absolute = use.path and use.path.startswith("/")
        return str(PurePosixPath(use.path or "")) if absolute else "/tmp"  # noqa: S108
    if not use.path or use.path.startswith(("/dev/", "/proc/", "/sys/")):
        return ""
    path = PurePosixPath(workdir, use.path)
    folder = path.parent if path.suffix or path.name.startswith(".") else path
    return "/tmp" if str(folder).startswith("/tmp") else str(folder)  # noqa: S108


def content_notes(image: str, files: Sequence[FileUse], workdir: str) -> Iterator[Note]:
    """Yield what the user should know about files."""
    for use in files:
        at = str(use.at)
        if use.access == "read" and use.path and re.search(_NEVER, use.path):
            text = f"opens {use.path}: secrets stay out of the image, mount it or set variables"
            yield Note(image, "secret-file", text, at)
        elif use.access == "read" and _is_missing(use):
            yield Note(
                image, "missing-file", f"opens {use.path}, which the project does not have", at
            )
        elif use.access == "write" and use.kind == "log":
            text = f"logs to the file {use.path or '(computed)'}: containers log to stdout"
            yield Note(image, "log-file", text, at)
        elif use.access == "write" and use.path and not use.path.startswith("/"):
            text = f"writes {use.path} below {workdir}: mount a volume there, the root is read-only"
            yield Note(image, "writes-workdir", text, at)


def _is_missing(use: FileUse) -> bool:
    relative = use.path is not None and not use.path.startswith(("/", "~", "$"))
    return (
        relative
        and not use.present
        and not use.settled_by
        and use.kind in ("template", "static", "migration")
    )
