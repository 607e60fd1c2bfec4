"""Subcommands and flags that a program takes from its arguments by hand, or with package flag."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from gotare.golang.facts.callgraph import Region
from gotare.golang.facts.program import Program
from gotare.golang.facts.sources import Context, SourceFile, expressions_in
from gotare.golang.facts.types import Evidence
from gotare.golang.syntax.expressions import Expr
from gotare.golang.syntax.file import Function


class Command(NamedTuple):
    """A subcommand, or a flag that is one: as it is typed, and what runs then.

    `regions` None: what runs is not known.
    """

    words: tuple[str, ...]
    at: Evidence
    regions: tuple[Region, ...] | None = None
    flag: bool = False


_WORD: Final = re.compile(r"-{0,2}[A-Za-z][\w:-]{0,40}")
_NO_WORDS: Final = frozenset({"nil", "true", "false", "iota", "EOF"})
_ARGUMENT: Final = frozenset({"flag.Arg", "github.com/spf13/pflag.Arg"})
_LISTS: Final = frozenset({"os.Args", "flag.Args", "github.com/spf13/pflag.Args"})
_IMPORTED: Final = frozenset({"os", "flag", "github.com/spf13/pflag"})
_SEEN: Final = frozenset({"Args", "Arg"})
_FULL: Final = "FullCommand"
_BOOL_FLAGS: Final = {
    "Bool": 0, "BoolVar": 1, "BoolP": 0, "BoolVarP": 1,
}  # fmt: skip
_FLAG_PACKAGES: Final = ("flag", "github.com/spf13/pflag")


def argument_commands(program: Program) -> Iterator[Command]:
    """Yield what os.Args[1], or the like, is compared with."""
    if program.sources.selected.isdisjoint({*_SEEN, _FULL}):
        return
    for package in sorted(program.packages):
        for source in program.sources.packages.get(package, ()):
            for function in source.file.functions:
                if _may_see_arguments(source, function):
                    yield from _in_function(program, source, function)


def _may_see_arguments(source: SourceFile, function: Function) -> bool:
    """Tell whether the program's arguments may come into a function; a look that costs little."""
    if source.file.package == "main" or any(
        "[]string" in type_ for _, type_ in function.parameters
    ):
        return True
    if not any(path in _IMPORTED for _, path, _ in source.file.imports):
        return False
    exprs = (value for statement in function.body for value in statement.values)
    return any(expr[0] == "select" and expr[2] in _SEEN for expr in expressions_in(exprs))


def _in_function(program: Program, source: SourceFile, function: Function) -> Iterator[Command]:
    for statement in function.body:
        context = Context(source, function, statement)
        if statement.kind == "case" and statement.targets:
            yield from _cases(program, context)
        elif statement.kind in ("if", "case", "return", "assign"):
            yield from _comparisons(program, context)


def _cases(program: Program, context: Context) -> Iterator[Command]:
    """Yield the words of `switch os.Args[1] { case "serve": … }`."""
    statement = context.statement
    assert statement
    if is_argument(program, context, statement.targets[0]):
        for value in statement.values:
            yield from _command(program, context, value)
    for value in statement.values:
        if value[0] == "call" and value[1][0] == "select" and value[1][2] == _FULL:
            yield from _full_command(program, context, value[1][1])


def _full_command(program: Program, context: Context, command: Expr) -> Iterator[Command]:
    """Read kingpin's `case serve.FullCommand()`, where serve is `app.Command("serve", …)`."""
    for origin in program.objects.origins(context, command):
        if origin.expr[0] == "call" and origin.expr[2]:
            yield from _command(program, context, origin.expr[2][0])


def _comparisons(program: Program, context: Context) -> Iterator[Command]:
    statement = context.statement
    assert statement
    for expr in expressions_in(statement.values):
        if expr[0] == "binary" and expr[1] == "==":
            for one, other in ((expr[2], expr[3]), (expr[3], expr[2])):
                if _may_be_word(other) and is_argument(program, context, one):
                    yield from _command(program, context, other)
        elif _is_contains(program, context, expr):
            yield from _command(program, context, expr[2][1])


def _may_be_word(expr: Expr) -> bool:
    """Tell whether an expression may be a text that is typed: most comparisons are with others."""
    if expr[0] == "string":
        return bool(_WORD.fullmatch(expr[1]))
    return expr[0] in ("name", "select") and expr[-1] not in _NO_WORDS


def _is_contains(program: Program, context: Context, expr: Expr) -> bool:
    """Tell whether an expression is `slices.Contains(os.Args, "--version")`."""
    if expr[0] != "call" or len(expr[2]) != 2 or expr[1][-1] != "Contains":
        return False
    is_search = program.qualified(context, expr[1]) == "slices.Contains"
    return is_search and is_list(program, context, expr[2][0])


def _command(program: Program, context: Context, value: Expr) -> Iterator[Command]:
    word = program.text(context, value)
    statement = context.statement
    if word and statement:
        at = context.source.at(statement.line, f'"{word}"')
        yield Command((word,), at, tuple(_regions(context)), word.startswith("-"))


def _regions(context: Context) -> Iterator[Region]:
    """Yield the lines that stand under the condition of a case or an if."""
    function, statement = context.function, context.statement
    if function is None or statement is None:
        return
    inside = [s.line for s in function.body if _is_under(s.condition, statement)]
    for line in sorted(set(inside)):
        yield Region(context.source, function, line, line)


def _is_under(condition: object, statement: object) -> bool:
    """Tell whether a statement stands in the branch that a test opens."""
    if not isinstance(condition, tuple) or condition[0] not in ("if", "case"):
        return False
    values = statement.values  # type: ignore[attr-defined]
    if statement.kind == "if":  # type: ignore[attr-defined]
        return condition[0] == "if" and bool(condition[1] in values)
    return any(value in expressions_in([condition[1]]) for value in values)


def is_argument(program: Program, context: Context, expr: Expr) -> bool:
    """Tell whether an expression is an argument of the program, the first as far as can be seen."""
    for part in (expr, *(origin.expr for origin in program.objects.origins(context, expr))):
        if part[0] == "index" and is_list(program, context, part[1]):
            return True
        if part[0] == "call" and program.qualified(context, part[1]) in _ARGUMENT:
            return True
    return False


def is_list(program: Program, context: Context, expr: Expr) -> bool:
    """Tell whether an expression is the list of the program's arguments."""
    for part in (expr, *(origin.expr for origin in program.objects.origins(context, expr))):
        called = part[1] if part[0] == "call" else part
        if program.qualified(context, called) in _LISTS:
            return True
    return False


def flag_commands(program: Program) -> Iterator[Command]:
    """Yield the boolean flags of packages flag and pflag, as they are typed."""
    names = [f"{package}.{name}" for package in _FLAG_PACKAGES for name in _BOOL_FLAGS]
    calls = [*program.calling(*names), *program.methods(*_BOOL_FLAGS)]
    for call in calls:
        index = _BOOL_FLAGS[call.method or call.qualified.rpartition(".")[2]]
        if index < len(call.arguments):
            word = program.text(call, call.arguments[index])
            if word:
                yield Command((f"--{word}",), call.at(), None, True)
    for call in program.calling(
        "github.com/alecthomas/kingpin.Flag", "gopkg.in/alecthomas/kingpin.Flag"
    ):
        word = program.text(call, call.arguments[0]) if call.arguments else None
        if word:
            yield Command((f"--{word}",), call.at(), None, True)
