"""The blobs of gotare's cache: a damaged one is thrown away, and said to be the cache's fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import BinaryIO, cast

from gotare.errors import CacheDamagedError, CorruptError, NotFoundError
from gotare.oci.blobs import BlobStore
from gotare.oci.types import Descriptor


class CacheBlobs(BlobStore):
    """A blob store whose own faults are CacheDamagedError, unlike those of other stores."""

    @contextmanager
    def fetch(self, descriptor: Descriptor) -> Iterator[BinaryIO]:
        """Open a blob. It and its reader raise CacheDamagedError, and the blob is gone then."""

        def drop() -> None:
            self.remove(descriptor.digest)

        with ExitStack() as stack:
            try:
                stream = stack.enter_context(super().fetch(descriptor))
            except (NotFoundError, CorruptError) as error:
                drop()
                raise CacheDamagedError(error.message) from error
            yield cast(BinaryIO, _Guarded(stream, drop))


class _Guarded:
    """A reader that drops the blob it reads when that turns out to be damaged."""

    def __init__(self, stream: BinaryIO, drop: Callable[[], None]) -> None:
        self._stream = stream
        self._drop = drop

    def read(self, size: int = -1) -> bytes:
        """Read like a file. Raises CacheDamagedError."""
        try:
            return self._stream.read(size)
        except CorruptError as error:
            self._drop()
            raise CacheDamagedError(error.message) from error

    def rewind(self) -> bool:
        """Begin anew, where the stream can."""
        rewind = getattr(self._stream, "rewind", None)
        return bool(rewind and rewind())
