"""Remembers what a build read and what came of it, so that an unchanged build does nothing.

A record's name is a hash of what the user asked and of the environment that a build sees. Its
content is a fingerprint of everything read, the images, and the state of what was written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from gotare import __version__
from gotare.cache import read_sealed, write_sealed
from gotare.errors import GotareError
from gotare.frozen import dataclass
from gotare.golang.fingerprint import (
    Fingerprint,
    Stat,
    changed_since,
    difference,
    edited_files,
    stat_of,
)
from gotare.oci.types import REF_NAME
from gotare.result import BuiltImage

if TYPE_CHECKING:
    from gotare.golang.head_start import HeadStart

_FORMAT: Final = 1
_PREFIXES: Final = ("GO", "CGO_", "GIT_", "PKG_CONFIG", "DOCKER_", "CONTAINER_")
_NAMES: Final = ("CC", "CXX", "AR", "PATH", "HOME", "SOURCE_DATE_EPOCH", "XDG_CONFIG_HOME")
_IRRELEVANT: Final = ("GOTARE_CACHE", "GOTARE_CACHE_SIZE", "GOMAXPROCS", "GOGC")


@dataclass(frozen=True, slots=True)
class Recalled:
    """What a record says.

    `unchanged`: all that the build read is as it was. `current`: all that it wrote is in place.
    `project` are the facts about the project, where an edit since then cannot have changed them.
    `form` is how the result was printed: text, json or none. `written` are the files written.
    """

    images: tuple[BuiltImage, ...]
    outputs: tuple[str, ...]
    bases: tuple[tuple[str, str], ...]
    unchanged: bool
    current: bool
    form: str
    fingerprint: Fingerprint
    written: Mapping[str, Stat | None]
    project: Mapping[str, Any] | None
    head_start: tuple[HeadStart, Path] | None


def build_key(request: Mapping[str, Any], env: Mapping[str, str]) -> str:
    """Return the name of the record for a request in an environment."""
    seen = {
        name: value
        for name, value in env.items()
        if name.startswith(_PREFIXES) or name in _NAMES
        if name not in _IRRELEVANT
    }
    words = [__version__, _FORMAT, request, seen]
    return sha256(json.dumps(words, sort_keys=True, default=str).encode()).hexdigest()


def recall(folder: Path, key: str) -> Recalled | None:
    """Return what is known of an earlier build of the same request, or None."""
    try:
        document = json.loads(read_sealed(folder / key))
        seen: Fingerprint = document["fingerprint"]
        if difference(seen) is not None:
            return _edited(document, seen)
        written: Mapping[str, Stat | None] = document["written"]
        as_left = (stat and stat_of(path) == stat for path, stat in written.items())
        current = bool(written) and all(as_left)
        current = current and all(_holds(*entry) for entry in document["names"])
        return _recalled(document, unchanged=True, current=current)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, GotareError):
        return None


def _edited(document: Mapping[str, Any], seen: Fingerprint) -> Recalled | None:
    """After an edit the facts still hold when no edited file has another shape."""
    from gotare.golang.shape import still_holds

    edited, project = edited_files(seen), document["project"]
    if edited is None or project is None:
        return None
    root = Path(project["root"])
    places = [_relative(path, root) for path in edited]
    # Any edited file but a Go source (gotare.yaml, go.mod, the go command…) may change the facts.
    if not all(place in project["shapes"] for place in places):
        return None
    if not still_holds(project["shapes"], project["control_files"], root, places):
        return None
    return _recalled(document, unchanged=False, current=False)


def _relative(path: str, root: Path) -> str:
    prefix = f"{root}/"
    return path[len(prefix) :] if path.startswith(prefix) else path


def _recalled(document: Mapping[str, Any], *, unchanged: bool, current: bool) -> Recalled:
    return Recalled(
        images=tuple(BuiltImage.from_record(image) for image in document["images"]),
        outputs=tuple(document["outputs"]),
        bases=tuple((name, digest) for name, digest in document["bases"]),
        unchanged=unchanged,
        current=current,
        form=document["form"],
        fingerprint=document["fingerprint"],
        written=document["written"],
        project=document["project"],
        head_start=_head_start(document["head_start"]),
    )


def _head_start(document: Any) -> tuple[HeadStart, Path] | None:
    return (document[0], Path(document[1])) if document else None


def _holds(layout: str, name: str, digest: str) -> bool:
    """Whether a layout's index still gives a name to an image, whatever else was merged into it."""
    index = json.loads(Path(layout, "index.json").read_bytes())
    named = {
        entry["digest"]
        for entry in index["manifests"]
        if entry.get("annotations", {}).get(REF_NAME) == name
    }
    return digest in named


@dataclass(frozen=True, slots=True)
class Memory:
    """What to remember of a build that `started` then (nanoseconds since 1970).

    `written` are the files to find unchanged next time, `names` what layouts must still hold, as
    (layout, ref.name, digest), `bases` the digests that base names had, and `head_start` the first
    command of the compiler with the lock of the folder that it writes into.
    """

    fingerprint: Fingerprint
    started: int
    images: tuple[BuiltImage, ...]
    outputs: tuple[str, ...]
    written: tuple[Path, ...]
    names: tuple[tuple[str, str, str], ...]
    bases: tuple[tuple[str, str], ...]
    project: Mapping[str, Any] | None
    head_start: tuple[HeadStart, Path] | None


def remember(folder: Path, key: str, memory: Memory, form: str) -> bool:
    """Write the record, unless something that was read changed since the build started.

    Returns whether it was written; a cache that cannot be written is no error.
    """
    seen = memory.fingerprint
    if difference(seen) is not None or changed_since(seen, memory.started) is not None:
        return False
    document = {
        "fingerprint": seen,
        "images": [image.record() for image in memory.images],
        "outputs": list(memory.outputs),
        "written": {str(path): stat_of(str(path)) for path in memory.written},
        "names": [list(entry) for entry in memory.names],
        "bases": [list(entry) for entry in memory.bases],
        "project": memory.project,
        "form": form,
        "head_start": memory.head_start and [memory.head_start[0], str(memory.head_start[1])],
    }
    with suppress(OSError, GotareError):
        folder.mkdir(parents=True, exist_ok=True)
        write_sealed(folder / key, json.dumps(document).encode())
        return True
    return False
