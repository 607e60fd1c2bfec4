"""Whether a program listens somewhere only when it is told to: `if cfg.MetricsAddr != "" { … }`."""

from __future__ import annotations

from collections.abc import Iterator

from gotare.golang.facts.bound import Bound
from gotare.golang.facts.sources import expressions_in
from gotare.golang.facts.values import Place
from gotare.golang.syntax.expressions import Expr

_NOTHING = (("string", ""), ("number", "0"), ("string", "0"))


def is_optional(where: Bound, address: Expr | None, places: tuple[Place, ...]) -> bool:
    """Tell whether a listener is off unless a variable or flag, which has no default, is set.

    `places` are the call that listens, and the call of the function around it.
    """
    if where.port or where.path or not (where.variable or where.flag):
        return False
    if where.port == 0:
        return True
    names = set(_names(address)) if address else set()
    return any(not names.isdisjoint(_names(test)) for place in places for test in _tests(place))


def _tests(place: Place) -> Iterator[Expr]:
    """Yield the conditions that must hold for a statement to run: those around it, and the opposite
    of those under which its function returns before."""
    if place.statement is None:
        return
    if place.statement.condition and place.statement.condition[0] in ("if", "case"):
        yield place.statement.condition[1]
    for statement in place.function.body if place.function else ():
        condition = statement.condition
        if statement.kind == "return" and condition and statement.line < place.statement.line:
            test = condition[1]
            if test[0] == "binary" and test[1] == "==" and test[3] in _NOTHING:
                yield test


def _names(expr: Expr) -> Iterator[str]:
    """Yield the fields and plain names in an expression: Addr of cfg.Addr."""
    for part in expressions_in([expr]):
        if part[0] == "select":
            yield part[2]
        elif part[0] == "name":
            yield part[1]
