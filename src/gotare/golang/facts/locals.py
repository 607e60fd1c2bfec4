"""What a variable or field is worth in a function: its assignments before, one after another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from gotare.golang.facts.callees import frame_of_call
from gotare.golang.facts.conditions import when
from gotare.golang.facts.frame import Frame
from gotare.golang.facts.histories import BOUND, LENT, Assignment, History
from gotare.golang.facts.value import Value, overridden, with_fallback
from gotare.golang.syntax.body import Statement
from gotare.golang.syntax.expressions import Expr
from gotare.golang.syntax.file import Function

if TYPE_CHECKING:
    from gotare.golang.facts.values import Values

_CONTRARY = {"if": "else", "else": "if"}


def local_value(
    values: Values, frame: Frame, place: Expr, base: Callable[[], Value | None]
) -> Value | None:
    """Return what `place` is worth, None where the function does not assign to it.

    `base` gives what it is before all assignments that stand under conditions.
    """
    if not frame.function:
        return None
    history = values.histories.of(frame.function)
    seen = assigned_before(history, place, frame.statement)
    if not seen:
        return None
    condition = frame.statement.condition if frame.statement else None
    start = _last_certain(seen, condition)
    later = seen[start + 1 :]
    before = current = _worth(values, frame, seen[start]) if start >= 0 else base()
    for assignment in later:
        if _excludes(condition, assignment.statement.condition):
            continue
        if assignment.result == LENT:
            current = _after_lending(values, frame, place, assignment, current)
            continue
        found = _worth(values, frame, assignment)
        current = _combined(current, found, assignment)
    only_lent = all(one.result == LENT for one in seen)
    return None if only_lent and current is before else current


def assigned_before(history: History, place: Expr, statement: Statement | None) -> list[Assignment]:
    """Return the assignments that may have happened when a statement runs, in their order.

    A function literal may run after all of what is around it.
    """
    assignments = history.assigned.get(place)
    if not assignments:
        return []
    now = history.position(statement)
    span = history.span_of(now)
    return [
        one
        for one in assignments
        if one.position < now
        or (one.result == BOUND and one.position != now)
        or (span and not span.first <= one.statement.line <= span.last)
    ]


def _last_certain(seen: Sequence[Assignment], condition: object) -> int:
    """Return the index of the last assignment that surely happened, -1 for none."""
    for index in range(len(seen) - 1, -1, -1):
        own = seen[index].statement.condition
        if seen[index].result == LENT:
            continue
        if own is None or own == condition or seen[index].result == BOUND:
            return index
    return -1


def _excludes(condition: tuple[str, Expr] | None, other: tuple[str, Expr] | None) -> bool:
    """Tell whether two conditions never hold together: both branches of one if."""
    if condition is None or other is None:
        return False
    return condition[1] == other[1] and _CONTRARY.get(condition[0]) == other[0]


def _worth(values: Values, frame: Frame, assignment: Assignment) -> Value:
    return values.follow(frame.at(assignment.statement), assignment.expr, assignment.result)


def _after_lending(
    values: Values, frame: Frame, place: Expr, assignment: Assignment, current: Value | None
) -> Value | None:
    """Return what a variable is worth after a function of the project got its address."""
    there = frame.at(assignment.statement)
    entered = frame_of_call(values, there, assignment.expr)
    if not entered or not entered.function or not values.enters(entered):
        return current
    for index, argument in enumerate(assignment.expr[2][: len(entered.parameters)]):
        if argument == ("unary", "&", place):
            target = ("unary", "*", ("name", entered.parameters[index]))
            with values.inside(entered):
                found = local_value(values, entered, target, lambda: current)
            if found and current and _may_leave_early(entered.function):
                return overridden(current, found)
            return found or current
    return current


def _may_leave_early(function: Function) -> bool:
    """Tell whether a function returns where something is not set: `if !ok { return nil }`."""
    return any(s.kind == "return" and s.condition and when(s) == "empty" for s in function.body)


def _combined(current: Value | None, found: Value, assignment: Assignment) -> Value:
    if current is None:
        return found
    if when(assignment.statement) == "empty":
        return with_fallback(current, found)
    return overridden(current, found)
