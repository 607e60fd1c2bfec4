"""Which functions are linked into a Go program, stripped or not.

The runtime needs the table of functions for stack traces and garbage collection, so `-s -w` leaves
it. Its name table holds the functions that have code and also those inlined into others, as far as
an instruction of theirs is left (the inline trees refer to their names), but none that the linker
dropped. Layout: Go source, `runtime/symtab.go` (`pcHeader`) and `debug/gosym/pclntab.go`.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from gotare.errors import CorruptError, ProjectError
from gotare.golang.binary import ByteOrder, Elf, Mapped, mapped, read_elf

_GO_1_16: Final = 0xFFFFFFFA
_GO_1_18: Final = 0xFFFFFFF0
_GO_1_20: Final = 0xFFFFFFF1
_NAME_OFFSET: Final = {_GO_1_16: 2, _GO_1_18: 3, _GO_1_20: 3}
"""Words between the start of the table's numbers and the offset of the names, by magic."""
# Both begin with constant bytes, which is what makes the search fast; the first byte of a little
# endian table is before the match.
_LITTLE: Final = re.compile(rb"\xff\xff\xff\0\0[\1\2\4][\4\x08]")
_BIG: Final = re.compile(rb"\xff\xff\xff[\xfa\xf0\xf1]\0\0[\1\2\4][\4\x08]")
_LIMIT: Final = 256 << 20


def function_names(path: Path) -> Iterator[str]:
    """Yield the name of every function that is linked or inlined, in the table's order.

    A name comes twice when the linker made a wrapper of it for another calling convention.
    Raises ProjectError when the file has no function table that is known here (Go 1.16 or later),
    CorruptError when the table is damaged.
    """
    for name in _name_table(path).split(b"\0"):
        if name:
            yield name.decode("utf-8", "replace")


def linked_functions(path: Path, wanted: Collection[bytes]) -> frozenset[bytes]:
    """Return those of the wanted functions, such as `time.LoadLocation`, that are in the program.

    Raises what `function_names` raises.
    """
    return frozenset(wanted).intersection(_name_table(path).split(b"\0"))


def _name_table(path: Path) -> bytes:
    """Return the names, separated by zero bytes."""
    with mapped(path) as data:
        for order, table in _tables(data):
            if names := _names(data, order, table):
                return names
    raise ProjectError(
        f"{path} holds no table of Go functions",
        "it is not a Go program, or a packer such as UPX has hidden it",
    )


def _tables(data: Mapped) -> Iterator[tuple[ByteOrder, int]]:
    elf = read_elf(data)
    order: ByteOrder = elf.order if elf else "<"
    if elf and (section := elf.section(".gopclntab", ".data.rel.ro.gopclntab")):
        yield order, section.offset
        return
    for start, end in _places(data, elf):
        if order == "<":
            yield from (("<", m.start() - 1) for m in _LITTLE.finditer(data, start + 1, end))
        else:
            yield from ((">", m.start()) for m in _BIG.finditer(data, start, end))


def _places(data: Mapped, elf: Elf | None) -> Iterator[tuple[int, int]]:
    """Yield where a table without its own section can be: gcc puts it with the relocated data."""
    if elf and (section := elf.section(".data.rel.ro")):
        yield section.offset, section.offset + section.size
    yield 0, len(data)


def _names(data: Mapped, order: ByteOrder, table: int) -> bytes:
    """Return the bytes of the name table, none when there is no function table at `table`."""
    header = data[table : table + 8]
    if len(header) < 8 or header[4:6] != b"\0\0":
        return b""
    first = _NAME_OFFSET.get(struct.unpack(f"{order}I", header[:4])[0])
    if first is None or header[6] not in (1, 2, 4) or header[7] not in (4, 8):
        return b""
    numbers = struct.Struct(f"{order}5{'Q' if header[7] == 8 else 'I'}")
    content = data[table + 8 : table + 8 + numbers.size]
    if len(content) < numbers.size:
        raise CorruptError("the table of Go functions is cut off", "build the program again")
    return _between(data, table, *numbers.unpack(content)[first:][:2])


def _between(data: Mapped, table: int, start: int, end: int) -> bytes:
    if not start <= end <= len(data) - table or end - start > _LIMIT:
        raise CorruptError(
            "the table of Go functions points outside the program", "build the program again"
        )
    return data[table + start : table + end]
