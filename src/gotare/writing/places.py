"""Where does a generated file go, and what stands there? Nothing outside the project is touched."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from gotare.errors import WriteError

MAX_SIZE: Final = 8 << 20
"""The largest file that is compared, in bytes: larger ones are not what gotare writes."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A file that is there: its content, mode and owner."""

    data: bytes
    mode: int
    uid: int
    gid: int


def place(root: Path, path: str) -> Path:
    """Return where a path of the project really lies. Raises WriteError outside the project.

    A symbolic link inside the project is followed, so that it stays one.
    """
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts:
        raise WriteError(f"not a path inside the project: {path!r}", "give a relative path")
    inside = _resolved(root, path)
    target = _resolved(root.joinpath(*parts), path)
    if not target.is_relative_to(inside):
        raise WriteError(
            f"{path} leads out of the project, to {target}",
            "a symbolic link is in the way: replace it by a folder or file of the project",
        )
    return target


def _resolved(path: Path, shown: str) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop, before Python 3.13
        raise WriteError(
            f"{shown}: the symbolic links lead in a circle or cannot be followed: {error}",
            "remove the link",
        ) from None


def read(target: Path, shown: str) -> Standing | None:
    """Return what stands at a place; None when nothing does. Raises WriteError for anything but a
    file, and for one that cannot be read."""
    try:
        status = target.stat()
        if not stat.S_ISREG(status.st_mode):
            raise _in_the_way(shown, status.st_mode)
        if status.st_size > MAX_SIZE:
            raise WriteError(
                f"{shown} is larger than {MAX_SIZE >> 20} MiB", "move it away, or leave it out"
            )
        data = target.read_bytes()
    except FileNotFoundError:
        return None
    except NotADirectoryError:
        raise WriteError(
            f"{shown}: a part of the path is a file, not a folder", "move that file away"
        ) from None
    except OSError as error:
        raise WriteError(f"{shown} cannot be read: {os.strerror(error.errno or 0)}") from error
    return Standing(data, stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid)


def _in_the_way(shown: str, mode: int) -> WriteError:
    kind = "a folder" if stat.S_ISDIR(mode) else "not a file"
    return WriteError(f"{shown} is {kind}", "move it away, or leave this part out with --only")
