"""What an expression of the code is worth: a text, or the variable or flag that decides it.

Whatever is followed is bounded: in depth, in steps, and against going in circles.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from gotare.golang.facts.sources import SourceFile, Sources
from gotare.golang.syntax.expressions import Expr
from gotare.golang.syntax.file import Function, Statement


@dataclass(frozen=True, slots=True)
class Value:
    """What an expression is worth.

    `text` is what it is, or its default where `variable` (of the environment) or `flag` changes it;
    None: unknown, then `why` says from what it is computed, in the code's own words. `exact` False:
    the code may give something else than `text` under conditions that were not followed.
    """

    text: str | None
    variable: str = ""
    flag: str = ""
    exact: bool = True
    why: str = ""


class Place(Protocol):
    """Where an expression stands: a `Call` or a `Context`."""

    @property
    def source(self) -> SourceFile: ...
    @property
    def function(self) -> Function | None: ...
    @property
    def statement(self) -> Statement | None: ...


class Values:
    """Follows values through the sources."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources

    def value(self, place: Place, expr: Expr) -> Value:
        """Return what an expression is worth where it stands. Never raises."""
        match expr[0]:
            case "string" | "number":
                return Value(expr[1])
            case "name" | "select":
                return self._named(place, expr)
            case "binary" if expr[1] == "+":
                left, right = self.value(place, expr[2]), self.value(place, expr[3])
                text = None if left.text is None or right.text is None else left.text + right.text
                return Value(text, right.variable or left.variable, right.flag or left.flag)
            case "call" if self.sources.qualified(place.source, expr[1]) == "os.Getenv":
                return Value(None, variable=self.value(place, expr[2][0]).text or "")
        return Value(None, why=str(expr[0]))

    def _named(self, place: Place, expr: Expr) -> Value:
        package, _, name = self.sources.qualified(place.source, expr).rpartition(".")
        found = self.sources.declared(package, name)
        if found and found[1].value:
            source, declared = found
            return self.value(_At(source), declared.value or ("other", ""))
        return Value(None, why=str(expr[-1]))

    def seconds(self, place: Place, expr: Expr) -> float | None:
        """Return a time.Duration in seconds, None when it is unknown."""
        return None


@dataclass(frozen=True, slots=True)
class _At:
    source: SourceFile
    function: Function | None = None
    statement: Statement | None = None
