"""HTTP servers that wait for ever: for the rest of a request's header, or for the next request.

Source: the fields of `net/http.Server`. Without ReadHeaderTimeout and ReadTimeout a client that
sends one byte a minute keeps its connection and goroutine; IdleTimeout falls back to ReadTimeout.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gotare.golang.facts.expr_parts import Origin
from gotare.golang.facts.program import Program
from gotare.golang.facts.reach import reach
from gotare.golang.facts.serving import HTTP_SERVER, expr_line, server_fields
from gotare.golang.facts.serving_calls import (
    HTTP_FUNCTIONS,
    Served,
    http_servers,
    inner_places,
    places_of,
)
from gotare.golang.facts.sources import Call
from gotare.golang.facts.types import Evidence, Hazard
from gotare.golang.facts.unused import is_unused

_TOOLKIT: Final = {
    "github.com/prometheus/exporter-toolkit/web.ListenAndServe": 0,
    "github.com/prometheus/exporter-toolkit/web.Serve": 1,
    "github.com/prometheus/exporter-toolkit/web.ServeMultiple": 1,
    "github.com/facebookgo/grace/gracehttp.Serve": 0,
}
"""Functions that serve with an http.Server, and which argument it is."""

_BARE_METHODS: Final = {
    ("github.com/gin-gonic/gin.Engine", "Run"),
    ("github.com/gin-gonic/gin.Engine", "RunTLS"),
    ("github.com/urfave/negroni.Negroni", "Run"),
}
"""Methods that serve with an http.Server of their own, whose limits nobody can set."""


def timeout_hazards(program: Program) -> Iterator[Hazard]:
    """Yield where servers begin, or are made, that have no time limits."""
    inner = inner_places(program)
    for served in _limitless(program):
        if inner.isdisjoint(places_of(served)):
            yield Hazard("no-read-timeout", served.call.at(), _name(served.call))
    for served in (*http_servers(program), *_handed_servers(program)):
        if inner.isdisjoint(places_of(served)):
            for origin in served.servers:
                yield from _of_server(program, served.call, origin)


def _name(call: Call) -> str:
    return call.qualified.rpartition("/")[2] or call.method


def _limitless(program: Program) -> Iterator[Served]:
    """Yield the calls that serve without limits, whatever they are given."""
    for call in program.calling(*HTTP_FUNCTIONS):
        if not is_unused(program, call) and not _is_local(program, call):
            yield Served(call)
    for call in program.methods(*{method for _, method in _BARE_METHODS}):
        types = program.types(call, call.receiver)
        if any((type_, call.method) in _BARE_METHODS for type_ in types):
            yield Served(call)


def _is_local(program: Program, call: Call) -> bool:
    """Tell whether http.Serve is given a unix socket or a listener that nobody else can reach."""
    if not call.qualified.endswith((".Serve", ".ServeTLS")) or not call.arguments:
        return False
    for origin in reach(program.objects, call, call.arguments[0], 3):
        if origin.expr[0] == "call":
            words = [program.text(origin.context, argument) or "" for argument in origin.expr[2]]
            if any(word.startswith(("unix", "localhost:", "127.")) for word in words):
                return True
    return False


def _handed_servers(program: Program) -> Iterator[Served]:
    """Yield the functions of libraries that an http.Server is handed to."""
    for name, index in _TOOLKIT.items():
        for call in program.calling(name):
            if index < len(call.arguments):
                made = reach(program.objects, call, call.arguments[index], 2)
                servers = tuple(o for o in made if program.objects.type_of(o) == HTTP_SERVER)
                yield Served(call, servers)


def _of_server(program: Program, call: Call, origin: Origin) -> Iterator[Hazard]:
    def is_set(field: str) -> bool:
        return any(True for _ in server_fields(program, origin, field))

    at = _place(call, origin)
    if is_set("ReadTimeout"):
        return
    if not is_set("ReadHeaderTimeout"):
        yield Hazard("no-read-timeout", at, "http.Server")
    elif not is_set("IdleTimeout"):
        yield Hazard("no-idle-timeout", at, "http.Server")


def _place(call: Call, origin: Origin) -> Evidence:
    """Return where a server is made; of one that only has a type, where it begins to serve."""
    line = expr_line(origin)
    return origin.context.source.at(line, "http.Server") if line else call.at()
