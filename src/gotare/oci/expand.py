"""The tar inside a layer blob: uncompressed as a stream, bounded, hashed on the way.

Formats: RFC 1952 (gzip, of one or more members), RFC 8878 (zstd, of one or more frames).
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from typing import Final, Literal, Protocol

from gotare.errors import CorruptError
from gotare.oci.store import CHUNK
from gotare.oci.types import (
    DOCKER_LAYER,
    DOCKER_LAYER_GZIP,
    OCI_LAYER,
    OCI_LAYER_GZIP,
    OCI_LAYER_ZSTD,
)

Algorithm = Literal["none", "gzip", "zstd"]

ALGORITHMS: Final[dict[str, Algorithm]] = {
    OCI_LAYER: "none",
    OCI_LAYER_GZIP: "gzip",
    OCI_LAYER_ZSTD: "zstd",
    DOCKER_LAYER: "none",
    DOCKER_LAYER_GZIP: "gzip",
}
"""How the layers of each media type are compressed."""

_ZSTD_WINDOW: Final = 128 << 20
# One byte of zstd can stand for 32 KiB (a 4-byte block for 128 KiB), and its decompressor returns
# all that its input holds: this much input at a time keeps its output under 32 MiB.
_ZSTD_INPUT: Final = 1 << 10


class Readable(Protocol):
    """The part of a binary file that is needed to read a stream once."""

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes, none at the end."""


class LayerError(CorruptError):
    """A layer cannot be read on. `rule` is the name that validation gives to the reason."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


def expand(stream: Readable, algorithm: Algorithm) -> Iterator[bytes]:
    """Yield the uncompressed content in pieces of at most 32 MiB.

    Raises LayerError when it is not of that format, truncated, or followed by something else.
    """
    if algorithm == "gzip":
        return _gunzip(stream)
    if algorithm == "zstd":
        return _unzstd(stream)
    return _pieces(stream, CHUNK)


def _pieces(stream: Readable, size: int) -> Iterator[bytes]:
    while piece := stream.read(size):
        yield piece


def _gunzip(stream: Readable) -> Iterator[bytes]:
    member = zlib.decompressobj(wbits=31)
    for piece in _pieces(stream, CHUNK >> 3):
        rest = piece
        while rest:
            if member.eof:
                member = zlib.decompressobj(wbits=31)
            yield _inflate(member, rest)
            rest = member.unconsumed_tail or member.unused_data
    if not member.eof:
        raise LayerError("layer-compression", "the gzip stream is truncated")


def _inflate(member: zlib._Decompress, data: bytes) -> bytes:
    try:
        return member.decompress(data, CHUNK)
    except zlib.error as error:
        raise LayerError("layer-compression", f"not a gzip stream: {error}") from None


def _unzstd(stream: Readable) -> Iterator[bytes]:
    import zstandard

    context = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
    frame = context.decompressobj()
    for piece in _pieces(stream, CHUNK):
        for start in range(0, len(piece), _ZSTD_INPUT):
            rest = piece[start : start + _ZSTD_INPUT]
            while rest:
                if frame.eof:
                    frame = context.decompressobj()
                try:
                    yield frame.decompress(rest)
                except zstandard.ZstdError as error:
                    raise LayerError("layer-compression", f"not a zstd stream: {error}") from None
                rest = frame.unused_data if frame.eof else b""
    if not frame.eof:
        raise LayerError("layer-compression", "the zstd stream is truncated")


class Expanded:
    """A file over uncompressed pieces that counts, hashes and stops at a limit."""

    def __init__(self, pieces: Iterator[bytes], limit: int) -> None:
        self._pieces = pieces
        self._limit = limit
        self._hash = hashlib.sha256()
        self._buffer = memoryview(b"")
        self.size = 0
        """Bytes that came out so far."""

    @property
    def digest(self) -> str:
        """The diffID, once everything is read (image-spec `config.md`, "Layer DiffID")."""
        return "sha256:" + self._hash.hexdigest()

    def read(self, size: int = CHUNK, /) -> bytes:
        """Return `size` bytes, less at the end only. Raises LayerError past the limit."""
        if len(self._buffer) >= size:
            return self._take(size)
        parts = [self._take(size)]
        missing = size - len(parts[0])
        while missing and self._fill():
            parts.append(self._take(missing))
            missing -= len(parts[-1])
        return b"".join(parts)

    def skip(self, size: int) -> int:
        """Read past `size` bytes without keeping them; return how many there were."""
        left = size
        while left and (len(self._buffer) or self._fill()):
            step = min(left, len(self._buffer))
            self._buffer = self._buffer[step:]
            left -= step
        return size - left

    def drain(self) -> bool:
        """Read to the end; return whether anything but zeros was left."""
        more = any(self._buffer)
        while self._fill():
            more = more or self._buffer.tobytes().strip(b"\0") != b""
        self._buffer = memoryview(b"")
        return more

    def _take(self, size: int) -> bytes:
        taken, self._buffer = bytes(self._buffer[:size]), self._buffer[size:]
        return taken

    def _fill(self) -> bool:
        for piece in self._pieces:
            if piece:
                self._count(piece)
                self._buffer = memoryview(piece)
                return True
        return False

    def _count(self, piece: bytes) -> None:
        self.size += len(piece)
        self._hash.update(piece)
        if self.size > self._limit:
            raise LayerError(
                "layer-size", f"the layer holds more than {self._limit} bytes uncompressed"
            )
