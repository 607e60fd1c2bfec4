"""The beginning of a text that the code computes: a folder, or the scheme and host of a URL."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gotare.golang.facts.scope import Remembered
from gotare.golang.facts.sources import Context
from gotare.golang.facts.values import Place
from gotare.golang.syntax.expressions import Expr

_JOINS: Final = {"path/filepath.Join": "/", "path.Join": "/", "net.JoinHostPort": ":"}
_FORMATS: Final = frozenset({"fmt.Sprintf", "fmt.Sprint"})
_DEEPEST: Final = 6

Begun = tuple[str, bool]
"""What a text begins with, and whether that is all of it."""

_NOTHING: Final[Begun] = ("", False)


def beginning(values: Remembered, place: Place, expr: Expr, depth: int = 0) -> Begun:
    """Return the text that an expression begins with, and whether that is all of it.

    Follows +, fmt.Sprintf, path.Join, the project's own functions and local variables up to the
    first part that is unknown.
    """
    found = values.value(place, expr)
    if found.text is not None:
        return found.text, True
    if depth > _DEEPEST:
        return _NOTHING
    match expr[0]:
        case "binary" if expr[1] == "+":
            return _both(beginning(values, place, expr[2], depth + 1), values, place, expr, depth)
        case "call":
            return _called(values, place, expr, depth + 1)
        case "name":
            return _first(values, assigned_before(place, expr), depth + 1)
    return _NOTHING


def _both(left: Begun, values: Remembered, place: Place, expr: Expr, depth: int) -> Begun:
    if not left[1]:
        return left
    right, whole = beginning(values, place, expr[3], depth + 1)
    return left[0] + right, whole


def _called(values: Remembered, place: Place, expr: Expr, depth: int) -> Begun:
    name = values.sources.qualified(place.source, expr[1])
    arguments = expr[2]
    if name in _FORMATS and arguments:
        return _formatted(values, place, arguments, depth)
    if name in _JOINS:
        return _joined(values, place, arguments, _JOINS[name], depth)
    if expr[1][0] == "type" and len(arguments) == 1:
        return beginning(values, place, arguments[0], depth)
    return _first(values, _returned(values, name), depth)


def _first(values: Remembered, places: Iterator[tuple[Context, Expr]], depth: int) -> Begun:
    """Return the first beginning that is one."""
    found = (beginning(values, context, value, depth) for context, value in places)
    return next((begun for begun in found if begun[0]), _NOTHING)


def assigned_before(place: Place, name: Expr) -> Iterator[tuple[Context, Expr]]:
    """Yield what a local variable is given, the last before this place first."""
    if not place.function or not place.statement:
        return
    before = [s for s in place.function.body if s.line <= place.statement.line]
    for statement in reversed(before):
        if statement.kind == "assign" and name in statement.targets:
            index = statement.targets.index(name)
            values = statement.values
            known = len(values) == len(statement.targets) or (index == 0 and len(values) == 1)
            if known and values[index] != name and statement is not place.statement:
                yield Context(place.source, place.function, statement), values[index]


def _returned(values: Remembered, name: str) -> Iterator[tuple[Context, Expr]]:
    """Yield the first results that a function of the project returns."""
    package, _, function = name.rpartition(".")
    found = values.sources.function(package, function)
    if found:
        source, declared = found
        for statement in declared.body:
            if statement.kind == "return" and statement.values:
                yield Context(source, declared, statement), statement.values[0]


def _formatted(values: Remembered, place: Place, arguments: tuple[Expr, ...], depth: int) -> Begun:
    """Return what a layout gives up to the first verb whose value is unknown."""
    layout, whole = beginning(values, place, arguments[0], depth)
    text, rest = "", layout
    for argument in arguments[1:]:
        head, verb, tail = rest.partition("%")
        if not verb or tail[:1] not in ("s", "v", "d"):
            return text + head, False
        inner, known = beginning(values, place, argument, depth)
        text, rest = text + head + inner, tail[1:]
        if not known:
            return text, False
    return text + rest.partition("%")[0], whole and "%" not in rest


def _joined(
    values: Remembered, place: Place, arguments: tuple[Expr, ...], separator: str, depth: int
) -> Begun:
    parts: list[str] = []
    for argument in arguments:
        text, whole = beginning(values, place, argument, depth)
        parts.append(text)
        if not whole:
            return separator.join(parts), False
    return separator.join(parts), True


def leading_folder(values: Remembered, place: Place, expr: Expr) -> str | None:
    """Return the folder that a computed path lies in, or None when that is unknown too."""
    text, whole = beginning(values, place, expr)
    if whole:
        return text or None
    return text.rpartition("/")[0] or None
