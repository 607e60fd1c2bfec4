"""A blob that validation reads: verified whatever its source did, reporting how far it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from gotare.errors import CorruptError
from gotare.oci.store import CHUNK, VerifyingReader
from gotare.oci.types import Descriptor


class CheckedBlob:
    """A blob being read: verified once more, whatever the source did, and remembering failure."""

    def __init__(
        self, stream: BinaryIO, descriptor: Descriptor, moved: Callable[[int], None]
    ) -> None:
        """`moved` is told how many bytes each read returned."""
        self._reader = VerifyingReader(stream, descriptor, "the store")
        self._moved = moved
        self._failure: CorruptError | None = None

    def read(self, size: int = CHUNK, /) -> bytes:
        """Read like a file."""
        try:
            chunk = self._reader.read(size)
        except CorruptError as error:
            self._failure = error
            raise
        self._moved(len(chunk))
        return chunk

    def finish(self) -> None:
        """Read what is left; raise the CorruptError that came up at any time."""
        if self._failure:
            raise self._failure
        while self.read():
            pass

    def whole(self) -> bytes:
        """Return all of it."""
        return b"".join(iter(self.read, b""))
