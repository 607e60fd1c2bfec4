"""What a struct's field is worth: `cfg.Server.Port`, wherever in the project it is set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gotare.golang.facts.callees import callers, frame_of_call, returned
from gotare.golang.facts.frame import Frame, Given
from gotare.golang.facts.go_text import shown
from gotare.golang.facts.histories import BOUND
from gotare.golang.facts.locals import local_value
from gotare.golang.facts.struct_types import Type, find_field
from gotare.golang.facts.value import Value, agreed, unknown
from gotare.golang.syntax.expressions import Expr

if TYPE_CHECKING:
    from gotare.golang.facts.values import Values

_WIDEST: Final = 8
"""How many places that set a field are looked at; where there are more it is unknown."""

NOT_TOLD: Final = Value(None)
"""The value that nothing was found for."""


def field_value(values: Values, frame: Frame, expr: Expr) -> Value:
    """Return what `x.y.z` is worth."""
    told = values.follow(frame, ("path", expr[1], (expr[2],)))
    setting = values.tags.of_field(frame, expr)
    if setting:
        return setting.over(told if told != NOT_TOLD else None)
    if told != NOT_TOLD:
        return told
    found = value_anywhere(values, frame, expr)
    return found if found else unknown(shown(expr))


def path_value(values: Values, frame: Frame, expr: Expr, path: tuple[str, ...]) -> Value:
    """Return what a field is worth by the way that its struct was made, or NOT_TOLD."""
    place = expr
    for name in path:
        place = ("select", place, name)
    local = None
    if frame.function and expr[0] in ("name", "select"):
        local = local_value(values, frame, place, lambda: _made(values, frame, expr, path))
    return local or _made(values, frame, expr, path)


def _made(values: Values, frame: Frame, expr: Expr, path: tuple[str, ...]) -> Value:
    match expr[0]:
        case "unary":
            return _path(values, frame, expr[2], path)
        case "literal":
            return _in_literal(values, frame, expr, path)
        case "name":
            return _of_name(values, frame, expr, path)
        case "select":
            return _of_select(values, frame, expr, path)
        case "call":
            return _of_call(values, frame, expr, path, 0)
    return NOT_TOLD


def _path(values: Values, frame: Frame, expr: Expr, path: tuple[str, ...]) -> Value:
    return values.follow(frame, ("path", expr, path))


def _in_literal(values: Values, frame: Frame, literal: Expr, path: tuple[str, ...]) -> Value:
    for key, value in literal[2]:
        if key and key[1:] == (path[0],):
            if len(path) > 1:
                return _path(values, frame, value, path[1:])
            return values.follow(frame, value)
    return NOT_TOLD


def _of_name(values: Values, frame: Frame, expr: Expr, path: tuple[str, ...]) -> Value:
    name = expr[1]
    if name in frame.given:
        given = frame.given[name]
        return _path(values, given.frame, given.expr, path)
    function = frame.function
    if function:
        history = values.histories.of(function)
        now = history.position(frame.statement)
        before = [a for a in history.values_of(expr) if a.position < now]
        if before and before[-1].result != BOUND:
            last = before[-1]
            there = frame.at(last.statement)
            if last.expr[0] == "call":
                return _of_call(values, there, last.expr, path, last.result)
            return _path(values, there, last.expr, path)
        if name in frame.parameters:
            return _of_parameter(values, frame, name, path)
    if frame.outer:
        return _path(values, frame.outer, expr, path)
    return _of_variable(values, frame.source.package, name, path)


def _of_parameter(values: Values, frame: Frame, name: str, path: tuple[str, ...]) -> Value:
    index = frame.parameters.index(name)
    found = [
        _path(values, Frame(call.source, call.function, call.statement), argument, path)
        for call in callers(values, frame)
        for argument in call.arguments[index : index + 1]
    ]
    told = [value for value in found if value != NOT_TOLD]
    return (
        agreed(told, f"the callers of {frame.function.name}")
        if told and frame.function
        else (NOT_TOLD)
    )


def _of_variable(values: Values, package: str, name: str, path: tuple[str, ...]) -> Value:
    """Return a field of a package-level variable."""
    found = values.sources.declared(package, name)
    if not found:
        return NOT_TOLD
    source, declared = found
    told = [
        _path(values, Frame(source), declared.value, path) if declared.value else NOT_TOLD,
        *(
            _path(values, Frame(file, function, assignment.statement), assignment.expr, path)
            for file, function, assignment in values.assigned_globals.get((package, name), ())
            if assignment.result != BOUND
        ),
    ]
    some = [value for value in told if value != NOT_TOLD]
    return agreed(some, name) if some else NOT_TOLD


def _of_select(values: Values, frame: Frame, expr: Expr, path: tuple[str, ...]) -> Value:
    _, left, field = expr
    if left[0] == "name" and not values.is_local(frame, left[1]):
        package = values.sources.imported(frame.source, left[1])
        if package:
            return _of_variable(values, package, field, path)
    return _path(values, frame, left, (field, *path))


def _of_call(values: Values, frame: Frame, call: Expr, path: tuple[str, ...], result: int) -> Value:
    entered = frame_of_call(values, frame, call)
    if not entered or not values.enters(entered):
        return NOT_TOLD
    found = []
    for statement, expr, index in returned(values, entered, result):
        there = entered.at(statement)
        if expr[0] == "call" and index:
            found.append(_of_call(values, there, expr, path, index))
        else:
            found.append(_path(values, there, expr, path))
    told = [value for value in found if value != NOT_TOLD]
    return agreed(told, shown(call)) if told else NOT_TOLD


def value_anywhere(values: Values, frame: Frame, expr: Expr) -> Value | None:
    """Return what all places in the project that set a field agree on."""
    owner = values.types.of(frame, expr[1])
    found = find_field(values.sources, owner, expr[2]) if owner else None
    if not found:
        return None
    setters = _setters(values, found[0], expr[2])
    if not setters or len(setters) > _WIDEST:
        return None
    told = [values.follow(given.frame, given.expr[1], given.expr[2]) for given in setters]
    return agreed(told, shown(expr))


def _setters(values: Values, owner: Type, name: str) -> list[Given]:
    """Return the places that set a field of a type, found once."""
    key = owner[:3], name
    if key not in values.setters:
        every = values.field_setters.get(name, ())
        values.setters[key] = [given for given in every if _sets(values, given, owner)]
    return values.setters[key]


def _sets(values: Values, setter: Given, owner: Type) -> bool:
    """Tell whether a setter is one of a type's field. Its expression is (owner, value, result)."""
    type_ = values.types.of(setter.frame, setter.expr[0])
    return type_ is not None and type_[:3] == owner[:3]
