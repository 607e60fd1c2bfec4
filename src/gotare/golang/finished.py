"""Tells binaries of a finished build from those that a killed build left half copied."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path

from gotare.errors import StoreError

_FINISHED = ".finished.json"


def finished(folder: Path) -> dict[str, list[int] | None]:
    """Return size, time and inode of each binary, by name, as the last finished build left it."""
    try:
        known = json.loads((folder / _FINISHED).read_text())
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def unfinished(binaries: Iterable[Path]) -> list[Path]:
    """Return the binaries that are not as the last finished build left them."""
    return [
        binary for binary in binaries if finished(binary.parent).get(binary.name) != state(binary)
    ]


def drop_unfinished(binaries: Iterable[Path]) -> None:
    """Remove binaries that are not as the last finished build left them.

    Go takes a binary for up to date when its head says so; one whose tail is missing, because a
    build was killed while it copied, would stay for ever.
    """
    for binary in unfinished(binaries):
        binary.unlink(missing_ok=True)


def note_finished(folder: Path, binaries: Iterable[Path]) -> None:
    """Note size and time of the binaries of a finished build. Raises StoreError."""
    states = {binary.name: state(binary) for binary in binaries}
    temporary = folder / f"{_FINISHED}.{os.getpid()}"
    try:
        temporary.write_text(json.dumps(states))
        temporary.replace(folder / _FINISHED)
    except OSError as error:
        raise StoreError(
            f"cannot write to {folder}: {error.strerror}", "check its permissions and space"
        ) from error


def state(binary: Path) -> list[int] | None:
    """Return size, time of modification and inode of a binary; None when there is none."""
    try:
        found = binary.stat()
    except OSError:
        return None
    return [found.st_size, found.st_mtime_ns, found.st_ino]
