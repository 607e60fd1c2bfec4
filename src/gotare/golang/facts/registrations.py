"""Reads the calls that register routes, as each router library has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from gotare.golang.facts.foreign_routes import foreign_routes
from gotare.golang.facts.handed_paths import each_caller
from gotare.golang.facts.program import Program
from gotare.golang.facts.registration import ANY, UNKNOWN, Registration, method_named, parse_pattern
from gotare.golang.facts.sources import Call, expressions_in
from gotare.golang.syntax.expressions import Expr

VERBS: Final = {
    **dict.fromkeys(("GET", "Get", "MethodGet"), "GET"),
    **dict.fromkeys(("HEAD", "Head"), "HEAD"),
    **dict.fromkeys(("POST", "Post"), "POST"),
    **dict.fromkeys(("PUT", "Put"), "PUT"),
    **dict.fromkeys(("DELETE", "Delete"), "DELETE"),
    **dict.fromkeys(("PATCH", "Patch"), "PATCH"),
    **dict.fromkeys(("Any", "ANY", "All", "HandleFunc", "Handle", "Handler"), ANY),
}
"""Methods of routers that take a path first; the verb that they are for."""

_WITH_METHOD: Final = frozenset(
    {"Handle", "Handler", "HandlerFunc", "HandleMethod", "Add", "Method", "MethodFunc", "Match"}
)
"""Methods of routers that take the verb, or a list of verbs, before the path."""

_HUMA: Final = "github.com/danielgtaylor/huma"
_CHAINED: Final = frozenset({"Path", "PathPrefix"})
_MOUNTS: Final = frozenset({"Mount", "Use"})
_CLIENTS: Final = ("client", "resty", "request", "redis", "cache", "viper", "header", "query")
_NO_HANDLER: Final = frozenset({"string", "number", "binary"})


def registrations(program: Program) -> Iterator[Registration]:
    """Yield the routes that a program registers with routers, in the order of their kinds."""
    yield from _default_mux(program)
    if program.sources.imports_any(_HUMA):
        from gotare.golang.facts.huma import huma_routes

        yield from huma_routes(program)
    yield from foreign_routes(program)
    names = {*VERBS, *_WITH_METHOD, *_MOUNTS, *_CHAINED}
    for call in program.methods(*sorted(names)):
        if _may_be_route(call) and _may_be_router(program, call):
            found = _registration(program, call)
            if found:
                yield from each_caller(program, call, _path_argument(call), found)


def _default_mux(program: Program) -> Iterator[Registration]:
    for call in program.calling("net/http.Handle", "net/http.HandleFunc"):
        if len(call.arguments) == 2:
            found = _pattern(program, call, None)
            if found:
                yield from each_caller(program, call, call.arguments[0], found)


def _pattern(program: Program, call: Call, router: Expr | None) -> Registration | None:
    """Read a pattern of net/http: `GET example.com/path/{$}`."""
    text = program.text(call, call.arguments[0])
    found = parse_pattern(text if text is not None else UNKNOWN)
    if not found:
        return None
    handler = call.arguments[1] if len(call.arguments) > 1 else None
    return Registration(call, call.at(text or ""), router, found.path, found.method, handler)


def _may_be_route(call: Call) -> bool:
    """Tell whether a call may register a route, by a look at its arguments that costs nothing."""
    arguments = call.arguments
    if call.method in _CHAINED:
        return len(arguments) == 1
    if len(arguments) < 2 or arguments[0] == ("name", "ctx"):
        return False
    first = arguments[0]
    if first[0] in ("number", "function"):
        return False
    return first[0] != "string" or "/" in first[1] or call.method in _WITH_METHOD or not first[1]


def _path_argument(call: Call) -> Expr:
    """Return the argument that is the path: the second where the first is a verb."""
    with_verb = call.method in _WITH_METHOD and len(call.arguments) > 2
    return call.arguments[1 if with_verb else 0]


def _may_be_router(program: Program, call: Call) -> bool:
    """Tell whether a method may be one of a router: its type says so, or nothing speaks against."""
    types = program.types(call, call.receiver)
    if types:
        return not any(_is_other(type_) for type_ in types)
    receiver = call.receiver or ("other", "")
    name = str(receiver[2] if receiver[0] == "select" else receiver[1]).lower()
    return not any(word in name for word in _CLIENTS)


def _is_other(type_: str) -> bool:
    package, _, name = type_.rpartition(".")
    return name in ("Client", "Request", "Header", "Values", "Viper", "Values", "Map", "Cache") or (
        package in ("sync", "net/url", "github.com/go-resty/resty", "github.com/spf13/viper")
    )


def _registration(program: Program, call: Call) -> Registration | None:
    method, arguments = call.method, call.arguments
    if method in _WITH_METHOD and len(arguments) > 1:
        found = _with_method(program, call)
        if found:
            return found
    if method in _CHAINED:
        return _gorilla(program, call)
    if method in _MOUNTS:
        return _mount(program, call)
    if method not in VERBS or (len(arguments) < 2 or not _is_handler(arguments[-1])):
        return None
    if method in ("HandleFunc", "Handle", "Handler"):
        found = _pattern(program, call, call.receiver)
        return _with_chained_methods(program, found, call) if found else None
    path = _path(program, call, arguments[0])
    if path is None:
        return None
    return Registration(
        call, call.at(f"{method} {path}"), call.receiver, path, VERBS[method], arguments[-1]
    )


def _is_handler(expr: Expr) -> bool:
    return expr[0] not in _NO_HANDLER and expr != ("name", "nil")


def _path(program: Program, call: Call, expr: Expr) -> str | None:
    """Return a route's path: text that begins with a slash, or is empty in a group."""
    text = program.text(call, expr)
    if text is None:
        return None if expr[0] == "function" else UNKNOWN
    return None if "://" in text or (text and not text.startswith("/")) else text


