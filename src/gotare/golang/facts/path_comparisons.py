"""Paths that handlers compare the request's with by hand, without a router."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gotare.golang.facts.program import Program
from gotare.golang.facts.sources import Context, expressions_in
from gotare.golang.facts.types import Evidence
from gotare.golang.syntax.expressions import Expr


class Compared(NamedTuple):
    """A path that requests are compared with."""

    path: str
    at: Evidence


def compared_paths(program: Program) -> Iterator[Compared]:
    """Yield the paths of `switch r.URL.Path { case "/x": }` and `if r.URL.Path == "/x"`; fasthttp's
    `ctx.Path()` too."""
    for package in sorted(program.packages):
        for source in program.sources.packages.get(package, ()):
            for function in source.file.functions:
                for statement in function.body:
                    if statement.kind in ("case", "if"):
                        yield from _of_statement(program, Context(source, function, statement))


def _of_statement(program: Program, context: Context) -> Iterator[Compared]:
    statement = context.statement
    assert statement
    values: list[Expr] = []
    if statement.kind == "case" and statement.targets and is_path(statement.targets[0]):
        values += statement.values
    for expr in expressions_in(statement.values):
        if expr[0] == "binary" and expr[1] == "==":
            values += [expr[3]] if is_path(expr[2]) else []
    for value in values:
        path = program.text(context, value)
        if path and path.startswith("/"):
            yield Compared(path, context.source.at(statement.line, path))


def is_path(expr: Expr) -> bool:
    """Tell whether an expression is the path of a request."""
    if expr[0] == "select":
        return bool(expr[2] == "Path" and expr[1][0] == "select" and expr[1][2] == "URL")
    if expr[0] != "call":
        return False
    if expr[1][0] == "select":
        return expr[1][2] == "Path" and not expr[2]
    converted = expr[1] in (("name", "string"), ("type", "string")) and len(expr[2]) == 1
    return bool(converted and is_path(expr[2][0]))
