"""What a compiled Go program says about itself: Go version, modules and build settings.

The linker writes them as one blob that `go version -m` reads. Layout: Go source,
`debug/buildinfo/buildinfo.go`; text of the modules: `runtime/debug/mod.go`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Final

from gotare.errors import CorruptError, ProjectError
from gotare.frozen import dataclass
from gotare.golang.binary import PT_LOAD, Mapped, mapped, read_elf

_MAGIC: Final = b"\xff Go buildinf:"
_ALIGN: Final = 16
_HEADER: Final = 32
_INLINE: Final = 2
"""The flag of Go 1.18 and later: the strings follow the header."""
_LIMIT: Final = 16 << 20
_GUARD: Final = 16
"""Bytes of random guard before and after the module text."""


@dataclass(frozen=True, slots=True)
class Module:
    """A module in a program. `sum` is its `h1:` line of go.sum, empty for the main module."""

    path: str
    version: str = ""
    sum: str = ""
    replace: Module | None = None


@dataclass(frozen=True, slots=True)
class BuildInfo:
    """`path` is the import path of the main package; `settings` are as `go version -m` shows."""

    go_version: str
    path: str = ""
    main: Module | None = None
    deps: tuple[Module, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)


def read_build_info(path: Path) -> BuildInfo:
    """Read the build information of a Go program (ELF, Mach-O or PE; Go 1.18 or later).

    Raises ProjectError when it has none, CorruptError when it is damaged, NotFoundError or
    StoreError when the file cannot be read.
    """
    with mapped(path) as data:
        start = _find(data)
        if start is None:
            raise ProjectError(
                f"{path} holds no Go build information",
                "it is not a Go program, or a packer such as UPX has hidden it",
            )
        go_version, modules = _strings(data, start, path)
    return parse_modules(go_version, modules)


def _find(data: Mapped) -> int | None:
    for start, end in _places(data):
        found = data.find(_MAGIC, start, end)
        while found >= 0:
            if (found - start) % _ALIGN == 0:
                return found
            found = data.find(_MAGIC, found + 1, end)
    return None


def _places(data: Mapped) -> Iterator[tuple[int, int]]:
    elf = read_elf(data)
    if elf is None:
        yield 0, len(data)
        return
    size = len(data)  # a damaged header may say more than any file has
    if section := elf.section(".go.buildinfo"):
        yield min(section.offset, size), min(section.offset + section.size, size)
    for segment in reversed(elf.segments):  # the data segment comes after the code
        if segment.kind == PT_LOAD:
            yield min(segment.offset, size), min(segment.offset + segment.size, size)


def _strings(data: Mapped, start: int, path: Path) -> tuple[str, bytes]:
    header = data[start : start + _HEADER]
    if len(header) < _HEADER:
        raise CorruptError(f"{path}: the build information is cut off", "build it again")
    if not header[15] & _INLINE:
        raise ProjectError(
            f"{path} was built with a Go older than 1.18", "build it with Go 1.21 or later"
        )
    version, end = _string(data, start + _HEADER)
    modules, _ = _string(data, end)
    return _text(version), modules


def _string(data: Mapped, start: int) -> tuple[bytes, int]:
    length, start = _uvarint(data, start)
    if length > _LIMIT or start + length > len(data):
        raise CorruptError(
            f"the build information has a string of {length} bytes", "build the program again"
        )
    return data[start : start + length], start + length


def _uvarint(data: Mapped, start: int) -> tuple[int, int]:
    value = 0
    for index, byte in enumerate(data[start : start + 10]):
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value, start + index + 1
    raise CorruptError("the build information has an endless number", "build the program again")


def _text(content: bytes) -> str:
    try:
        return content.decode()
    except UnicodeDecodeError:
        raise CorruptError(
            "the build information is not UTF-8", "build the program again"
        ) from None


def parse_modules(go_version: str, blob: bytes) -> BuildInfo:
    """Read the module text between its guards; without them there are no modules.

    Raises CorruptError when a line is not what Go writes.
    """
    guarded = len(blob) > 2 * _GUARD and blob[-_GUARD - 1 : -_GUARD] == b"\n"
    lines = _text(blob[_GUARD:-_GUARD]).split("\n") if guarded else []
    path, main, settings = "", None, {}
    deps: list[Module] = []
    for line in lines:
        word, _, rest = line.partition("\t")
        if word == "path":
            path = rest
        elif word == "mod":
            main = _module(rest)
        elif word == "dep":
            deps.append(_module(rest))
        elif word == "=>":
            main = _replaced(main, deps, _module(rest))
        elif word == "build":
            key, value = _setting(rest)
            settings[key] = value
    return BuildInfo(go_version, path, main, tuple(deps), settings)


def _module(text: str) -> Module:
    fields = text.split("\t")
    if not 1 <= len(fields) <= 3 or not fields[0]:
        raise CorruptError(f"the build information has a malformed module: {text[:80]!r}")
    path, version, checksum = [*fields, "", ""][:3]
    return Module(path, version, checksum)


def _replaced(main: Module | None, deps: list[Module], by: Module) -> Module | None:
    """Hang the replacement on the module before it; return the main module."""
    if deps:
        last = deps[-1]
        deps[-1] = Module(last.path, last.version, last.sum, by)
        return main
    if main is None:
        raise CorruptError("the build information has a replacement of nothing")
    return Module(main.path, main.version, main.sum, by)


_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`')


def _setting(text: str) -> tuple[str, str]:
    """Split `key=value`, where each may be quoted as a Go string."""
    quoted = _QUOTED.match(text)
    key, equals, value = text.partition("=")
    if quoted:
        key, value = quoted[0], text[quoted.end() + 1 :]
        equals = text[quoted.end() : quoted.end() + 1]
    if equals != "=":
        raise CorruptError(f"the build information has a malformed setting: {text[:80]!r}")
    return _unquote(key), _unquote(value)


_ESCAPE = re.compile(r"\\(x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|.)", re.DOTALL)
_LETTERS: Final = dict(zip("abfnrtv", "\a\b\f\n\r\t\v", strict=True))


def _unquote(text: str) -> str:
    """Undo Go's `strconv.Quote`; text without quotes stays as it is."""
    if len(text) < 2 or text[0] != text[-1] or text[0] not in '"`':
        return text
    return text[1:-1] if text[0] == "`" else _ESCAPE.sub(_escaped, text[1:-1])


def _escaped(match: re.Match[str]) -> str:
    escape = match[1]
    if len(escape) == 1:
        return _LETTERS.get(escape, escape)
    point = int(escape[1:], 16)
    is_byte = escape[0] == "x" and point > 0x7F
    return "\ufffd" if is_byte or point > 0x10FFFF or 0xD800 <= point < 0xE000 else chr(point)
