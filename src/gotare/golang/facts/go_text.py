"""Writes expressions as code again, shortly: for saying what something is computed from."""

from __future__ import annotations

from typing import Final

from gotare.golang.syntax.expressions import Expr

LONGEST: Final = 60


def shown(expr: Expr) -> str:
    """Return an expression as Go would have it, cut where it gets long."""
    text = _shown(expr, 4)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _shown(expr: Expr, depth: int) -> str:
    if depth < 0:
        return "…"
    match expr[0]:
        case "string":
            return '"' + str(expr[1])[:LONGEST] + '"'
        case "select":
            return f"{_shown(expr[1], depth)}.{expr[2]}"
        case "call":
            inside = ", ".join(_shown(argument, depth - 1) for argument in expr[2][:3])
            return f"{_shown(expr[1], depth - 1)}({inside})"
        case "binary":
            return f"{_shown(expr[2], depth - 1)} {expr[1]} {_shown(expr[3], depth - 1)}"
        case "unary":
            return f"{expr[1]}{_shown(expr[2], depth - 1)}"
        case "index":
            return f"{_shown(expr[1], depth - 1)}[{_shown(expr[2], depth - 1)}]"
        case "literal":
            return f"{expr[1]}{{…}}"
        case "function":
            return "func(…)"
    return str(expr[1])[:LONGEST]
