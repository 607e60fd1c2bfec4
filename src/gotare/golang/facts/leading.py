"""The beginning of a text that the code computes: a folder, or the scheme and host of a URL."""

from __future__ import annotations

from typing import Final

from gotare.golang.facts.sources import Sources
from gotare.golang.facts.values import Place, Values
from gotare.golang.syntax.expressions import Expr

_JOINS: Final = {"path/filepath.Join": "/", "path.Join": "/", "net.JoinHostPort": ":"}
_FORMATS: Final = {"fmt.Sprintf", "fmt.Sprint"}


def beginning(values: Values, place: Place, expr: Expr) -> tuple[str, bool]:
    """Return the text that an expression begins with, and whether that is all of it.

    Follows +, fmt.Sprintf and path.Join up to the first part that is unknown.
    """
    found = values.value(place, expr)
    if found.text is not None:
        return found.text, True
    if expr[0] == "binary" and expr[1] == "+":
        left, whole = beginning(values, place, expr[2])
        if not whole:
            return left, False
        right, whole = beginning(values, place, expr[3])
        return left + right, whole
    return _called(values, place, expr) if expr[0] == "call" else ("", False)


def _called(values: Values, place: Place, expr: Expr) -> tuple[str, bool]:
    sources: Sources = values.sources
    name = sources.qualified(place.source, expr[1])
    arguments = expr[2]
    if name in _FORMATS and arguments:
        return _formatted(values, place, arguments)
    if name in _JOINS:
        return _joined(values, place, arguments, _JOINS[name])
    if expr[1][0] == "type" and len(arguments) == 1:
        return beginning(values, place, arguments[0])
    return "", False


def _formatted(values: Values, place: Place, arguments: tuple[Expr, ...]) -> tuple[str, bool]:
    layout, whole = beginning(values, place, arguments[0])
    head, verb, tail = layout.partition("%")
    if not verb or not whole:
        return head, whole and not verb
    if tail[:1] in ("s", "v") and len(arguments) > 1:
        inner, whole = beginning(values, place, arguments[1])
        if whole and "%" not in tail[1:]:
            return head + inner + tail[1:], True
        return head + inner + (tail[1:].partition("%")[0] if whole else ""), False
    return head, False


def _joined(
    values: Values, place: Place, arguments: tuple[Expr, ...], separator: str
) -> tuple[str, bool]:
    parts: list[str] = []
    for argument in arguments:
        text, whole = beginning(values, place, argument)
        parts += [text] if text else []
        if not whole:
            return separator.join([*parts, ""]) if parts and not text else separator.join(
                parts
            ), False
    return separator.join(parts), True


def leading_folder(values: Values, place: Place, expr: Expr) -> str | None:
    """Return the folder that a computed path lies in, or None when that is unknown too."""
    text, whole = beginning(values, place, expr)
    if whole or "/" not in text:
        return None
    return text.rpartition("/")[0] or None
