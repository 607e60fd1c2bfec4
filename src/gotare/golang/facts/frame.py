"""Where an expression is followed: a place in the sources, and what the names given to it mean."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple, Protocol

from gotare.golang.facts.sources import SourceFile
from gotare.golang.syntax.expressions import Expr
from gotare.golang.syntax.file import Function, Statement


class Place(Protocol):
    """Where an expression stands: a `Call` or a `Context`."""

    @property
    def source(self) -> SourceFile:
        """The file."""

    @property
    def function(self) -> Function | None:
        """The function, None at package level."""

    @property
    def statement(self) -> Statement | None:
        """The statement, None for the end of the function."""


class Given(NamedTuple):
    """An argument: the expression, and where it stands."""

    frame: Frame
    expr: Expr


NOTHING_GIVEN: Final[Mapping[str, Given]] = MappingProxyType({})


class Frame(NamedTuple):
    """A function while its values are followed. `given` are its arguments where the call is known,
    `outer` is the frame around a function literal."""

    source: SourceFile
    function: Function | None = None
    statement: Statement | None = None
    given: Mapping[str, Given] = NOTHING_GIVEN
    outer: Frame | None = None

    def at(self, statement: Statement | None) -> Frame:
        """Return the frame at another statement."""
        return self._replace(statement=statement)

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the function's parameters."""
        return tuple(name for name, _ in self.function.parameters) if self.function else ()


def frame_of(place: Place) -> Frame:
    """Return the frame of a place, whose arguments are not known."""
    return Frame(place.source, place.function, place.statement)
