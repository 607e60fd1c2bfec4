"""What becomes of the error of a call that serves: it is lost, or ends the program at a bad time.

ListenAndServe returns http.ErrServerClosed at once when Shutdown is called, while Shutdown still
waits for requests: who takes every error for a failure ends the program in the middle of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from gotare.golang.facts.error_paths import ends_program, is_ignored, mentions
from gotare.golang.facts.program import Program
from gotare.golang.facts.serving import served_by
from gotare.golang.facts.serving_calls import (
    Served,
    http_servers,
    inner_places,
    listening_calls,
    places_of,
)
from gotare.golang.facts.types import Hazard


def error_hazards(program: Program) -> Iterator[Hazard]:
    """Yield the calls that serve whose errors are lost, or end the program while it is stopped."""
    inner = inner_places(program)
    for served in listening_calls(program):
        if is_ignored(served.call) and inner.isdisjoint(places_of(served)):
            yield Hazard("error-ignored", served.call.at(), served.call.at().what)
    stopped = _stopped(program)
    for served in http_servers(program) if stopped else ():
        if _is_stopped(served, stopped) and not mentions(served.call, "ErrServerClosed"):
            end = ends_program(program, served.call)
            if end:
                yield Hazard("exit-on-shutdown", end.at(), end.at().what or "panic")


def _stopped(program: Program) -> frozenset[object]:
    """Return the servers that Shutdown is called on."""
    return frozenset(
        origin.key for call in program.methods("Shutdown") for origin in served_by(program, call)
    )


def _is_stopped(served: Served, stopped: frozenset[object]) -> bool:
    return any(origin.key in stopped for origin in served.servers)
