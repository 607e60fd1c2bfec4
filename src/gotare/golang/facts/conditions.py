"""What a condition says about what is inside it: that something is not set, or that it is."""

from __future__ import annotations

from typing import Final, Literal

from gotare.golang.syntax.body import Statement
from gotare.golang.syntax.expressions import Expr

When = Literal["empty", "present", "other"]

_OPPOSITE: Final[dict[When, When]] = {"empty": "present", "present": "empty", "other": "other"}
_FOUND: Final = frozenset(
    {"ok", "exists", "exist", "found", "present", "set", "isset", "given", "defined", "has"}
)
_NOTHING: Final = frozenset({("string", ""), ("number", "0"), ("name", "nil"), ("name", "false")})


def when(statement: Statement) -> When:
    """Return when a statement runs: where something is not set, where it is, or otherwise."""
    if statement.condition is None:
        return "other"
    word, test = statement.condition
    if word == "default":
        return "empty"
    said = says(test)
    return _OPPOSITE[said] if word == "else" else said


def says(test: Expr) -> When:
    """Return what a condition says of the things it tests."""
    match test[0]:
        case "unary" if test[1] == "!":
            return _OPPOSITE[says(test[2])]
        case "name":
            name = test[1].lower()
            found = name in _FOUND or name.startswith(("ok", "has")) or name.endswith("ok")
            return "present" if found else "other"
        case "binary" if test[1] in ("&&", "||"):
            sides = {says(test[2]), says(test[3])} - {"other"}
            return sides.pop() if len(sides) == 1 else "other"
        case "binary":
            return _compared(test[1], test[2], test[3])
    return "other"


def _compared(operator: str, left: Expr, right: Expr) -> When:
    if left in _NOTHING and right not in _NOTHING:
        swapped = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
        return _compared(swapped.get(operator, operator), right, left)
    if right not in _NOTHING:
        return "empty" if operator == "<" and right == ("number", "1") else "other"
    empty: When = "present" if is_error(left) else "empty"
    match operator:
        case "==" | "<=":
            return empty
        case "!=" | ">":
            return _OPPOSITE[empty]
    return "other"


def is_error(expr: Expr) -> bool:
    """Tell whether an expression is an error, by its name."""
    return bool(expr[0] == "name" and expr[1].lower().endswith("err"))


def empty_operands(test: Expr) -> list[Expr]:
    """Return what a condition compares with nothing (`x == ""`), through || and &&."""
    if test[0] == "binary" and test[1] in ("&&", "||"):
        return empty_operands(test[2]) + empty_operands(test[3])
    if test[0] == "binary" and test[1] in ("==", "<=") and test[3] in _NOTHING:
        return [_inside(test[2])]
    if test[0] == "unary" and test[1] == "!":
        return [test[2]]
    return []


def _inside(expr: Expr) -> Expr:
    """Return x of len(x), strings.TrimSpace(x) and the like."""
    while expr[0] == "call" and len(expr[2]) == 1:
        expr = expr[2][0]
    return expr
