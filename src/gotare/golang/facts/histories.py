"""What a function assigns to each of its variables and fields, in the order it stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from gotare.golang.facts.sources import SourceFile, Sources, parts_of
from gotare.golang.syntax.expressions import Expr
from gotare.golang.syntax.file import Function, Statement

BOUND: Final = -1
"""The `result` of an assignment by a library: flag.StringVar(&x, …)."""


class Assignment(NamedTuple):
    """Something gets a value: `result` says which of a call's results, or BOUND.

    `position` is the statement's place in the function's body.
    """

    position: int
    statement: Statement
    expr: Expr
    result: int = 0


class Span(NamedTuple):
    """The lines of a function literal, and the position of the statement that holds it."""

    position: int
    first: int
    last: int
    parameters: tuple[tuple[str, str], ...]


class History:
    """The assignments of one function, and the function literals in it."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.positions = {id(statement): n for n, statement in enumerate(function.body)}
        self.assigned: Mapping[Expr, list[Assignment]] = _assigned(function)
        self.spans = tuple(_spans(function))

    def position(self, statement: Statement | None) -> int:
        """Return where a statement stands; the end for none, and for one from elsewhere."""
        return self.positions.get(id(statement), len(self.function.body))

    def span_of(self, position: int) -> Span | None:
        """Return the innermost function literal around a statement."""
        if position >= len(self.function.body):
            return None
        line = self.function.body[position].line
        around = [s for s in self.spans if s.position < position and s.first <= line <= s.last]
        return max(around, key=lambda span: (span.first, -span.last), default=None)

    def assigns(self, name: str) -> bool:
        """Tell whether a name is assigned anywhere in the function."""
        return ("name", name) in self.assigned


class Histories:
    """The histories of functions, and what is assigned to the variables and fields of packages."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self._known: dict[int, History] = {}

    def of(self, function: Function) -> History:
        """Return the history of a function."""
        found = self._known.get(id(function))
        if found is None:
            found = self._known[id(function)] = History(function)
        return found

    def everywhere(self) -> Iterator[tuple[SourceFile, Function, Expr, Assignment]]:
        """Yield all assignments in functions, with what is assigned to."""
        for source in self.sources.files:
            for function in source.file.functions:
                for target, assignments in self.of(function).assigned.items():
                    for assignment in assignments:
                        yield source, function, target, assignment


def _assigned(function: Function) -> Mapping[Expr, list[Assignment]]:
    found: defaultdict[Expr, list[Assignment]] = defaultdict(list)
    for position, statement in enumerate(function.body):
        if statement.kind in ("assign", "range", "receive"):
            for target, assignment in _of_statement(position, statement):
                found[target].append(assignment)
        for target, expr in bound_in(statement.targets + statement.values):
            found[target].append(Assignment(position, statement, expr, BOUND))
    return found


def _of_statement(position: int, statement: Statement) -> Iterator[tuple[Expr, Assignment]]:
    targets, values = statement.targets, statement.values
    for index, target in enumerate(targets):
        if statement.kind != "assign":
            expr: Expr = ("element", *values[:1]) if values else ("other", "")
            yield target, Assignment(position, statement, expr, index)
        elif len(values) == len(targets):
            yield target, Assignment(position, statement, values[index])
        elif len(values) == 1:
            result = 0 if values[0][0] == "type" else index
            yield target, Assignment(position, statement, values[0], result)


def bound_in(exprs: tuple[Expr, ...]) -> Iterator[tuple[Expr, Expr]]:
    """Yield (variable, call or literal) where a library is given the address of a variable."""
    waiting = list(exprs)
    while waiting:
        expr = waiting.pop()
        if expr[0] == "call" and expr[2] and _is_binding(expr):
            yield expr[2][0][2], expr
        elif expr[0] == "literal" and expr[1].endswith("Flag"):
            for key, value in expr[2]:
                if key == ("name", "Destination") and value[:2] == ("unary", "&"):
                    yield value[2], expr
        waiting += parts_of(expr)


def _is_binding(call: Expr) -> bool:
    name = call[1][2] if call[1][0] == "select" else ""
    return name.rstrip("PF").endswith("Var") and call[2][0][:2] == ("unary", "&")


def _spans(function: Function) -> Iterator[Span]:
    for position, statement in enumerate(function.body):
        waiting = list(statement.values + statement.targets)
        while waiting:
            expr = waiting.pop()
            if expr[0] == "function":
                yield Span(position, expr[2], expr[3], expr[1])
            waiting += parts_of(expr)
