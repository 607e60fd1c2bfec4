"""The entries of a tar stream exactly as they are written, in bounded memory.

Python's `tarfile` makes names presentable (it drops what validation looks for) and reads an
extended header of any size into memory. Formats: POSIX.1-2017 `pax`, "ustar Interchange Format";
GNU tar manual, "Basic Tar Format".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from gotare.oci.expand import Expanded, LayerError

Kind = Literal["file", "directory", "symlink", "hardlink", "device", "fifo", "unknown"]

BLOCK: Final = 512
_EXTENDED_LIMIT: Final = 1 << 20
_ZERO: Final = bytes(BLOCK)
_KINDS: Final[dict[bytes, Kind]] = {
    b"\0": "file",
    b"0": "file",
    b"7": "file",
    b"S": "file",
    b"1": "hardlink",
    b"2": "symlink",
    b"3": "device",
    b"4": "device",
    b"5": "directory",
    b"6": "fifo",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One member. `path` and `link` are as written; bytes that are not UTF-8 become surrogates."""

    path: str
    kind: Kind
    mode: int = 0o644
    size: int = 0
    link: str = ""


class TarReader:
    """Iterates over the entries of a tar stream, skipping the content.

    Raises LayerError when the stream is not a tar or ends inside an entry. `count` is the number
    of entries so far; after the iteration `ended` says whether the end-of-archive blocks were read.
    """

    def __init__(self, stream: Expanded) -> None:
        self._stream = stream
        self._global: dict[str, str] = {}
        self.ended = False
        self.count = 0

    def __iter__(self) -> Iterator[Entry]:
        extended: dict[str, str] = {}
        while (header := self._header()) is not None:
            flag = header[156:157]
            if flag == b"g":
                self._global.update(self._pax(header))
            elif flag == b"x":
                extended.update(self._pax(header))
            elif flag in (b"L", b"K"):
                extended["path" if flag == b"L" else "linkpath"] = self._long_name(header)
            else:
                self.count += 1
                yield self._entry(header, self._global | extended)
                extended = {}
        if extended:
            raise LayerError("tar-format", "the tar ends after an extended header")

    def _header(self) -> bytes | None:
        block = self._stream.read(BLOCK)
        if not block:
            return None
        if block == _ZERO:
            self.ended = self._stream.read(BLOCK) == _ZERO
            return None
        if len(block) < BLOCK:
            raise LayerError("tar-format", "the tar ends inside a header")
        # The sum is over the header with its own field taken as spaces.
        expected = sum(block) - sum(block[148:156]) + 8 * ord(" ")
        if _number(block[148:156], "checksum") != expected:
            raise LayerError("tar-format", "a tar header has a wrong checksum")
        return block

    def _entry(self, header: bytes, extended: dict[str, str]) -> Entry:
        path = extended.get("GNU.sparse.name", extended.get("path", _name(header)))
        kind = _KINDS.get(header[156:157], "unknown")
        if kind == "file" and path.endswith("/"):
            kind = "directory"  # as tar wrote it before 1988
        size = _size(header, extended)
        if header[156:157] == b"S":
            self._skip_sparse_map(header)
        if kind in ("file", "unknown"):
            self._skip(size)
        return Entry(
            path=path,
            kind=kind,
            mode=_number(header[100:108], "mode"),
            size=size,
            link=extended.get("linkpath", _text(header[157:257])),
        )

    def _skip_sparse_map(self, header: bytes) -> None:
        more = header[482]
        while more:
            block = self._stream.read(BLOCK)
            if len(block) < BLOCK:
                raise LayerError("tar-format", "the tar ends inside a sparse map")
            more = block[504]

    def _skip(self, size: int) -> None:
        padded = size + -size % BLOCK
        if self._stream.skip(padded) < size:
            raise LayerError("tar-format", "the tar ends inside a file")

    def _content(self, header: bytes) -> bytes:
        size = _number(header[124:136], "size")
        if size > _EXTENDED_LIMIT:
            raise LayerError("tar-format", f"a tar extended header has {size} bytes")
        padded = self._stream.read(size + -size % BLOCK)
        if len(padded) < size:
            raise LayerError("tar-format", "the tar ends inside an extended header")
        return padded[:size]

    def _long_name(self, header: bytes) -> str:
        return _text(self._content(header))

    def _pax(self, header: bytes) -> dict[str, str]:
        rest, records = self._content(header), {}
        while rest:
            digits, space, _ = rest[:20].partition(b" ")
            length = int(digits) if digits.isdigit() else 0
            key, equals, value = rest[len(digits) + 1 : length - 1].partition(b"=")
            if not space or not equals or rest[length - 1 : length] != b"\n":
                raise LayerError("tar-format", "a tar extended header has a malformed record")
            records[_decode(key)] = _decode(value)
            rest = rest[length:]
        return records


def _name(header: bytes) -> str:
    name, prefix = _text(header[:100]), _text(header[345:500])
    is_ustar = header[257:263] == b"ustar\0"
    return f"{prefix}/{name}" if is_ustar and prefix else name


def _size(header: bytes, extended: dict[str, str]) -> int:
    size = extended.get("size", "")
    if not size:
        return _number(header[124:136], "size")
    if not (size.isascii() and size.isdigit() and len(size) < 20):
        raise LayerError("tar-format", f"a tar extended header has the size {size[:40]!r}")
    return int(size)


def _number(field: bytes, what: str) -> int:
    """Read an octal field, or GNU's base-256 form, whose first bit is set."""
    if field[0] & 0x80:
        if field[0] & 0x40:
            raise LayerError("tar-format", f"a tar header has a negative {what}")
        return int.from_bytes(bytes([field[0] & 0x3F]) + field[1:])
    digits = field.split(b"\0", 1)[0].strip(b" ")
    if digits.strip(b"01234567"):
        raise LayerError("tar-format", f"a tar header has the {what} {digits!r}")
    return int(digits or b"0", 8)


def _text(field: bytes) -> str:
    return _decode(field.split(b"\0", 1)[0])


def _decode(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")
