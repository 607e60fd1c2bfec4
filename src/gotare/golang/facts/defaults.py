"""What a variable is taken for where it is not set: the code around the place that reads it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from gotare.golang.facts.callees import frame_of_call
from gotare.golang.facts.env_reads import Read
from gotare.golang.facts.fields import value_anywhere
from gotare.golang.facts.frame import Frame, frame_of
from gotare.golang.facts.histories import History
from gotare.golang.facts.sources import Call, parts_of
from gotare.golang.facts.text_functions import FIRST
from gotare.golang.facts.value import Value
from gotare.golang.syntax.expressions import Expr

if TYPE_CHECKING:
    from gotare.golang.facts.values import Values

_SAME: Final = FIRST | {"cmp.Or", "strings.TrimSpace", "strings.ToLower", "strings.ToUpper"}
_FURTHEST: Final = 4


class Carriers:
    """The variables and fields that a read's result goes to."""

    def __init__(self, values: Values) -> None:
        self._values = values

    def default(self, read: Read) -> str | None:
        """Return the default of a read, None where the code has none."""
        frame = frame_of(read.call)
        for expr in self._around(read.call):
            found = _told(self._values.follow(frame, expr), read.name)
            if found is not None:
                return found
        for there, place in self.places(read):
            found = self._of_place(there, place, read.name)
            if found is not None:
                return found
        return None

    def places(self, read: Read) -> Iterator[tuple[Frame, Expr]]:
        """Yield what the result is assigned to, directly or over other variables.

        Each comes with the frame where it has got all its values.
        """
        call = read.call
        *_, outer = self._around(call)
        for place in self._targets(call, outer):
            yield from self._onward(call, place, _FURTHEST)

    def _around(self, call: Call) -> list[Expr]:
        """Return the call and the calls around it that keep what it gives, from the inside."""
        assert call.statement
        for value in (*call.statement.values, *call.statement.targets):
            chain = _way_to(value, call.expr)
            if chain:
                kept = [call.expr]
                for outer in chain[-2::-1]:
                    if not self._keeps(call, outer):
                        break
                    kept.append(outer)
                return kept
        return [call.expr]

    def _keeps(self, call: Call, outer: Expr) -> bool:
        """Tell whether a call gives on what it gets, or a default for it."""
        if outer[0] == "unary":
            return True
        if outer[0] != "call":
            return False
        qualified = self._values.sources.qualified(call.source, outer[1])
        if qualified in _SAME or outer[1][0] == "type":
            return True
        if frame_of_call(self._values, frame_of(call), outer):
            return True
        return outer[1][0] == "name" and not qualified and len(outer[2]) == 1

    def _targets(self, call: Call, outer: Expr) -> Iterator[Expr]:
        """Yield what the statement of a call assigns its result to, or what it lends the call."""
        statement = call.statement
        for argument in call.arguments:
            if argument[:2] == ("unary", "&"):
                yield argument[2]
        for index, value in enumerate(statement.values):
            target = statement.targets[index] if index < len(statement.targets) else None
            if value is outer or value == outer:
                if target and statement.kind == "assign":
                    yield target
            else:
                literal = value[2] if value[0] == "unary" else value
                for key, inner in literal[2] if literal[0] == "literal" else ():
                    if inner == outer and key and key[0] == "name":
                        yield ("select", target or literal, key[1])

    def _onward(self, call: Call, place: Expr, depth: int) -> Iterator[tuple[Frame, Expr]]:
        frame = frame_of(call)
        if not call.function:
            yield frame, place
            return
        history = self._values.histories.of(call.function)
        start = history.position(call.statement)
        stop = _next(history, place, start)
        end = call.function.body[stop] if stop < len(call.function.body) else None
        yield frame.at(end), place
        yield from self._taken_from(call, history, place, (start, stop), depth)

    def _taken_from(
        self, call: Call, history: History, place: Expr, span: tuple[int, int], depth: int
    ) -> Iterator[tuple[Frame, Expr]]:
        """Yield what else gets the value: n of `n, err := strconv.Atoi(v)`."""
        assert call.function
        frame = frame_of(call)
        for position in range(span[0] + 1, min(span[1] + 1, len(call.function.body))):
            statement = call.function.body[position]
            if statement.kind != "assign" or not statement.targets:
                continue
            for index, value in enumerate(statement.values):
                if index < len(statement.targets) and self._is_kept(frame, value, place):
                    target = statement.targets[index]
                    if target == place:
                        continue
                    stop = _next(history, target, position)
                    end = call.function.body[stop] if stop < len(call.function.body) else None
                    yield frame.at(end), target
                    if depth:
                        yield from self._taken_from(
                            call, history, target, (position, stop), depth - 1
                        )

    def _is_kept(self, frame: Frame, value: Expr, place: Expr) -> bool:
        """Tell whether an expression is a place, or a conversion of it."""
        while value != place:
            if value[0] == "unary":
                value = value[2]
            elif value[0] == "call" and value[2] and self._converts(frame, value):
                value = value[2][0]
            else:
                return False
        return True

    def _converts(self, frame: Frame, call: Expr) -> bool:
        if self._values.sources.qualified(frame.source, call[1]) in _SAME:
            return True
        return call[1][0] == "type" or (call[1][0] == "name" and len(call[2]) == 1)

    def _of_place(self, frame: Frame, place: Expr, name: str) -> str | None:
        if not frame.function and place[0] == "name":
            known = self._values.variable_value(frame.source.package, place[1])
            return _told(known, name) if known else None
        found = _told(self._values.follow(frame, place), name)
        if found is None and place[0] == "select":
            anywhere = value_anywhere(self._values, frame, place)
            return _told(anywhere, name) if anywhere else None
        return found


def _told(value: Value, name: str) -> str | None:
    return value.text if name in value.variables and value.text is not None else None


def _next(history: History, place: Expr, after: int) -> int:
    """Return where a variable begins a new life: its next assignment that is not for want of it."""
    for assignment in history.values_of(place):
        is_certain = assignment.statement.condition is None and assignment.result >= 0
        mentions = _way_to(assignment.expr, place)
        if assignment.position > after and is_certain and not mentions:
            return assignment.position
    return len(history.function.body)


def _way_to(expr: Expr, inner: Expr) -> list[Expr] | None:
    """Return the expressions from the outermost to `inner`, None where it is not inside."""
    if expr is inner or expr == inner:
        return [expr]
    for part in parts_of(expr):
        way = _way_to(part, inner)
        if way:
            return [expr, *way]
    return None
