"""Where names, fields and literals get their values: indexes over all statements of a project."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from gotare.golang.facts.sources import Context, Sources, expressions_in, initialisers, parts_of
from gotare.golang.syntax.expressions import Expr
from gotare.golang.syntax.file import Function, Statement


class Assigned(NamedTuple):
    """A value that is assigned. `result` is which of its results, where a call gives several.

    `ranged`: what is assigned is an element of `value`.
    """

    context: Context
    target: Expr
    value: Expr
    result: int = 0
    ranged: bool = False


class Scope(NamedTuple):
    """A function literal: its lines, its parameters, and the call that it is handed to."""

    first: int
    last: int
    parameters: tuple[tuple[str, str], ...]
    statement: Statement
    call: Expr | None

    def holds(self, statement: Statement) -> bool:
        """Tell whether a statement stands in its body."""
        return self.first <= statement.line <= self.last and statement is not self.statement


class Assignments:
    """Everything that is assigned in a project's sources."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self._locals: dict[int, Mapping[str, list[Assigned]]] = {}
        self._around: dict[int, list[Scope]] = {}
        self._scopes: dict[int, tuple[Scope, ...]] = {}

    def of_name(self, context: Context, name: str) -> list[Assigned]:
        """Return what a function assigns to a name, in the order of its statements."""
        if context.function is None:
            return []
        known = self._locals.get(id(context.function))
        if known is None:
            known = self._locals[id(context.function)] = _by_name(context)
        return known.get(name, [])

    def scopes(self, function: Function | None) -> tuple[Scope, ...]:
        """Return the function literals in a function, the outer ones first."""
        if function is None:
            return ()
        known = self._scopes.get(id(function))
        if known is None:
            known = self._scopes[id(function)] = tuple(_scopes(function))
        return known

    def around(self, context: Context) -> list[Scope]:
        """Return the function literals that a statement stands in, the outer ones first."""
        statement = context.statement
        if statement is None or context.function is None:
            return []
        known = self._around.get(id(statement))
        if known is None:
            scopes = self.scopes(context.function)
            known = [scope for scope in scopes if scope.holds(statement)]
            self._around[id(statement)] = known
        return known

    @cached_property
    def fields(self) -> Mapping[str, list[Assigned]]:
        """What is assigned to fields (`x.Field = …`), by the field's name."""
        found: defaultdict[str, list[Assigned]] = defaultdict(list)
        for context in contexts(self.sources):
            for one in _assigned(context):
                if one.target[0] == "select":
                    found[one.target[2]].append(one)
        return found

    @cached_property
    def globals(self) -> Mapping[tuple[str, str], list[Assigned]]:
        """What functions assign to variables of their package, by package and name."""
        found: defaultdict[tuple[str, str], list[Assigned]] = defaultdict(list)
        for context in contexts(self.sources):
            for one in _assigned(context):
                place = (context.source.package, one.target[-1])
                if one.target[0] == "name" and self.sources.declared(*place):
                    found[place].append(one)
        return found

    @cached_property
    def literals(self) -> Mapping[str, list[tuple[Context, Expr]]]:
        """The composite literals, by the type's name without its package."""
        found: defaultdict[str, list[tuple[Context, Expr]]] = defaultdict(list)
        for source, function, statement, expr in self.sources.literals:
            name = expr[1].rpartition(".")[2].partition("[")[0]
            found[name].append((Context(source, function, statement), expr))
        return found


def contexts(sources: Sources) -> Iterator[Context]:
    """Yield every statement of the sources where it stands, package-level values included."""
    for source in sources.files:
        yield from initialisers(source)
        for function in source.file.functions:
            for statement in function.body:
                yield Context(source, function, statement)


def _assigned(context: Context) -> Iterator[Assigned]:
    statement = context.statement
    if not statement or statement.kind not in ("assign", "range") or not statement.values:
        return
    values = statement.values
    for index, target in enumerate(statement.targets):
        if statement.kind == "range":
            if index == len(statement.targets) - 1:
                yield Assigned(context, target, values[0], 0, True)
        elif index < len(values):
            yield Assigned(context, target, values[index])
        elif len(values) == 1:
            last = 0 if values[0][0] == "type" else index
            yield Assigned(context, target, values[0], last)


def _by_name(context: Context) -> Mapping[str, list[Assigned]]:
    found: defaultdict[str, list[Assigned]] = defaultdict(list)
    source, function, _ = context
    for statement in function.body if function else ():
        for one in _assigned(Context(source, function, statement)):
            if one.target[0] == "name":
                found[one.target[1]].append(one)
    return found


def _scopes(function: Function) -> Iterator[Scope]:
    for statement in function.body:
        for expr in expressions_in(statement.values):
            yield from _handed_over(statement, expr)


def _handed_over(statement: Statement, expr: Expr) -> Iterator[Scope]:
    """Yield the function literals directly inside an expression."""
    for part in parts_of(expr):
        if part[0] == "function":
            yield Scope(part[2], part[3], part[1], statement, expr if expr[0] == "call" else None)
    if expr in statement.values and expr[0] == "function":
        yield Scope(expr[2], expr[3], expr[1], statement, None)
