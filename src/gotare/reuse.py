"""Remembers what a build read and what came of it, so that an unchanged build does nothing.

A record's name is a hash of what the user asked and of the environment that a build sees. Its
content is a fingerprint of everything read, the images, and the state of what was written.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from gotare import __version__
from gotare.errors import GotareError
from gotare.golang.fingerprint import Fingerprint, Stat, changed_since, difference, stat_of
from gotare.oci.blobs import write_atomically
from gotare.result import BuiltImage

_FORMAT: Final = 1
_PREFIXES: Final = ("GO", "CGO_", "PKG_CONFIG", "DOCKER_", "CONTAINER_")
_NAMES: Final = ("CC", "CXX", "AR", "PATH", "HOME", "SOURCE_DATE_EPOCH", "XDG_CONFIG_HOME")
_IRRELEVANT: Final = ("GOTARE_CACHE", "GOTARE_CACHE_SIZE", "GOMAXPROCS", "GODEBUG", "GOGC")


@dataclass(frozen=True, slots=True)
class Recalled:
    """What a record says. `current` means that all that was written is still in place."""

    images: tuple[BuiltImage, ...]
    outputs: tuple[str, ...]
    current: bool


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
    """Return what was made before if everything that was read is unchanged; else None."""
    try:
        document = json.loads((folder / key).read_bytes())
        if difference(document["fingerprint"]) is not None:
            return None
        images = tuple(BuiltImage.from_record(image) for image in document["images"])
        written: Mapping[str, Stat | None] = document["written"]
        current = bool(written) and all(stat_of(path) == stat for path, stat in written.items())
        current = current and all(_holds(*entry) for entry in document["names"])
        return Recalled(images, tuple(document["outputs"]), current)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, GotareError):
        return None


def _holds(layout: str, name: str, digest: str) -> bool:
    """Whether a layout's index still gives a name to an image, whatever else was merged into it."""
    index = json.loads(Path(layout, "index.json").read_bytes())
    named = {
        entry["digest"]
        for entry in index["manifests"]
        if entry.get("annotations", {}).get("org.opencontainers.image.ref.name") == name
    }
    return digest in named


def remember(
    folder: Path,
    key: str,
    fingerprint: Fingerprint,
    started: int,
    images: Iterable[BuiltImage],
    outputs: Iterable[str],
    written: Iterable[Path],
    names: Iterable[tuple[str, str, str]],
) -> bool:
    """Write the record, unless something changed since the build `started` (ns since 1970).

    `written` are the files to find unchanged next time, `names` what layouts must still hold, as
    (layout, ref.name, digest). Returns whether it was written; a failure to write is no error.
    """
    if difference(fingerprint) is not None or changed_since(fingerprint, started) is not None:
        return False
    document = {
        "fingerprint": fingerprint,
        "images": [image.record() for image in images],
        "outputs": list(outputs),
        "written": {str(path): stat_of(str(path)) for path in written},
        "names": [list(entry) for entry in names],
    }
    with suppress(OSError, GotareError):
        folder.mkdir(parents=True, exist_ok=True)
        write_atomically(folder / key, json.dumps(document).encode())
        return True
    return False
