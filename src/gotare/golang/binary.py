"""A compiled program as bytes: mapped into memory, and where its ELF sections and segments lie.

`struct` does it in microseconds for the few facts needed, for every word size and byte order; a
program of 100 MB costs the pages that are looked at. Source: System V gABI, "ELF Header",
"Sections" and "Program Header".
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal, TypeAlias

from gotare.errors import CorruptError, NotFoundError, StoreError
from gotare.frozen import dataclass

Mapped: TypeAlias = mmap.mmap | bytes

PT_LOAD: Final = 1
PT_INTERP: Final = 3
SHT_NOBITS: Final = 8

ByteOrder: TypeAlias = Literal["<", ">"]


@dataclass(frozen=True, slots=True)
class Region:
    """A section or segment. `kind` is its sh_type or p_type; a segment has no name."""

    name: str
    kind: int
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class Elf:
    """The tables of an ELF file."""

    order: ByteOrder
    bits: Literal[32, 64]
    machine: int
    sections: tuple[Region, ...]
    segments: tuple[Region, ...]

    def section(self, *names: str) -> Region | None:
        """Return the first section that has one of the names and bytes in the file, or None."""
        return next((s for s in self.sections if s.name in names and s.kind != SHT_NOBITS), None)


@contextmanager
def mapped(path: Path) -> Iterator[Mapped]:
    """Map a file into memory to read it.

    Raises NotFoundError or StoreError when it cannot be opened.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            data = mmap.mmap(file.fileno(), size, access=mmap.ACCESS_READ) if size else b""
    except FileNotFoundError:
        raise NotFoundError(f"{path} does not exist", "build the program first") from None
    except (OSError, ValueError) as error:
        raise StoreError(f"{path} cannot be read: {error}", "name a compiled program") from error
    try:
        yield data
    finally:
        if isinstance(data, mmap.mmap):
            data.close()


def read_elf(data: Mapped) -> Elf | None:
    """Read the ELF tables; None when it is another format.

    Raises CorruptError when a table or a section lies outside the file.
    """
    ident = data[:16]
    if (
        len(ident) < 16
        or ident[:4] != b"\x7fELF"
        or ident[4] not in (1, 2)
        or ident[5] not in (1, 2)
    ):
        return None
    order: ByteOrder = "<" if ident[5] == 1 else ">"
    word = "I" if ident[4] == 1 else "Q"
    header = struct.Struct(f"{order}HHI{word * 3}I6H")
    fields = header.unpack(_slice(data, 16, header.size))
    machine, ph_offset, sh_offset = fields[1], fields[4], fields[5]
    ph_entry, ph_count, sh_entry, sh_count, names = fields[8:13]
    return Elf(
        order=order,
        bits=32 if word == "I" else 64,
        machine=machine,
        sections=_sections(data, order + word, (sh_offset, sh_entry, sh_count), names),
        segments=_segments(data, order + word, (ph_offset, ph_entry, ph_count)),
    )


def _slice(data: Mapped, offset: int, size: int) -> bytes:
    if offset + size > len(data):
        raise CorruptError(
            f"the program ends at byte {len(data)}, before byte {offset + size} that it tells of",
            "it is truncated: build it again",
        )
    return data[offset : offset + size]


def _rows(data: Mapped, row: struct.Struct, table: tuple[int, int, int]) -> list[tuple[int, ...]]:
    offset, entry, count = table
    if not count:
        return []
    if entry < row.size:
        raise CorruptError(f"the program has a table with rows of {entry} bytes")
    content = _slice(data, offset, entry * count)
    return [row.unpack_from(content, start) for start in range(0, len(content), entry)]


def _sections(
    data: Mapped, form: str, table: tuple[int, int, int], names: int
) -> tuple[Region, ...]:
    row = struct.Struct(f"{form[0]}II{form[1] * 4}")
    rows = _rows(data, row, table)
    if names >= len(rows):
        return ()
    text = _slice(data, rows[names][4], rows[names][5])
    return tuple(_section(data, row, text) for row in rows)


def _section(data: Mapped, row: tuple[int, ...], names: bytes) -> Region:
    start, kind, _, _, offset, size = row
    end = names.find(b"\0", start)
    if kind != SHT_NOBITS and offset + size > len(data):
        raise CorruptError("a section lies outside the program", "build it again")
    name = names[start : end if end >= 0 else len(names)]
    return Region(name.decode("utf-8", "replace"), kind, offset, size)


def _segments(data: Mapped, form: str, table: tuple[int, int, int]) -> tuple[Region, ...]:
    # The flags come second in 64-bit program headers and second to last in 32-bit ones.
    layout, offset, size = ("IIQQQQ", 2, 5) if form[1] == "Q" else ("IIIIIII", 1, 4)
    rows = _rows(data, struct.Struct(form[0] + layout), table)
    return tuple(Region("", row[0], row[offset], row[size]) for row in rows)
