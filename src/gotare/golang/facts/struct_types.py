"""The struct types of the project: what fields they have, and which one an expression has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from gotare.golang.facts.sources import SourceFile, Sources
from gotare.golang.syntax.file import Field, Struct, read_file

_MODIFIERS: Final = r"^(?:\*|\[\d*\]|\.\.\.|map\[[\w.]+\]|chan )+"
_ARGUMENTS: Final = r"\[.*\]$"


class Type(NamedTuple):
    """A type: its package and name. `inside` is the way to a struct written in place, as
    "Server."; a struct without a name has its text for a name. `line` is where such one begins."""

    package: str
    name: str
    inside: str = ""
    line: int = 0

    @property
    def is_written_in_place(self) -> bool:
        """Whether it has no name."""
        return self.name.startswith("struct")


def type_of_text(sources: Sources, source: SourceFile, text: str, line: int = 0) -> Type | None:
    """Return the type that a file writes, without pointers; of a slice or map its elements'."""
    text = re.sub(_MODIFIERS, "", text.strip())
    if re.match(r"struct\s*\{", text):
        return Type(source.package, text, "", line)
    text = re.sub(_ARGUMENTS, "", text)
    package, dot, name = text.rpartition(".")
    if not name.isidentifier():
        return None
    path = sources.imported(source, package) if dot else source.package
    return Type(path, name) if path else None


def struct_of(sources: Sources, type_: Type) -> tuple[SourceFile | None, Struct] | None:
    """Return the struct of a type with its file, None when it is not one of the project."""
    if type_.is_written_in_place:
        parsed = _parsed(type_.name)
        return (None, parsed) if parsed else None
    return sources.struct(type_.package, type_.name)


@lru_cache(maxsize=256)
def _parsed(text: str) -> Struct | None:
    structs = read_file(f"package p\ntype T {text}".encode()).structs
    return structs[0] if structs else None


def fields_of(sources: Sources, type_: Type) -> Iterator[Field]:
    """Yield the fields of a type under their own names; their lines are those of the file."""
    yield from _fields(sources, type_).values()


def field_of(sources: Sources, type_: Type, name: str) -> Field | None:
    """Return a field of a type by its name."""
    return _fields(sources, type_).get(name)


def _fields(sources: Sources, type_: Type) -> dict[str, Field]:
    """Return the fields of a type by name, made once: the same types are asked again and again."""
    key = "fields", type_
    if key not in sources.kept:
        sources.kept[key] = {field.name: field for field in _made_fields(sources, type_)}
    found: dict[str, Field] = sources.kept[key]
    return found


def _made_fields(sources: Sources, type_: Type) -> Iterator[Field]:
    found = struct_of(sources, type_)
    if not found:
        return
    offset = max(type_.line - 2, 0) if type_.is_written_in_place else 0
    for name, text, tag, line in found[1].fields:
        short = name.removeprefix(type_.inside)
        if name.startswith(type_.inside) and "." not in short:
            yield Field(short, text, tag, line + offset)


def type_of_field(sources: Sources, type_: Type, field: Field) -> Type | None:
    """Return the type of a field, None for what is not a struct that can be looked into."""
    if field.type == "struct":
        return type_._replace(inside=f"{type_.inside}{field.name}.")
    found = struct_of(sources, type_)
    source = found[0] if found else None
    if source is None:
        source = next(iter(sources.packages.get(type_.package, ())), None)
    return type_of_text(sources, source, field.type) if source else None


def is_embedded(field: Field) -> bool:
    """Tell whether a field is an embedded type."""
    return bool(field.type.lstrip("*").rpartition(".")[2] == field.name)


def find_field(
    sources: Sources, type_: Type, name: str, depth: int = 4
) -> tuple[Type, tuple[str, ...]] | None:
    """Return the type that declares a field, and the way to the field through embedded types."""
    if field_of(sources, type_, name):
        return type_, (name,)
    for field in fields_of(sources, type_) if depth else ():
        inner = type_of_field(sources, type_, field) if is_embedded(field) else None
        found = find_field(sources, inner, name, depth - 1) if inner else None
        if found:
            return found[0], (field.name, *found[1])
    return None


def first_result(result: str) -> str:
    """Return the first type of a result as it is written: of `(c *T, err error)` it is *T."""
    if not result.startswith("("):
        return result
    first = result[1:-1].split(",")[0].strip()
    return first.rpartition(" ")[2] if not first.startswith(("func", "map", "chan")) else first


def result_names(result: str) -> tuple[str, ...]:
    """Return the names of named results, which a bare return returns."""
    parts = [part.split() for part in result[1:-1].split(",")] if result.startswith("(") else []
    if not any(len(part) == 2 for part in parts):
        return ()
    return tuple(part[0] for part in parts if part)
