"""What every place that holds images has in common.

One mover (`copy.py`) moves images between stores; a layout, an archive, a registry repository and
an engine differ only in how they fetch, push and tag. The shape follows oras-go `content`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import BinaryIO, Protocol

from gotare.errors import CorruptError
from gotare.oci.types import MAX_MANIFEST, Descriptor

CHUNK = 1 << 20
"""Bytes moved at a time."""


class BlobSource(Protocol):
    """Content by its descriptor."""

    def fetch(self, descriptor: Descriptor) -> AbstractContextManager[BinaryIO]:
        """Open the content. The reader raises CorruptError, at the latest at its end, when size or
        digest differ from the descriptor's. Raises NotFoundError."""


class Source(BlobSource, Protocol):
    """A store that can be read."""

    def resolve(self, name: str) -> Descriptor:
        """Return the descriptor that `name` (a tag, digest or ref.name; "" for the only image)
        points to. Raises NotFoundError."""

    def referrers(self, descriptor: Descriptor) -> tuple[Descriptor, ...]:
        """Return the manifests whose subject is `descriptor` (SBOMs, signatures)."""


class BlobSink(Protocol):
    """A place for content."""

    def exists(self, descriptor: Descriptor) -> bool:
        """Whether the content is there already."""

    def push(self, descriptor: Descriptor, content: BinaryIO) -> None:
        """Store the content. It becomes visible only when whole and right."""


class Sink(BlobSink, Protocol):
    """A store that can be written."""

    def tag(self, descriptor: Descriptor, manifest: bytes, name: str) -> None:
        """Make `name` point to the manifest or index, whose children are all there already."""


class VerifyingReader:
    """A reader that fails instead of ending when what it read is not what `descriptor` says.

    Bounded: it never reads more than one byte past the descriptor's size.
    """

    def __init__(self, stream: BinaryIO, descriptor: Descriptor, origin: str) -> None:
        self._stream = stream
        self._descriptor = descriptor
        self._origin = origin
        self._start = stream.tell() if _seekable(stream) else None
        self._reset()

    def _reset(self) -> None:
        self._hash = hashlib.new(self._descriptor.digest.partition(":")[0])
        self._left = self._descriptor.size
        self._checked = False

    def rewind(self) -> bool:
        """Begin again where the stream began, if it can; return whether it could."""
        if self._start is None:
            return False
        self._stream.seek(self._start)
        self._reset()
        return True

    def read(self, size: int = -1) -> bytes:
        """Read like a file; raises CorruptError at the end, or before it when it is too long."""
        if self._left == 0:
            self._finish()
            return b""
        chunk = self._stream.read(self._left if size < 0 else min(size, self._left))
        if not chunk and size != 0:
            raise CorruptError(f"{self._describe()} is truncated: {self._left} bytes missing")
        self._hash.update(chunk)
        self._left -= len(chunk)
        if self._left == 0:
            self._finish()
        elif size < 0:  # a raw stream may return less than what was asked for
            return chunk + self.read()
        return chunk

    def _finish(self) -> None:
        if self._checked:
            return
        self._checked = True
        if self._stream.read(1):
            raise CorruptError(f"{self._describe()} is longer than {self._descriptor.size} bytes")
        digest = f"{self._hash.name}:{self._hash.hexdigest()}"
        if digest != self._descriptor.digest:
            raise CorruptError(f"{self._describe()} has the digest {digest}")

    def _describe(self) -> str:
        return f"{self._descriptor.digest} in {self._origin}"


def _seekable(stream: object) -> bool:
    ask = getattr(stream, "seekable", None)
    return bool(ask and ask())


def chunks(stream: BinaryIO, size: int = CHUNK) -> Iterator[bytes]:
    """Yield the stream in pieces of at most `size` bytes."""
    while chunk := stream.read(size):
        yield chunk


def read_all(source: BlobSource, descriptor: Descriptor, limit: int = MAX_MANIFEST) -> bytes:
    """Return the verified content of a manifest, index or config.

    Raises CorruptError when it is wrong or larger than `limit` bytes, NotFoundError when absent.
    """
    if descriptor.size > limit:
        raise CorruptError(
            f"{descriptor.digest} is {descriptor.size} bytes, more than the {limit} that are read"
        )
    with source.fetch(descriptor) as stream:
        return b"".join(chunks(stream))
