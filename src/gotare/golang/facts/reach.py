"""What a value is wrapped around: the router inside of middleware, the listener of a limiter."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gotare.golang.facts.expr_parts import Origin, context_of, wrapped
from gotare.golang.facts.objects import Objects
from gotare.golang.facts.sources import Context
from gotare.golang.facts.values import Place
from gotare.golang.syntax.expressions import Expr

_MOST: Final = 48
_FOLLOWED: Final = frozenset({"name", "select", "call", "unary", "literal", "index"})
"""How many origins are kept, and the expressions that may hold what something is wrapped around."""


def reach(
    objects: Objects, place: Place, expr: Expr, depth: int = 5, fields: bool = True
) -> tuple[Origin, ...]:
    """Return the origins of a value and of all that they wrap, the outer before the inner; without
    `fields`, only what calls wrap."""
    found: dict[object, Origin] = {}
    waiting = [(origin, depth) for origin in _made(objects, context_of(place), expr)]
    for origin, left in waiting:  # grows while it is walked
        if origin.key in found or len(found) > _MOST:
            continue
        found[origin.key] = origin
        if origin.expr[0] == "literal" and not fields:
            continue
        for part in wrapped(origin.expr) if left else ():
            if part[0] not in _FOLLOWED:
                continue
            waiting += [(one, left - 1) for one in _made(objects, origin.context, part)]
    return tuple(found.values())


def _made(objects: Objects, context: Context, expr: Expr) -> Iterator[Origin]:
    """Yield the origins of a value, and of what the project's own functions get to make it."""
    yield from objects.origins(context, expr)
    if expr[0] == "call" and objects.own_function(context, expr):
        for argument in expr[2]:
            yield from objects.origins(context, argument)
