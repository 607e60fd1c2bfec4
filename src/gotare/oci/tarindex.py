"""The members of a tar file by name, read at random: image archives are tars.

Nothing is extracted, so a name is only a key; names that would climb out are refused all the same,
because whoever wrote them meant harm to the next reader.
"""

from __future__ import annotations

import io
import os
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, cast

from gotare.errors import CorruptError, NotFoundError, StoreError
from gotare.oci.blobs import storing
from gotare.oci.closing import Closing
from gotare.oci.expand import Algorithm, Expanded, Readable, expand
from gotare.oci.store import CHUNK
from gotare.oci.tarread import BLOCK, Entry, TarReader
from gotare.oci.types import MAX_MANIFEST

MAX_MEMBERS: Final = 100_000
"""Members of an archive; the largest images have a few hundred."""

MAX_EXPANDED: Final = 64 << 30
"""Bytes that a compressed archive may hold."""

_MAGIC: Final[dict[bytes, Algorithm]] = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
_LINKS: Final = 8


def compression_of(head: bytes) -> Algorithm:
    """Tell how content is compressed from its first four bytes (RFC 1952, RFC 8878)."""
    return next((kind for magic, kind in _MAGIC.items() if head.startswith(magic)), "none")


@dataclass(frozen=True, slots=True)
class Member:
    """Where the content of a file is in the tar."""

    offset: int
    size: int


class Window(io.RawIOBase):
    """A readable part of a file, with a position of its own: several threads may read one file."""

    def __init__(self, file: BinaryIO, member: Member) -> None:
        super().__init__()
        self._descriptor = file.fileno()
        self._at = member.offset
        self._end = member.offset + member.size

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: object) -> int:
        """Read into a writable buffer."""
        view = memoryview(cast(bytearray, buffer))
        chunk = os.pread(self._descriptor, min(len(view), self._end - self._at), self._at)
        view[: len(chunk)] = chunk
        self._at += len(chunk)
        return len(chunk)


class _Tape:
    """What TarReader reads, with a position; skipping costs nothing."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = os.fstat(file.fileno()).st_size
        self.at = 0

    def read(self, size: int) -> bytes:
        chunk = os.pread(self._file.fileno(), size, self.at)
        self.at += len(chunk)
        return chunk

    def skip(self, size: int) -> int:
        step = min(size, self._size - self.at)
        self.at += step
        return step


class TarIndex(Closing):
    """A tar file, plain or compressed, opened for random reading; close it after use."""

    def __init__(self, path: Path) -> None:
        """Raises NotFoundError, StoreError, or CorruptError when it is not an acceptable tar."""
        try:
            with storing(path):
                file = path.open("rb")
        except StoreError as error:
            if isinstance(error.__cause__, FileNotFoundError):
                raise NotFoundError(f"there is no file {path}") from None
            raise
        self._open(file, str(path))

    @classmethod
    def of(cls, file: BinaryIO, origin: str) -> TarIndex:
        """Take over an open file; `origin` names it in errors."""
        index = cls.__new__(cls)
        index._open(file, origin)
        return index

    def _open(self, file: BinaryIO, origin: str) -> None:
        self.origin = origin
        self.members: dict[str, Member] = {}
        self._links: dict[str, str] = {}
        self.file = file
        try:
            self.file = _expanded(file, origin)
            self._scan()
        except CorruptError as error:
            self.close()
            raise CorruptError(f"{origin}: {error.message}", error.hint) from error
        except BaseException:
            self.close()
            raise

    def _scan(self) -> None:
        tape = _Tape(self.file)
        for number, entry in enumerate(TarReader(cast(Expanded, tape))):
            if number >= MAX_MEMBERS:
                raise CorruptError(f"the archive has more than {MAX_MEMBERS} members")
            self._add(entry, tape.at)

    def _add(self, entry: Entry, after: int) -> None:
        name = _clean(entry.path)
        if entry.kind == "directory":
            return
        if name in self.members or name in self._links:
            raise CorruptError(f"the archive has two members {name!r}")
        if entry.kind == "file":
            padded = entry.size + -entry.size % BLOCK
            self.members[name] = Member(after - padded, entry.size)
        elif entry.kind == "symlink":
            self._links[name] = posixpath.join(posixpath.dirname(name), entry.link)
        elif entry.kind == "hardlink":
            self._links[name] = entry.link
        else:
            raise CorruptError(f"the archive has a {entry.kind} {name!r}")

    def is_link(self, name: str) -> bool:
        """Whether the member is a link to another."""
        return name in self._links

    def locate(self, name: str) -> Member:
        """Return where the member's content is; links inside the archive are followed.

        Raises NotFoundError, and CorruptError for links that climb out or lead round.
        """
        at = _clean(name)
        for _ in range(_LINKS):
            if at in self.members:
                return self.members[at]
            if at not in self._links:
                raise NotFoundError(f"{self.origin} holds no {name!r}")
            at = _clean(posixpath.normpath(self._links[at]))
        raise CorruptError(f"{self.origin}: the link {name!r} leads round")

    def open(self, member: Member) -> BinaryIO:
        """Open the content of a member."""
        return cast(BinaryIO, Window(self.file, member))

    def read(self, name: str, limit: int = MAX_MANIFEST) -> bytes:
        """Return the content of a small member. Raises NotFoundError, CorruptError."""
        member = self.locate(name)
        if member.size > limit:
            raise CorruptError(f"{self.origin}: {name!r} is larger than {limit} bytes")
        with self.open(member) as stream:
            return stream.read()

    def close(self) -> None:
        """Close the file."""
        self.file.close()


def _clean(path: str) -> str:
    name = path.removeprefix("./").rstrip("/")
    if path.startswith("/") or ".." in name.split("/"):
        raise CorruptError(f"the archive has a member that climbs out: {path[:200]!r}")
    return name


def _expanded(file: BinaryIO, origin: str) -> BinaryIO:
    """Return the file itself, or a temporary one with its uncompressed content."""
    kind = compression_of(os.pread(file.fileno(), 4, 0))
    if kind == "none":
        return file
    import tempfile

    with file, storing(Path(origin)):
        temporary = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
        try:
            for chunk in expand_limited(file, kind):
                temporary.write(chunk)
            temporary.flush()
        except BaseException:
            temporary.close()
            raise
    return cast(BinaryIO, temporary)


def expand_limited(stream: Readable, algorithm: Algorithm) -> Iterator[bytes]:
    """Yield the uncompressed content; raise CorruptError when it is more than MAX_EXPANDED."""
    reader = Expanded(expand(stream, algorithm), MAX_EXPANDED)
    while chunk := reader.read(CHUNK):
        yield chunk
