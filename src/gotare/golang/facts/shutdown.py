"""How a program ends: the signals it handles, whether it lets work finish, and for how long."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from gotare.golang.facts.program import Program
from gotare.golang.facts.signals import ORDER, Heard, Library, heard
from gotare.golang.facts.sources import Call, Sources
from gotare.golang.facts.types import Shutdown
from gotare.golang.facts.values import Place, Values
from gotare.golang.syntax.expressions import Expr

_WITH_CONTEXT: Final = ("Shutdown", "ShutdownWithContext", "Stop", "Close", "Drain")
_STOPS: Final = ("Shutdown", "ShutdownWithContext", "ShutdownWithTimeout", "GracefulStop", "Drain")
_WAITS: Final = ("golang.org/x/sync/errgroup.Group", "sync.WaitGroup", "github.com/oklog/run.Group")
_DEADLINES: Final = {"context.WithTimeout": 1, "context.WithTimeoutCause": 1}
_TIMERS: Final = ("time.After", "time.AfterFunc", "time.NewTimer")


def shutdown(sources: Sources, values: Values, packages: Collection[str]) -> Shutdown | None:
    """Return how a program ends, None when it handles no signal that ends programs.

    `packages` are import paths: a main package with all that it imports. A program that hears only
    os.Interrupt has the one signal SIGINT: orchestrators send SIGTERM.
    """
    program = Program(sources, values, packages)
    found = heard(program)
    if not found:
        return None
    names = {name for one in found for name in one.signals}
    signals = tuple(name for name in ORDER if name in names)
    graceful = any(one.library for one in found) or _is_graceful(program)
    return Shutdown(signals, found[0].at, graceful, _grace(program, found) if graceful else None)


def _is_graceful(program: Program) -> bool:
    if any(True for _ in program.methods(*_STOPS)):
        return True
    waits = program.methods("Wait", "Run")
    return any(not program.types(c, c.receiver).isdisjoint(_WAITS) for c in waits)


def _grace(program: Program, found: list[Heard]) -> float | None:
    """Return the longest that stopping may take: of what Shutdown is given, else of what is around
    the place where the signal is heard, else of the library."""
    given = [*_of_contexts(program), *_of_durations(program)]
    around = [] if given else [*_around_stops(program), *_around_signals(program, found)]
    limits = [limit for limit in given or around if limit]
    if limits:
        return max(limits)
    return next((g for one in found if one.library and (g := _of_library(program, one))), None)


def _of_contexts(program: Program) -> Iterator[float]:
    """Yield the time limits of contexts that servers are stopped with."""
    for call in program.methods(*_WITH_CONTEXT):
        if len(call.arguments) == 1:
            yield from _limits(program, call, call.arguments[0])


def _limits(program: Program, place: Place, context: Expr) -> Iterator[float]:
    for origin in program.objects.origins(place, context):
        if origin.expr[0] != "call":
            continue
        index = _DEADLINES.get(program.qualified(origin.context, origin.expr[1]))
        if index is not None and len(origin.expr[2]) > index:
            limit = program.values.seconds(origin.context, origin.expr[2][index])
            if limit:
                yield limit


def _of_durations(program: Program) -> Iterator[float]:
    """Yield the durations that are handed to a stop itself: fiber's, and tylerb/graceful's."""
    calls = [(call, 0) for call in program.methods("ShutdownWithTimeout")]
    calls += [(call, 1) for call in program.calling("github.com/tylerb/graceful.Run")]
    calls += [(call, 1) for call in program.calling("gopkg.in/tylerb/graceful.Run")]
    for call, index in calls:
        yield from _seconds(program, call, index)
    for made in program.literals("github.com/labstack/echo.StartConfig"):
        timeout = made.field("GracefulTimeout")
        limit = program.values.seconds(made.context, timeout) if timeout else None
        if limit:
            yield limit


def _seconds(program: Program, call: Call, index: int) -> Iterator[float]:
    if index < len(call.arguments):
        limit = program.values.seconds(call, call.arguments[index])
        if limit:
            yield limit


def _around_stops(program: Program) -> Iterator[float]:
    """Yield the timers beside GracefulStop, which takes no limit itself."""
    for stop in program.methods("GracefulStop"):
        yield from _beside(program, stop, _TIMERS, 0, 0)


def _around_signals(program: Program, found: list[Heard]) -> Iterator[float]:
    """Yield the limits of contexts made in the functions that hear signals, after they do; else
    the timers there."""
    for one in found:
        limits = list(_beside(program, one.call, tuple(_DEADLINES), 1, one.call.line))
        yield from limits or _beside(program, one.call, _TIMERS, 0, one.call.line)


def _beside(
    program: Program, near: Call, names: tuple[str, ...], index: int, first: int
) -> Iterator[float]:
    """Yield durations that calls in the same function are given, from a line on."""
    for call in program.calling(*names):
        if near.function is not None and call.function is near.function and call.line >= first:
            yield from _seconds(program, call, index)


def _of_library(program: Program, one: Heard) -> float | None:
    library: Library | None = one.library
    if library is None:
        return None
    for call in program.calling(library.option) if library.option else ():
        for limit in _seconds(program, call, 0):
            return limit
    type_, _, field = library.field.rpartition(".")
    for made in program.literals(type_) if type_ else ():
        value = made.field(field)
        set_to = program.values.seconds(made.context, value) if value else None
        if set_to:
            return set_to
    return library.grace
