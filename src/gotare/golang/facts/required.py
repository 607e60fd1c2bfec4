"""Which values a program cannot do without: it ends, or fails, where they are not set."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Final

from gotare.golang.facts.callees import makes_error
from gotare.golang.facts.conditions import empty_operands, says, when
from gotare.golang.facts.frame import Frame
from gotare.golang.facts.sources import SourceFile, calls_in, parts_of
from gotare.golang.facts.struct_types import find_field
from gotare.golang.syntax.body import Statement
from gotare.golang.syntax.expressions import Expr
from gotare.golang.syntax.file import Function

if TYPE_CHECKING:
    from gotare.golang.facts.values import Values

_ENDS: Final = r"(?:Fatal|Panic)(?:f|ln|w|IfErrorf)?|Exit|CheckErr"
_SAYS_SO: Final = r"required|missing|must|not set|unset|empty|need|provide|undefined|no "


class Required:
    """The values whose absence ends the program."""

    def __init__(self, values: Values) -> None:
        self._values = values

    def is_tested(self, function: Function | None, place: Expr) -> bool:
        """Tell whether a function fails where a variable or field of it is empty."""
        return function is not None and place in self._places.get(id(function), ())

    def is_tested_field(self, frame: Frame, place: Expr) -> bool:
        """Tell whether any function fails where a field is empty: Validate() and its like."""
        if place[0] != "select":
            return False
        owner = self._values.types.of(frame, place[1])
        found = find_field(self._values.sources, owner, place[2]) if owner else None
        return found is not None and (*found[0][:3], place[2]) in self._fields

    def is_named(self, name: str) -> bool:
        """Tell whether an error that says something is not set names a variable."""
        return name in self._named

    @cached_property
    def _fatal(self) -> list[tuple[SourceFile, Function, Statement]]:
        """The statements that end the program, or fail, under a condition."""
        return [
            (source, function, statement)
            for source in self._values.sources.files
            for function in source.file.functions
            for statement in function.body
            if statement.condition and is_fatal(statement) and not is_nested(function, statement)
        ]

    @cached_property
    def _places(self) -> Mapping[int, set[Expr]]:
        found: defaultdict[int, set[Expr]] = defaultdict(set)
        for _, function, statement in self._fatal:
            found[id(function)].update(_tested_by(statement))
        return found

    @cached_property
    def _fields(self) -> set[tuple[str, str, str, str]]:
        found = set()
        for source, function, statement in self._fatal:
            for place in _tested_by(statement):
                if place[0] == "select":
                    frame = Frame(source, function, statement)
                    owner = self._values.types.of(frame, place[1])
                    way = find_field(self._values.sources, owner, place[2]) if owner else None
                    if way:
                        found.add((way[0].package, way[0].name, way[0].inside, place[2]))
        return found

    @cached_property
    def _named(self) -> set[str]:
        found: set[str] = set()
        for _, _, statement in self._fatal:
            if when(statement) == "empty":
                for text in _texts(statement):
                    if re.search(_SAYS_SO, text.lower()):
                        found.update(re.findall(r"\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b|\bPORT\b", text))
        return found


def is_fatal(statement: Statement) -> bool:
    """Tell whether a statement ends the program, returns an error, or keeps one for later."""
    values = statement.values
    if statement.kind == "return":
        return bool(values) and makes_error(values[-1])
    if statement.kind == "assign":
        return any(
            call[1] == ("name", "append") and any(makes_error(a) for a in call[2][1:])
            for call in values
            if call[0] == "call"
        )
    return statement.kind == "call" and any(_ends(call) for call in calls_in(values))


def is_nested(function: Function, statement: Statement) -> bool:
    """Tell whether the condition of a statement is itself tested only under another one."""
    for one in function.body:
        if one.kind == "if" and statement.condition and one.values[0] == statement.condition[1]:
            around = one.condition
            return around is not None and not (around[0] == "else" and says(around[1]) == "empty")
    return False


def _ends(call: Expr) -> bool:
    called = call[1]
    if called[0] == "name":
        return bool(called[1] == "panic")
    return called[0] == "select" and bool(re.fullmatch(_ENDS, called[2]))


def _tested_by(statement: Statement) -> Iterator[Expr]:
    """Yield what is empty where a statement runs."""
    if not statement.condition:
        return
    word, test = statement.condition
    if word == "else":
        if test[0] == "binary" and test[1] == "!=" and says(test) == "present":
            yield test[2]
        elif test[0] == "name":
            yield test
    elif word in ("if", "case") and says(test) == "empty":
        yield from empty_operands(test)


def _texts(statement: Statement) -> Iterator[str]:
    waiting = list(statement.values)
    while waiting:
        expr = waiting.pop()
        if expr[0] == "string":
            yield expr[1]
        waiting += parts_of(expr)
