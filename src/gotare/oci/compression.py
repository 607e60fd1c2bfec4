"""Compresses layers: the same bytes for the same input, on all cores, in bounded memory.

The input is cut every mebibyte and each piece becomes a gzip member of its own; RFC 1952 section
2.2 defines a gzip file as a series of members, and engines and registries read them as one. That
costs 0.2% in size, and lets libdeflate, which works on whole buffers, run on every core
(docs/adr/0004).
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from gotare.errors import UsageError
from gotare.frozen import dataclass
from gotare.oci.types import DOCKER_LAYER, DOCKER_LAYER_GZIP, OCI_LAYER, OCI_LAYER_GZIP
from gotare.oci.types import OCI_LAYER_ZSTD as _ZSTD

if TYPE_CHECKING:
    from concurrent.futures import Future

MEMBER = 1 << 20
"""Bytes of input in each gzip member. Part of what decides a layer's digest."""

_LEVELS = {"gzip": (1, 12, 6), "zstd": (1, 19, 3), "none": (0, 0, 0)}


@dataclass(frozen=True, slots=True)
class Compression:
    """An algorithm (gzip, zstd, none) and its level."""

    algorithm: str = "gzip"
    level: int = 6

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.level}" if self.algorithm != "none" else "none"

    @classmethod
    def parse(cls, text: str) -> Compression:
        """Read `algorithm[:level]`. Raises UsageError."""
        algorithm, _, level = text.partition(":")
        lowest, highest, usual = _LEVELS.get(algorithm, (0, -1, 0))
        number = int(level) if level.isdecimal() else usual if not level else -1
        if not lowest <= number <= highest:
            raise UsageError(
                f"not a compression: {text!r}",
                "gzip:1 to gzip:12 (default gzip:6), zstd:1 to zstd:19, or none",
            )
        return cls(algorithm, number)

    def media_type(self, docker: bool) -> str:
        """Return the layer media type. Docker's set has none for zstd: raises UsageError."""
        if docker and self.algorithm == "zstd":
            raise UsageError("Docker media types have no zstd layers", "use --media-types oci")
        oci = {"gzip": OCI_LAYER_GZIP, "zstd": _ZSTD, "none": OCI_LAYER}
        return (
            {"gzip": DOCKER_LAYER_GZIP, "none": DOCKER_LAYER}[self.algorithm]
            if docker
            else oci[self.algorithm]
        )

    def compress(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the compressed form of the concatenated chunks."""
        if self.algorithm == "none":
            yield from chunks
        elif self.algorithm == "zstd":
            yield from self._zstd(chunks)
        else:
            yield from self._gzip(chunks)

    def _zstd(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        import zstandard

        # With workers the bytes differ from those without, but not with the number of workers.
        compressor = zstandard.ZstdCompressor(level=self.level, threads=2, write_checksum=True)
        stream = compressor.compressobj()
        for chunk in chunks:
            if out := stream.compress(chunk):
                yield out
        yield stream.flush()

    def _gzip(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        return (member for _, member in self.members(chunks, lambda key: None))

    def members(
        self, chunks: Iterable[bytes], known: Callable[[str], bytes | None]
    ) -> Iterator[tuple[str, bytes]]:
        """Yield the gzip members, each with the key of its input.

        `known` may return the member of a key from earlier; it is called from several threads.
        """
        from concurrent.futures import ThreadPoolExecutor

        from deflate import gzip_compress

        def compress(content: bytes) -> tuple[str, bytes]:
            key = hashlib.sha256(content).hexdigest()
            return key, known(key) or bytes(gzip_compress(content, self.level))

        workers = os.cpu_count() or 1
        waiting: deque[Future[tuple[str, bytes]]] = deque()
        with ThreadPoolExecutor(workers, "gzip") as pool:
            for content in regroup(chunks, MEMBER):
                waiting.append(pool.submit(compress, content))
                if len(waiting) > workers + 1:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()


def regroup(chunks: Iterable[bytes], size: int) -> Iterator[bytes]:
    """Yield the concatenated chunks in pieces of `size` bytes; at least one piece, maybe empty."""
    buffer = bytearray()
    empty = True
    for chunk in chunks:
        buffer += chunk
        while len(buffer) >= size:
            yield bytes(buffer[:size])
            empty = False
            del buffer[:size]
    if buffer or empty:
        yield bytes(buffer)
