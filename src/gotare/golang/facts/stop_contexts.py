"""The context that a server is stopped with: one without end, or one that has ended already.

Shutdown waits for requests as long as its context lasts. With context.Background() it waits until
the orchestrator kills the program; with the context that the signal itself ends, not at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Literal

from gotare.golang.facts.expr_parts import Origin
from gotare.golang.facts.program import Program
from gotare.golang.facts.serving import served_by
from gotare.golang.facts.sources import Call
from gotare.golang.facts.types import Hazard
from gotare.golang.facts.values import Place
from gotare.golang.syntax.expressions import Expr
from gotare.golang.syntax.file import Function

Lasting = Literal["unlimited", "ended", "unknown"]

_ENDLESS: Final = ("context.Background", "context.TODO")
_DERIVED: Final = (
    "context.WithTimeout",
    "context.WithTimeoutCause",
    "context.WithDeadline",
    "context.WithDeadlineCause",
    "context.WithCancel",
    "context.WithCancelCause",
    "context.WithValue",
    "golang.org/x/sync/errgroup.WithContext",
)
_SIGNALLED: Final = "os/signal.NotifyContext"
_TIMERS: Final = ("time.After", "time.AfterFunc", "time.NewTimer", "time.Sleep")
_STOPPED: Final = frozenset({"github.com/labstack/echo.Echo"})
_DEEPEST: Final = 6


def stop_hazards(program: Program) -> Iterator[Hazard]:
    """Yield the calls of Shutdown whose context has no end, or has ended."""
    for call in program.methods("Shutdown"):
        if len(call.arguments) != 1 or not _stops_http(program, call):
            continue
        lasting = _lasting(program, call, call.arguments[0])
        if lasting == "unlimited" and not _has_timer(program, call):
            yield Hazard("unlimited-shutdown", call.at(), _shown(call.arguments[0]))
        elif lasting == "ended" and _waits_for_end(program, call):
            yield Hazard("ended-context", call.at(), _shown(call.arguments[0]))


def _stops_http(program: Program, call: Call) -> bool:
    if any(True for _ in served_by(program, call)):
        return True
    return not _STOPPED.isdisjoint(program.types(call, call.receiver))


def _shown(expr: Expr) -> str:
    """Return a context as it is written, where it is a name."""
    return str(expr[1]) if expr[0] == "name" else "context.Background()"


def _lasting(program: Program, place: Place, context: Expr, depth: int = 0) -> Lasting:
    """Return how long a context lasts, where all that it may be are alike."""
    origins = program.objects.origins(place, context) if depth < _DEEPEST else ()
    found = {_of_origin(program, origin, depth) for origin in origins}
    return found.pop() if len(found) == 1 else "unknown"


def _of_origin(program: Program, origin: Origin, depth: int) -> Lasting:
    if origin.expr[0] != "call":
        return "unknown"
    name = program.qualified(origin.context, origin.expr[1])
    if name in _ENDLESS:
        return "unlimited"
    if name == _SIGNALLED:
        return "ended"
    if name in _DERIVED and origin.expr[2]:
        parent = _lasting(program, origin.context, origin.expr[2][0], depth + 1)
        return "ended" if parent == "ended" else "unknown"
    return "unknown"


def _has_timer(program: Program, call: Call) -> bool:
    """Tell whether something else in the function limits how long it takes."""
    return any(other.function is call.function for other in program.calling(*_TIMERS))


def _waits_for_end(program: Program, call: Call) -> bool:
    """Tell whether what stops, or what hears the signal, waits for a context to end first."""
    heard = [other.function for other in program.calling(_SIGNALLED)]
    return any(_waits(function) for function in (call.function, *heard) if function)


def _waits(function: Function) -> bool:
    """Tell whether a function has `<-ctx.Done()`, alone or in a select."""
    for statement in function.body:
        if statement.kind == "receive" and any(map(_is_done, statement.values)):
            return True
        if statement.kind in ("call", "assign"):
            received = [v[2] for v in statement.values if v[0] == "unary" and v[1] == "<-"]
            if any(map(_is_done, received)):
                return True
    return False


def _is_done(expr: Expr) -> bool:
    return bool(expr[0] == "call" and expr[1][0] == "select" and expr[1][2] == "Done")