def _with_method(program: Program, call: Call) -> Registration | None:
    """Read `Handle("GET", "/x", h)`, `Match([]string{"GET"}, …)`, `Method(http.MethodGet, …)`."""
    verbs = _verbs(program, call, call.arguments[0])
    path = _path(program, call, call.arguments[1]) if verbs else None
    if path is None or len(call.arguments) < 3:
        return None
    verb = "GET" if "GET" in verbs else sorted(verbs)[0]
    return Registration(
        call, call.at(f"{verb} {path}"), call.receiver, path, verb, call.arguments[-1]
    )


def _verbs(program: Program, call: Call, expr: Expr) -> set[str]:
    parts = [value for _, value in expr[2]] if expr[0] == "literal" else [expr]
    found = {method_named(program, call, part) for part in parts}
    return {verb for verb in found if verb}


def _mount(program: Program, call: Call) -> Registration | None:
    """Read chi's Mount and fiber's Use and Mount: a prefix and what is found below it."""
    if len(call.arguments) < 2 or not _is_handler(call.arguments[-1]):
        return None
    path = _path(program, call, call.arguments[0])
    if not path:
        return None
    at = call.at(f"{call.method} {path}")
    return Registration(call, at, call.receiver, path, ANY, call.arguments[-1], True)


# gorilla/mux


def _gorilla(program: Program, call: Call) -> Registration | None:
    """Read `Path("/x").Methods("GET").HandlerFunc(h)` and `PathPrefix("/api").Handler(sub)`."""
    path = _path(program, call, call.arguments[0])
    links = chain_after(call)
    ends = [link for link in links if link[1][2] in ("Handler", "HandlerFunc") and link[2]]
    if not path or not ends:
        return None
    found = Registration(
        call, call.at(f"{call.method} {path}"), call.receiver, path, ANY, ends[-1][2][0]
    )
    return _with_chained_methods(program, found, call)


def _with_chained_methods(program: Program, found: Registration, call: Call) -> Registration:
    """Add what gorilla's `.Methods("GET", "HEAD")` says, before or after."""
    verbs: set[str] = set()
    for link in [*chain_after(call), *_chain_before(call)]:
        if link[1][2] == "Methods":
            for argument in link[2]:
                verbs |= _verbs(program, call, argument)
    if not verbs:
        return found
    verb = "GET" if "GET" in verbs else sorted(verbs)[0]
    return replace(found, method=verb)


def chain_after(call: Call) -> list[Expr]:
    """Return the calls that a statement chains on this one: b and c of `a().b().c()`."""
    found: list[Expr] = []
    inner = call.expr
    candidates = [e for e in expressions_in(call.statement.values) if e[0] == "call"]
    for outer in reversed(candidates):  # the inner calls come last
        if outer[1][0] == "select" and outer[1][1] == inner:
            found.append(outer)
            inner = outer
    return found


def _chain_before(call: Call) -> list[Expr]:
    found: list[Expr] = []
    expr = call.receiver
    while expr and expr[0] == "call" and expr[1][0] == "select":
        found.append(expr)
        expr = expr[1][1]
    return found
