"""A hidden folder beside an output file, where the file is prepared before it gets its name.

It is on the same file system as the output, so a rename is enough; it is locked while its process
lives, so the next run can tell what a killed one left and removes it.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from gotare.errors import StoreError
from gotare.oci.blobs import storing
from gotare.oci.closing import Closing
from gotare.oci.store import CHUNK

_BLOCK: Final = 512


class Staging(Closing):
    """Holds what an output file is made from; `publish` makes it appear at once and whole."""

    def __init__(self, target: Path) -> None:
        """Raises StoreError when the output cannot be written there."""
        if target.exists() and not target.is_file():
            raise StoreError(f"{target} is not a file", "choose another output file")
        if not target.parent.is_dir():
            raise StoreError(
                f"there is no folder {target.parent}", f"make it: mkdir -p {target.parent}"
            )
        self.target = target
        _remove_stale(target)
        with storing(target):
            self.path, self._lock = _create(target)

    def publish(self, write: Callable[[BinaryIO], None]) -> None:
        """Let `write` produce the file, then give it its name. Raises StoreError."""
        temporary = self.path / "archive"
        with storing(self.target):
            with temporary.open("wb") as file:
                write(file)
            temporary.replace(self.target)

    @contextmanager
    def naming(self) -> Iterator[None]:
        """Let errors of the operating system name the output instead of the hidden folder."""
        try:
            yield
        except StoreError as error:
            if not isinstance(error.__cause__, OSError):
                raise
            with storing(self.target):
                raise error.__cause__ from None

    def close(self) -> None:
        """Remove the folder."""
        _remove(self.path)
        os.close(self._lock)


def _create(target: Path) -> tuple[Path, int]:
    """Make and lock a folder; another process may take it for a stale one before the lock."""
    while True:
        path = target.with_name(f".{target.name}.{secrets.token_hex(8)}.tmp")
        path.mkdir(mode=0o700)
        lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(lock, fcntl.LOCK_EX)
        if path.is_dir():
            return path, lock
        os.close(lock)


def _remove_stale(target: Path) -> None:
    """Remove the folders of processes that died. What cannot be removed is no obstacle."""
    with suppress(OSError):
        for path in target.parent.glob(f".{_escaped(target.name)}.{'[0-9a-f]' * 16}.tmp"):
            lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(path)
            finally:
                os.close(lock)


def _escaped(name: str) -> str:
    import glob

    return glob.escape(name)


def _remove(path: Path) -> None:
    import shutil

    shutil.rmtree(path, ignore_errors=True)


class TarWriter:
    """Writes a tar whose bytes depend on names and contents alone: no times, no owners."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write

    def start(self, name: str, size: int) -> None:
        """Write the header of a file; its content must follow, then `end`."""
        import tarfile

        info = tarfile.TarInfo(name)
        info.size = size
        info.mode = 0o644
        self._write(info.tobuf(tarfile.PAX_FORMAT))

    def end(self, size: int) -> None:
        """Fill the last block of a file of that size."""
        if size % _BLOCK:
            self._write(bytes(-size % _BLOCK))

    def add(self, name: str, size: int, stream: BinaryIO) -> None:
        """Write a file. Raises StoreError when the stream holds another number of bytes."""
        self.start(name, size)
        left = size
        while chunk := stream.read(min(CHUNK, left)) if left else b"":
            self._write(chunk)
            left -= len(chunk)
        if left or stream.read(1):
            raise StoreError(f"{name} changed while it was packed", "run gotare again")
        self.end(size)

    def add_bytes(self, name: str, content: bytes) -> None:
        """Write a small file."""
        self.start(name, len(content))
        self._write(content)
        self.end(len(content))

    def close(self) -> None:
        """Write the end of the archive (two blocks of zeros; POSIX `ustar`)."""
        self._write(bytes(2 * _BLOCK))
