"""Which struct type an expression has, as far as the project's own code says it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gotare.golang.facts.callees import frame_of_call
from gotare.golang.facts.frame import Frame
from gotare.golang.facts.struct_types import (
    Type,
    field_of,
    find_field,
    first_result,
    type_of_field,
    type_of_text,
)
from gotare.golang.syntax.expressions import Expr

if TYPE_CHECKING:
    from gotare.golang.facts.values import Values

_DEEPEST: Final = 12


class Types:
    """Tells types. Each question goes at most `_DEEPEST` steps."""

    def __init__(self, values: Values) -> None:
        self._values = values
        self._depth = 0

    def of(self, frame: Frame, expr: Expr, result: int = 0) -> Type | None:
        """Return the type of an expression without pointers, None for what is not known."""
        if self._depth >= _DEEPEST:
            return None
        self._depth += 1
        try:
            return self._of(frame, expr, result)
        finally:
            self._depth -= 1

    def _of(self, frame: Frame, expr: Expr, result: int) -> Type | None:
        match expr[0]:
            case "name":
                return self._of_name(frame, expr)
            case "literal" | "type":
                line = expr[3] if expr[0] == "literal" else _line(frame)
                return type_of_text(self._values.sources, frame.source, expr[1], line)
            case "unary":
                return self.of(frame, expr[2])
            case "index" | "element":
                return self.of(frame, expr[1]) if len(expr) > 1 else None
            case "call":
                return self._of_call(frame, expr, result)
            case "select":
                return self._of_select(frame, expr)
        return None

    def _of_name(self, frame: Frame, expr: Expr) -> Type | None:
        name, values = expr[1], self._values
        if name in frame.given:
            return self.of(*frame.given[name])
        function = frame.function
        if function:
            if name == function.receiver_name:
                return Type(frame.source.package, function.receiver)
            history = values.histories.of(function)
            for assignment in history.values_of(expr):
                found = self.of(frame.at(assignment.statement), assignment.expr, assignment.result)
                if found:
                    return found
            span = history.span_of(history.position(frame.statement))
            for known, text in (*function.parameters, *(span.parameters if span else ())):
                if known == name:
                    return type_of_text(values.sources, frame.source, text)
        if frame.outer:
            return self.of(frame.outer, expr)
        return self._of_variable(frame.source.package, name)

    def _of_variable(self, package: str, name: str) -> Type | None:
        found = self._values.sources.declared(package, name)
        if not found:
            return None
        source, declared = found
        if declared.type:
            return type_of_text(self._values.sources, source, declared.type, declared.line)
        return self.of(Frame(source), declared.value) if declared.value else None

    def _of_select(self, frame: Frame, expr: Expr) -> Type | None:
        _, left, field = expr
        sources = self._values.sources
        if left[0] == "name" and not self._values.is_local(frame, left[1]):
            path = sources.imported(frame.source, left[1])
            if path:
                return self._of_variable(path, field)
        owner = self.of(frame, left)
        found = find_field(sources, owner, field) if owner else None
        declared = field_of(sources, found[0], field) if found else None
        return type_of_field(sources, found[0], declared) if found and declared else None

    def _of_call(self, frame: Frame, expr: Expr, result: int) -> Type | None:
        called, arguments = expr[1], expr[2]
        sources = self._values.sources
        if called == ("name", "new") and arguments:
            return type_of_text(sources, frame.source, written(arguments[0]), _line(frame))
        if called[0] == "type":
            return type_of_text(sources, frame.source, called[1])
        entered = frame_of_call(self._values, frame, expr)
        if entered and entered.function and result == 0:
            text = first_result(entered.function.result)
            return type_of_text(sources, entered.source, text) if text else None
        return None


def written(expr: Expr) -> str:
    """Return a type as it is written where an expression stands for it: new(config.Config)."""
    if expr[0] == "select" and expr[1][0] == "name":
        return f"{expr[1][1]}.{expr[2]}"
    return str(expr[1]) if expr[0] in ("name", "type") else ""


def _line(frame: Frame) -> int:
    return frame.statement.line if frame.statement else 0
