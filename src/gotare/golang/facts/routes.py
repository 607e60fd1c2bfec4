"""Which routes of a program tell about itself: health, readiness, liveness, startup, metrics."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from gotare.golang.facts.check_routes import CheckRoute, handler_role, without_profiles
from gotare.golang.facts.listening import Listening, Listens
from gotare.golang.facts.manager_checks import manager_checks
from gotare.golang.facts.program import Program
from gotare.golang.facts.routers import DEFAULT_ROUTER
from gotare.golang.facts.sources import Sources
from gotare.golang.facts.types import Route
from gotare.golang.facts.values import Values

_WEB = ("http", "https")


def routes(sources: Sources, values: Values, packages: Collection[str]) -> tuple[Route, ...]:
    """Return the routes that checks and scrapers may ask, the best of each role first.

    `packages` are import paths: a main package with all that it imports. A route has a port where
    its router is that of a listener that is not the program's own service.
    """
    program = Program(sources, values, packages)
    listens = Listens.of(program)
    found = [route for one in without_profiles(listens.checks) for route in _placed(listens, one)]
    found += _of_handlers(program, listens)
    found += manager_checks(program, listens)
    return tuple({(r.role, r.path, r.port): r for r in reversed(found)}.values())[::-1]


def _of_handlers(program: Program, listens: Listens) -> Iterator[Route]:
    """Yield the metrics of servers that answer nothing else, on every path."""
    for one in listens.found:
        if one.handler and one.bound.port:
            role = handler_role(program, *one.handler)
            if role == "metrics":
                yield Route(role, "/metrics", one.serving.at, port=one.bound.port)


def _placed(listens: Listens, one: CheckRoute) -> Iterator[Route]:
    """Yield a route with the port of each listener that it is reached at."""
    at = [
        listening for listening in listens.found if listening.roots and one.root in listening.roots
    ]
    named = one.root != DEFAULT_ROUTER or (one.role != "pprof" and _may_serve_default(listens))
    if not at and named:
        yield Route(one.role, one.path, one.at, one.method)
    for listening in at:
        if listening is _service(listens):
            yield Route(one.role, one.path, one.at, one.method)
        elif listening.bound.port:
            yield Route(one.role, one.path, one.at, one.method, listening.bound.port)


def _may_serve_default(listens: Listens) -> bool:
    """Tell whether a server whose handler is unknown may serve http.DefaultServeMux."""
    return any(one.roots is None and one.serving.protocol in _WEB for one in listens.found)


def _service(listens: Listens) -> Listening | None:
    """Return the program's own service: the only listener that speaks HTTP, or the first of those
    that are for nothing else."""
    web = [one for one in listens.found if one.serving.protocol in _WEB]
    own = [one for one in web if not one.role]
    return web[0] if len(web) == 1 else next(iter(own), None)
