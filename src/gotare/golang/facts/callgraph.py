"""Which of the project's functions run when a part of the code does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from gotare.golang.facts.assignments import expressions_in
from gotare.golang.facts.expr_parts import context_of
from gotare.golang.facts.program import Program
from gotare.golang.facts.sources import Call, Context, SourceFile
from gotare.golang.facts.values import Place
from gotare.golang.syntax.expressions import Expr
from gotare.golang.syntax.file import Function

_ALIKE: Final = 3
"""How many methods of a name are taken for one that is called on an interface."""


class Region(NamedTuple):
    """A part of a function: its lines from the first to the last."""

    source: SourceFile
    function: Function | None
    first: int = 0
    last: int = 1 << 30

    def holds(self, place: Place) -> bool:
        """Tell whether something stands in it."""
        line = place.statement.line if place.statement else 0
        return place.function is self.function and self.first <= line <= self.last


class Reached:
    """What runs when regions do. What stands in the regions of `without` is left out."""

    def __init__(
        self, program: Program, regions: Iterable[Region], without: Sequence[Region] = ()
    ) -> None:
        self._program = program
        self._regions = list(regions)
        self._without = without
        self._whole: dict[int, Function] = {}
        waiting = list(self._regions)
        for region in waiting:  # grows while it is walked
            for source, function in self._called(region):
                if id(function) not in self._whole:
                    self._whole[id(function)] = function
                    waiting.append(Region(source, function))

    def holds(self, place: Place) -> bool:
        """Tell whether something runs with the regions."""
        if any(region.holds(place) for region in self._without):
            return False
        if id(place.function) in self._whole:
            return True
        return any(region.holds(place) for region in self._regions)

    def _called(self, region: Region) -> Iterator[tuple[SourceFile, Function]]:
        functions = None if region.function is None else [region.function]
        for call in self._program.sources.calls(region.source, functions):
            if region.holds(call) and not any(one.holds(call) for one in self._without):
                yield from self._targets(call)

    def _targets(self, call: Call) -> Iterator[tuple[SourceFile, Function]]:
        context = context_of(call)
        found = self._program.objects.own_function(context, call.expr)
        if found:
            yield found[0].source, found[1]
        elif call.method and not self._is_foreign(call):
            yield from self._on_interface(call.method)
        for argument in call.arguments:
            yield from self.value(context, argument)

    def _is_foreign(self, call: Call) -> bool:
        """Tell whether what a method is called on is known to be of another module."""
        program = self._program
        return bool(program.types(call, call.receiver) or program.makers(call, call.receiver))

    def _on_interface(self, name: str) -> list[tuple[SourceFile, Function]]:
        found = methods_named(self._program, name)
        return found if len(found) <= _ALIKE else []

    def value(self, context: Context, expr: Expr) -> Iterator[tuple[SourceFile, Function]]:
        """Yield the project's functions that a function value is."""
        if expr[0] in ("name", "select"):
            as_call: Expr = ("call", expr, (), 0)
            found = self._program.objects.own_function(context, as_call)
            if found:
                yield found[0].source, found[1]


def methods_named(program: Program, name: str) -> list[tuple[SourceFile, Function]]:
    """Return the methods of a name in a program, whatever they are of."""
    known = program.sources.kept.setdefault("methods by name", {})
    if not known:
        for source in program.sources.files:
            for function in source.file.functions:
                if function.receiver:
                    known.setdefault(function.name, []).append((source, function))
    return [(s, f) for s, f in known.get(name, ()) if s.package in program.packages]


def regions_of(program: Program, context: Context, expr: Expr) -> Iterator[Region]:
    """Yield what runs when a function value is called: a literal's lines, or a function."""
    if expr[0] == "function":
        yield _literal_region(context, expr)
        return
    for origin in program.objects.origins(context, expr):
        if origin.expr[0] == "function":
            yield _literal_region(origin.context, origin.expr)
            return
    for source, function in Reached(program, ()).value(context, expr):
        yield Region(source, function)
    for part in expressions_in([expr]):  # wrapped: withConfig(runServe)
        if expr[0] == "call" and part is not expr and part[0] in ("function", "name", "select"):
            yield from regions_of(program, context, part)


def _literal_region(context: Context, expr: Expr) -> Region:
    """Return the lines of a function literal; in a package-level variable it is a function."""
    if context.function is not None:
        return Region(context.source, context.function, expr[2], expr[3])
    for function in context.source.file.functions:
        if not function.name and function.line == expr[2]:
            return Region(context.source, function)
    return Region(context.source, None, 1, 0)
