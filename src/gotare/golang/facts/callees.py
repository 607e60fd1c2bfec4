"""Which of the project's own functions a call means, what it returns, and who calls it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from gotare.golang.facts.conditions import is_error
from gotare.golang.facts.frame import Frame, Given
from gotare.golang.facts.histories import Span
from gotare.golang.facts.sources import Call, SourceFile, Sources
from gotare.golang.facts.struct_types import result_names
from gotare.golang.syntax.expressions import Expr
from gotare.golang.syntax.file import Function, Statement

if TYPE_CHECKING:
    from gotare.golang.facts.values import Values

MOST_CALLERS: Final = 6
"""How many calls of a function are looked at for what a parameter gets."""


def frame_of_call(values: Values, frame: Frame, call: Expr) -> Frame | None:
    """Return the frame of the own function that a call enters, with its arguments given."""
    called = call[1]
    if called[0] == "function":
        return _literal_frame(values, frame, called, call)
    if called[0] == "name" and values.is_local(frame, called[1]):
        return _local_literal(values, frame, called, call)
    sources = values.sources
    package, _, name = sources.qualified(frame.source, called).rpartition(".")
    if package:
        found = sources.function(package, name)
        return _entered(*found, frame, call) if found else _variable(values, package, name, call)
    return _method(values, frame, call) if called[0] == "select" else None


def _entered(source: SourceFile, function: Function, frame: Frame, call: Expr) -> Frame:
    given = dict(_given(function.parameters, frame, call[2]))
    if function.receiver_name and call[1][0] == "select":
        given[function.receiver_name] = Given(frame, call[1][1])
    return Frame(source, function, None, given)


def _given(
    parameters: tuple[tuple[str, str], ...], frame: Frame, arguments: tuple[Expr, ...]
) -> Iterator[tuple[str, Given]]:
    for index, (name, type_) in enumerate(parameters):
        if type_.startswith("...") or index >= len(arguments):
            return
        yield name, Given(frame, arguments[index])


def _method(values: Values, frame: Frame, call: Expr) -> Frame | None:
    _, left, name = call[1]
    type_ = values.types.of(frame, left)
    if type_ and not type_.inside:
        found = values.sources.method(type_.package, type_.name, name)
        if found:
            return _entered(*found, frame, call)
    return None


def _variable(values: Values, package: str, name: str, call: Expr) -> Frame | None:
    """Return the frame of a function literal in a variable of a package."""
    declared = values.sources.declared(package, name)
    if not declared or not declared[1].value or declared[1].value[0] != "function":
        return None
    source, literal = declared[0], declared[1].value
    for function in source.file.functions:
        if not function.name and (function.line, function.parameters) == (literal[2], literal[1]):
            return _entered(source, function, Frame(source), call)
    return None


def _local_literal(values: Values, frame: Frame, called: Expr, call: Expr) -> Frame | None:
    if not frame.function:
        return None
    history = values.histories.of(frame.function)
    for assignment in reversed(history.values_of(called)):
        if assignment.expr[0] == "function":
            return _literal_frame(values, frame, assignment.expr, call)
    return None


def _literal_frame(values: Values, frame: Frame, literal: Expr, call: Expr) -> Frame | None:
    """Return the frame of a function literal that is called where its function runs."""
    if not frame.function:
        return None
    for span in values.histories.of(frame.function).spans:
        if (span.first, span.last, span.parameters) == (literal[2], literal[3], literal[1]):
            inner = values.closure(frame.function, span)
            return Frame(frame.source, inner, None, dict(_given(literal[1], frame, call[2])), frame)
    return None


def closure_of(function: Function, span: Span) -> Function:
    """Return a function literal as a function of its own."""
    after = function.body[span.position + 1 :]
    body = tuple(s for s in after if span.first <= s.line <= span.last)
    return Function("", "", "", span.parameters, "", body, span.first)


def returned(values: Values, frame: Frame, result: int) -> list[tuple[Statement, Expr, int]]:
    """Return what a function returns for one of its results: (statement, expression, result).

    Returns of an error, and of nil, are left out.
    """
    function = frame.function
    if not function:
        return []
    history = values.histories.of(function)
    found: list[tuple[Statement, Expr, int]] = []
    for position, statement in enumerate(function.body):
        if statement.kind != "return" or history.span_of(position):
            continue
        one = _result(function, statement, result)
        if one and one[0] != ("name", "nil"):
            found.append((statement, *one))
    return found


def _result(function: Function, statement: Statement, result: int) -> tuple[Expr, int] | None:
    exprs = statement.values
    if not exprs:
        names = result_names(function.result)
        return (("name", names[result]), 0) if result < len(names) else None
    if len(exprs) == 1 and result > 0:
        return exprs[0], result
    if result >= len(exprs):
        return None
    fails = len(exprs) > 1 and result < len(exprs) - 1 and makes_error(exprs[-1])
    return None if fails else (exprs[result], 0)


def makes_error(expr: Expr) -> bool:
    """Tell whether an expression is an error that is not nil, by how errors are made."""
    if is_error(expr):
        return True
    if expr[0] == "name":
        return bool(expr[1].startswith("Err"))
    if expr[0] == "call" and expr[1][0] in ("select", "name"):
        name = str(expr[1][-1])
        return name in ("Errorf", "New", "Join", "Wrap", "Wrapf", "Error") or "Err" in name
    return expr[0] == "select" and str(expr[2]).startswith("Err")


def callers(values: Values, frame: Frame) -> list[Call]:
    """Return the calls of the function of a frame, none where there are too many."""
    function = frame.function
    if not function or not function.name:
        return []
    sources = values.sources
    if function.receiver:
        found = [c for c in sources.methods(function.name) if _may_mean(c, function, sources)]
        found += sources.calling(f"{frame.source.package}.{function.receiver}.{function.name}")
    else:
        found = list(sources.calling(f"{frame.source.package}.{function.name}"))
    found = [call for call in found if values.counts(call.source)]
    return found if len(found) <= MOST_CALLERS else []


def _may_mean(call: Call, function: Function, sources: Sources) -> bool:
    return len(call.arguments) == len(function.parameters)
