"""Subcommands that a program declares with calls, maps or struct tags."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gotare.golang.facts.cli_arguments import Command
from gotare.golang.facts.gotypes import type_named
from gotare.golang.facts.program import Program
from gotare.golang.facts.sources import Call, SourceFile
from gotare.golang.syntax.expressions import Expr
from gotare.golang.syntax.file import Field, Struct

_CMD: Final = r'(?:^|\s)cmd(?::"[^"]*"|(?=\s|$))'
_NAME: Final = r'(?:^|\s)name:"([^"]+)"'
_NAMED: Final = r'(?:^|\s)(?:command:"|arg:"subcommand:)([\w-]+)'
_HUMP: Final = r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])"
_KONG: Final = "github.com/alecthomas/kong"
_TAGGED: Final = (_KONG, "github.com/jessevdk/go-flags", "github.com/alexflint/go-arg")
_KINGPIN: Final = ("github.com/alecthomas/kingpin", "gopkg.in/alecthomas/kingpin")
_FACTORIES: Final = ("github.com/mitchellh/cli", "github.com/hashicorp/cli")
_DEEPEST: Final = 4


def declared_commands(program: Program) -> Iterator[Command]:
    """Yield the commands of kong, go-flags, go-arg, kingpin and mitchellh/cli."""
    yield from _tagged(program)
    yield from _kingpin(program)
    yield from _factories(program)


def _tagged(program: Program) -> Iterator[Command]:
    """Yield the fields of structs whose tags make them commands."""
    if not any(True for path in _TAGGED for _ in program.imports(path)):
        return
    for package in sorted(program.packages):
        for source in program.sources.packages.get(package, ()):
            for struct in source.file.structs:
                if any(_word(field) for field in struct.fields) and not _is_inner(
                    program, source, struct
                ):
                    yield from _fields(program, source, struct, (), _DEEPEST)


def _is_inner(program: Program, source: SourceFile, struct: Struct) -> bool:
    """Tell whether a struct is a command of another, whose words come first."""
    own = f"{source.package}.{struct.name}"
    for package in program.packages:
        for other in program.sources.packages.get(package, ()):
            for outer in other.file.structs:
                for field in outer.fields:
                    if _word(field) and type_named(program.sources, other, field.type) == own:
                        return True
    return False


def _fields(
    program: Program, source: SourceFile, struct: Struct, words: tuple[str, ...], depth: int
) -> Iterator[Command]:
    for field in struct.fields:
        word = _word(field)
        if field.type in ("kong.VersionFlag",):
            yield Command(("--version",), source.at(field.line, "kong.VersionFlag"), None, True)
        if not word or not depth:
            continue
        path = (*words, *_outer_words(struct, field), word)
        yield Command(path, source.at(field.line, " ".join(path)))
        type_ = type_named(program.sources, source, field.type)
        package, _, name = type_.rpartition(".")
        inner = program.sources.struct(package, name)
        if inner:
            yield from _fields(program, *inner, path, depth - 1)


def _outer_words(struct: Struct, field: Field) -> list[str]:
    """Return the words of the fields that a struct written in place is the type of."""
    parts = field.name.split(".")[:-1]
    names = [".".join(parts[: count + 1]) for count in range(len(parts))]
    outer = {one.name: _word(one) for one in struct.fields}
    return [outer[name] for name in names if outer.get(name)]


def _word(field: Field) -> str:
    """Return the word of a command that a field's tag makes of it, "" where it makes none."""
    named = re.search(_NAMED, field.tag)
    if named:
        return named[1]
    if not re.search(_CMD, field.tag):
        return ""
    found = re.search(_NAME, field.tag)
    return found[1] if found else re.sub(_HUMP, "-", field.name.rpartition(".")[2]).lower()


def _kingpin(program: Program) -> Iterator[Command]:
    for call in program.methods("Command"):
        if call.arguments and _is_kingpin(program, call):
            yield from _named(program, call.arguments[0], call)
    for call in program.calling(*(f"{path}.Command" for path in _KINGPIN)):
        if call.arguments:
            yield from _named(program, call.arguments[0], call)
    for call in program.methods("Version"):
        if _is_kingpin(program, call):
            yield Command(("--version",), call.at("kingpin Version"), None, True)
    for call in program.calling(*(f"{path}.Version" for path in _KINGPIN)):
        yield Command(("--version",), call.at(), None, True)


def _is_kingpin(program: Program, call: Call) -> bool:
    makers = program.makers(call, call.receiver) | program.types(call, call.receiver)
    return any(name.startswith(_KINGPIN) for name in makers)


def _named(program: Program, expr: Expr, call: Call) -> Iterator[Command]:
    word = program.text(call, expr)
    if word:
        yield Command((word,), call.at(word))


def _factories(program: Program) -> Iterator[Command]:
    """Yield the commands of mitchellh/cli: the keys of a map of factories."""
    for made in program.literals(*(f"[]{path}.CommandFactory" for path in _FACTORIES)):
        for key, _ in made.expr[2]:
            word = program.text(made.context, key) if key else None
            if word:
                yield Command(tuple(word.split()), made.at(word))
    for call in program.calling(*(f"{path}.NewCLI" for path in _FACTORIES)):
        yield Command(("--version",), call.at(), None, True)
