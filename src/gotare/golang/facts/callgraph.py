"""Which of the project's functions run when a part of the code does."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from gotare.golang.facts.declared_types import declared_type
from gotare.golang.facts.expr_parts import context_of, root_name, split_name
from gotare.golang.facts.program import Program
from gotare.golang.facts.sources import Context, SourceFile, expressions_in
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


Target = tuple[SourceFile, Function]


def reaches(
    program: Program,
    regions: Iterable[Region],
    places: Collection[Place],
    without: Sequence[Region] = (),
) -> bool:
    """Tell whether one of some places runs when regions do; what stands in the regions of `without`
    is left out.

    Types are those that the code declares: following values would cost more than it finds.
    """
    known: set[int] = set()
    waiting = list(regions)
    for region in waiting:  # grows while it is walked
        if any(_holds(region, place, without) for place in places):
            return True
        for source, function in _called(program, region, without):
            if id(function) not in known:
                known.add(id(function))
                waiting.append(Region(source, function))
    return False


def _holds(region: Region, place: Place, without: Sequence[Region]) -> bool:
    return region.holds(place) and not any(other.holds(place) for other in without)


def _called(program: Program, region: Region, without: Sequence[Region]) -> Iterator[Target]:
    functions = None if region.function is None else [region.function]
    for call in program.sources.calls(region.source, functions):
        if _holds(region, call, without):
            context = context_of(call)
            yield from targets(program, context, call.expr[1], True)
            for argument in call.arguments:
                if argument[0] in ("name", "select"):
                    yield from targets(program, context, argument, False)


def targets(program: Program, context: Context, called: Expr, guess: bool) -> list[Target]:
    """Return the project's functions that a name or a method is; with `guess`, of a method on what
    may be anything, those of that name, when there are few."""
    objects, sources = program.objects, program.sources
    root = root_name(called)
    if not root or not objects.is_local(context, root):
        qualified = sources.qualified(context.source, called)
        if qualified:
            found = sources.function(*split_name(qualified))
            return [found] if found and found[0].package in program.packages else []
    if called[0] != "select":
        return []
    declared = declared_type(objects, context, called[1])
    if declared:
        method = objects.method(declared, called[2])
        return [(method[0].source, method[1])] if method else []
    if not guess or _is_made_elsewhere(program, context, called[1]):
        return []
    alike = methods_named(program, called[2])
    return alike if len(alike) <= _ALIKE else []


def _is_made_elsewhere(program: Program, context: Context, expr: Expr) -> bool:
    """Tell whether a local variable holds what another module's function returns."""
    if expr[0] != "name":
        return False
    values = [one.value for one in program.objects.index.of_name(context, expr[1])]
    return any(
        value[0] == "call"
        and program.sources.qualified(context.source, value[1])
        and not targets(program, context, value[1], False)
        for value in values
    )


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
    for source, function in targets(program, context, expr, False) if expr[0] != "call" else ():
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
