"""Where a container with a read-only root must still be writable, and what is mounted there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from gotare.plan import ImagePlan
from gotare.workload import Writable

TMP: Final = "/tmp"  # noqa: S108 - a place in the container
_FILES: Final = frozenset({".db", ".sqlite", ".sqlite3", ".log", ".pid", ".sock", ".lock"})
_LONGEST: Final = 50


@dataclass(frozen=True, slots=True)
class Mount:
    """A folder to mount. `name` is unique in the image, and a DNS label."""

    name: str
    path: str
    lasting: bool
    at: str


@dataclass(frozen=True, slots=True)
class Mounts:
    """`scratch` are emptied with the container, `lasting` outlive it. `hiding` are places that hold
    files of the image, which a mount would hide: nothing is mounted there."""

    scratch: tuple[Mount, ...]
    lasting: tuple[Mount, ...]
    hiding: tuple[Writable, ...]


def mounts_of(image: ImagePlan) -> Mounts:
    """Return what to mount; /tmp always, since a read-only root has no place for Go's own
    temporary files either."""
    places = {TMP: Writable(TMP)}
    for writable in image.workload.writable:
        folder = _folder(writable.path)
        known = places.get(folder)
        lasting = writable.lasting or (known is not None and known.lasting)
        at = known.at if known and known.at else writable.at
        places[folder] = Writable(folder, lasting, at)
    hiding = tuple(w for w in places.values() if w.path == "/" or _holds_files(w.path, image))
    open_places = [w for w in places.values() if w not in hiding]
    kept = [w for w in open_places if w.lasting or not _is_covered(w.path, open_places)]
    named = _named(kept)
    return Mounts(
        tuple(mount for mount in named if not mount.lasting),
        tuple(mount for mount in named if mount.lasting),
        hiding,
    )


def _folder(path: str) -> str:
    """Return the folder of a place: one that is named like a file is one."""
    place = PurePosixPath(path)
    return str(place.parent if place.suffix in _FILES else place)


def _holds_files(folder: str, image: ImagePlan) -> bool:
    inside = [file.destination for file in image.files] + [image.run.entrypoint[0]]
    return any(PurePosixPath(path).is_relative_to(folder) for path in inside)


def _is_covered(path: str, others: Iterable[Writable]) -> bool:
    """Whether a folder lies in another that is mounted."""
    return any(w.path != path and PurePosixPath(path).is_relative_to(w.path) for w in others)


def _named(places: Iterable[Writable]) -> list[Mount]:
    found: dict[str, Mount] = {}
    for place in places:
        plain = re.sub(r"[^a-z0-9]+", "-", place.path.lower()).strip("-")[-_LONGEST:].strip("-")
        name = plain or "data"
        while name in found:
            name = f"{name}-x"
        found[name] = Mount(name, place.path, place.lasting, place.at)
    return list(found.values())
