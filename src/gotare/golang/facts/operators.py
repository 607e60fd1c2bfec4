"""What + and * make: texts one after another, sums, and multiples of durations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gotare.golang.facts.durations import duration_text, parse_duration
from gotare.golang.facts.frame import Frame
from gotare.golang.facts.go_text import shown
from gotare.golang.facts.value import Value, all_variables, joined, unknown
from gotare.golang.syntax.expressions import Expr

if TYPE_CHECKING:
    from gotare.golang.facts.values import Values

_LONGEST = 18
"""Digits of the numbers that are computed with."""


def binary_value(values: Values, frame: Frame, expr: Expr) -> Value:
    """Return what an operator makes of two values."""
    operator = expr[1]
    if operator == "+":
        return _sum(values, frame, expr)
    if operator in ("*", "-", "/"):
        left, right = values.follow(frame, expr[2]), values.follow(frame, expr[3])
        return _computed(operator, left, right, shown(expr))
    return unknown(shown(expr))


def _sum(values: Values, frame: Frame, expr: Expr) -> Value:
    terms = list(_terms(expr))
    found = [values.follow(frame, term) for term in terms]
    if all(_is_numeric(term) for term in terms) or any(term[0] == "number" for term in terms):
        total = found[0]
        for value in found[1:]:
            total = _computed("+", total, value, shown(expr))
        return total
    told = [v if v.text is not None or v.why else v._replace(why=shown(expr)) for v in found]
    return joined(told)


def _terms(expr: Expr) -> list[Expr]:
    """Return a, b and c of a + b + c."""
    found: list[Expr] = []
    while expr[0] == "binary" and expr[1] == "+":
        found.append(expr[3])
        expr = expr[2]
    return [expr, *found[::-1]]


def _is_numeric(expr: Expr) -> bool:
    """Tell whether an expression is surely a number or a duration."""
    if expr[0] == "binary":
        return _is_numeric(expr[2]) or _is_numeric(expr[3])
    if expr[0] == "select" and expr[1] == ("name", "time"):
        return True
    return bool(expr[0] == "number")


def _computed(operator: str, left: Value, right: Value, why: str) -> Value:
    text = _result(operator, left.text, right.text)
    return Value(
        text,
        left.variable or right.variable,
        left.flag or right.flag,
        left.exact and right.exact,
        "" if text is not None else why,
        all_variables((left, right)),
    )


def _result(operator: str, left: str | None, right: str | None) -> str | None:
    if left is None or right is None:
        return None
    if _is_number(left) and _is_number(right):
        return _of_numbers(operator, int(left), int(right))
    first, second = _quantity(left), _quantity(right)
    if first is None or second is None:
        return None
    try:
        return _of_durations(operator, first, second, _is_fraction(left), _is_fraction(right))
    except (OverflowError, ZeroDivisionError):
        return None


def _of_numbers(operator: str, left: int, right: int) -> str | None:
    if operator == "/":
        return str(int(left / right)) if right else None
    result = {"+": left + right, "-": left - right, "*": left * right}[operator]
    return str(result) if len(str(abs(result))) <= _LONGEST + 1 else None


def _of_durations(
    operator: str, left: float, right: float, left_plain: bool, right_plain: bool
) -> str | None:
    if operator == "*" and left_plain != right_plain:
        return duration_text(left * right)
    if operator == "/" and right_plain and not left_plain:
        return duration_text(left / right)
    if operator in "+-" and not left_plain and not right_plain:
        return duration_text(left + right if operator == "+" else left - right)
    return None


def _is_number(text: str) -> bool:
    digits = text.removeprefix("-")
    return digits.isascii() and digits.isdigit() and len(digits) <= _LONGEST


def _is_fraction(text: str) -> bool:
    return text.replace(".", "", 1).removeprefix("-").isdigit()


def _quantity(text: str) -> float | None:
    """Return a plain number, or a duration in seconds."""
    if _is_fraction(text) and text.isascii() and len(text) <= _LONGEST:
        return float(text)
    return parse_duration(text)
