"""A blob that validation reads: verified whatever its source did, reporting how far it is."""

from __future__ import annotations

from typing import BinaryIO

from gotare.errors import CorruptError
from gotare.oci.store import CHUNK, VerifyingReader
from gotare.oci.types import Descriptor
from gotare.progress import Progress


class CheckedBlob:
    """A blob being read: verified once more, whatever the source did, and remembering failure."""

    def __init__(self, stream: BinaryIO, descriptor: Descriptor, progress: Progress) -> None:
        self._reader = VerifyingReader(stream, descriptor, "the store")
        self._descriptor = descriptor
        self._progress = progress
        self._done = 0
        self._failure: CorruptError | None = None

    def read(self, size: int = CHUNK, /) -> bytes:
        """Read like a file."""
        try:
            chunk = self._reader.read(size)
        except CorruptError as error:
            self._failure = error
            raise
        self._done += len(chunk)
        self._progress.step("validate", self._descriptor.digest, self._done, self._descriptor.size)
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
