"""The calls that listen and serve until the program ends, and return an error when they cannot.

What serves on a listener that is open already is left out where errors count: whether the port was
free showed before.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from gotare.golang.facts.expr_parts import Origin
from gotare.golang.facts.listening import Listens
from gotare.golang.facts.program import Program
from gotare.golang.facts.serving import METHODS, expr_line, served_by
from gotare.golang.facts.sources import Call
from gotare.golang.facts.unused import is_unused

HTTP_FUNCTIONS: Final = (
    "net/http.ListenAndServe",
    "net/http.ListenAndServeTLS",
    "net/http.Serve",
    "net/http.ServeTLS",
)
SERVER_METHODS: Final = ("ListenAndServe", "ListenAndServeTLS", "Serve", "ServeTLS")
_OTHER_FUNCTIONS: Final = (
    "github.com/valyala/fasthttp.ListenAndServe",
    "github.com/valyala/fasthttp.ListenAndServeTLS",
    "github.com/fvbock/endless.ListenAndServe",
    "github.com/fvbock/endless.ListenAndServeTLS",
    "github.com/quic-go/quic-go/http3.ListenAndServe",
)
_WITHOUT_ERROR: Final = frozenset(
    {"github.com/urfave/negroni.Negroni", "github.com/beego/beego/server/web.HttpServer"}
)
_LOOPBACK: Final = ("localhost", "127.", "::1", "[::1]")


class Served(NamedTuple):
    """A call that serves. `servers` are the http.Servers that it may be called on."""

    call: Call
    servers: tuple[Origin, ...] = ()


def listening_calls(program: Program) -> Iterator[Served]:
    """Yield the calls that listen and return an error, but those that nobody makes."""
    for call in program.calling(*HTTP_FUNCTIONS[:2], *_OTHER_FUNCTIONS):
        if not is_unused(program, call):
            yield Served(call)
    for served in http_servers(program):
        if served.call.method.startswith("Listen"):
            yield served
    for call in program.methods(*{name for _, name in METHODS}):
        if _is_library(program, call) and not is_unused(program, call):
            yield Served(call)


def http_servers(program: Program) -> Iterator[Served]:
    """Yield the calls of methods of net/http's Server that serve."""
    for call in program.methods(*SERVER_METHODS):
        servers = tuple(served_by(program, call))
        if servers and not is_unused(program, call):
            yield Served(call, servers)


def _is_library(program: Program, call: Call) -> bool:
    types = program.types(call, call.receiver) - _WITHOUT_ERROR
    return any((type_, call.method) in METHODS for type_ in types)


def inner_places(program: Program) -> frozenset[tuple[str, int]]:
    """Return the files and lines of what is only for the container itself or its developers:
    listeners on loopback, on unix sockets, and those for profiles."""
    return frozenset(
        (one.serving.at.path, one.serving.at.line)
        for one in Listens.of(program).found
        if one.role == "pprof"
        or one.serving.network == "unix"
        or one.bound.host.startswith(_LOOPBACK)
    )


def places_of(served: Served) -> Iterator[tuple[str, int]]:
    """Yield the file and line of a call that serves, and of its servers."""
    yield served.call.source.path, served.call.line
    for origin in served.servers:
        yield origin.context.source.path, expr_line(origin)
