"""What a function assigns to each of its variables and fields, in the order it stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Final, NamedTuple

from gotare.golang.facts.sources import Call, Composite, SourceFile, Sources, parts_of
from gotare.golang.syntax.expressions import Expr
from gotare.golang.syntax.file import Function, Statement

BOUND: Final = -1
"""The `result` of an assignment by a library: flag.StringVar(&x, …)."""

LENT: Final = -2
"""The `result` where any other call gets the address of a variable: fill(&x, …)."""


KINDS: Final = (
    "String", "Bool", "Int", "Int8", "Int16", "Int32", "Int64", "Uint", "Uint8", "Uint16", "Uint32",
    "Uint64", "Float32", "Float64", "Duration", "StringSlice", "StringArray", "IntSlice", "IP",
    "Count", "Text", "StringToString", "DurationSlice",
)  # fmt: skip
"""What flags take, as libraries name their functions after it: String, StringVar, StringVarP."""

_KINGPIN: Final = (
    "StringsVar",
    "EnumVar",
    "ExistingFileVar",
    "ExistingDirVar",
    "FloatVar",
    "URLVar",
)
BINDERS: Final = frozenset((*(kind + var for kind in KINDS for var in ("Var", "VarP")), *_KINGPIN))
"""The functions that take the address of a variable for a flag."""


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
        self.assigned: defaultdict[Expr, list[Assignment]] = defaultdict(list)
        self.spans: list[Span] = []
        for position, statement in enumerate(function.body):
            self._read(position, statement)

    def _read(self, position: int, statement: Statement) -> None:
        """Keep what a statement assigns, and the function literals in it."""
        if statement.kind in ("assign", "range", "receive"):
            for target, assignment in _of_statement(position, statement):
                self.assigned[target].append(assignment)
        waiting = [*statement.targets, *statement.values]
        while waiting:
            expr = waiting.pop()
            kind = expr[0]
            if kind == "select":
                waiting.append(expr[1])
            elif kind == "function":
                self.spans.append(Span(position, expr[2], expr[3], expr[1]))
            elif kind not in ("name", "string", "number"):
                for target, result in _bound_in(expr):
                    self.assigned[target].append(Assignment(position, statement, expr, result))
                waiting += parts_of(expr)

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

    def values_of(self, place: Expr) -> list[Assignment]:
        """Return the assignments in code: not those by flags, nor by who got the address."""
        return [one for one in self.assigned.get(place, ()) if one.result >= 0]


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
                for statement in function.body:
                    if statement.kind == "assign":
                        for target, assignment in _of_statement(0, statement):
                            yield source, function, target, assignment
        yield from self._bound()

    def _bound(self) -> Iterator[tuple[SourceFile, Function, Expr, Assignment]]:
        sources = self.sources
        found: list[Call | Composite] = [*sources.methods(*BINDERS)]
        found += sources.calling(*_called(sources))
        found += sources.literals
        for one in found:
            if one.function and one.statement:
                for target, expr in _bound_by(one.expr):
                    assignment = Assignment(0, one.statement, expr, BOUND)
                    yield one.source, one.function, target, assignment


def _called(sources: Sources) -> list[str]:
    """Return the functions of packages that are called like those that bind variables."""
    return [name for name in sources.called if name.rpartition(".")[2] in BINDERS]


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


def _bound_in(expr: Expr) -> list[tuple[Expr, int]]:
    """Return the variables whose address is given to a call or literal, with BOUND or LENT."""
    if expr[0] == "literal":
        return [(target, BOUND) for target, _ in _bound_by(expr)]
    if expr[0] != "call" or not any(argument[:2] == ("unary", "&") for argument in expr[2]):
        return []
    return [(target, BOUND) for target, _ in _bound_by(expr)] or list(_lent_to(expr))


def _lent_to(call: Expr) -> Iterator[tuple[Expr, int]]:
    for argument in call[2]:
        if argument[:2] == ("unary", "&") and argument[2][0] in ("name", "select"):
            yield argument[2], LENT


def _bound_by(expr: Expr) -> Iterator[tuple[Expr, Expr]]:
    if expr[0] == "call":
        if expr[1][0] == "select" and expr[1][2] in BINDERS and expr[2]:
            target = expr[2][0]
            if target[:2] == ("unary", "&"):
                yield target[2], expr
    elif expr[1].endswith("Flag"):
        for key, value in expr[2]:
            if key == ("name", "Destination") and value[:2] == ("unary", "&"):
                yield value[2], expr
