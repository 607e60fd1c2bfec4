"""Checks that middleware and gateways answer by themselves, without a route of the program."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from gotare.golang.facts.check_paths import CheckRole, path_role
from gotare.golang.facts.program import Made, Program
from gotare.golang.facts.routers import GATEWAY
from gotare.golang.facts.sources import Call
from gotare.golang.facts.types import Evidence
from gotare.golang.facts.values import Place
from gotare.golang.syntax.expressions import Expr


class Answered(NamedTuple):
    """A path that is answered: by the router, or the value, that `router` is."""

    role: CheckRole
    path: str
    at: Evidence
    place: Place
    router: Expr


_HEARTBEAT: Final = "github.com/go-chi/chi/middleware.Heartbeat"
_FIBER: Final = "github.com/gofiber/fiber/middleware/healthcheck"
_ENDPOINTS: Final[tuple[tuple[str, CheckRole, str], ...]] = (
    ("LivenessEndpoint", "live", "/livez"),
    ("ReadinessEndpoint", "ready", "/readyz"),
)
"""The fields of fiber's configuration, and their defaults."""


def answered(program: Program) -> Iterator[Answered]:
    """Yield what chi's Heartbeat, fiber's healthcheck and the gRPC gateway answer."""
    yield from _heartbeats(program)
    yield from _fiber(program)
    yield from _gateway(program)


def _handed_to_use(program: Program, name: str) -> Iterator[tuple[Call, Expr]]:
    """Yield the calls of Use that are handed what a function makes, with the call of that."""
    for call in program.methods("Use"):
        for argument in call.arguments:
            if argument[0] == "call" and program.qualified(call, argument[1]) == name:
                yield call, argument


def _heartbeats(program: Program) -> Iterator[Answered]:
    for call, made in _handed_to_use(program, _HEARTBEAT):
        path = program.text(call, made[2][0]) if made[2] else None
        if path and call.receiver:
            found = path_role(path)
            role: CheckRole = found.role if found else "health"
            yield Answered(role, path, call.at("Heartbeat"), call, call.receiver)


def _fiber(program: Program) -> Iterator[Answered]:
    for call, made in _handed_to_use(program, f"{_FIBER}.New"):
        config = _config(program, call, made)
        for field, role, default in _ENDPOINTS:
            value = config.field(field) if config else None
            path = program.text(config.context, value) if config and value else default
            if path and call.receiver:
                yield Answered(role, path, call.at("healthcheck.New"), call, call.receiver)


def _config(program: Program, place: Place, made: Expr) -> Made | None:
    for argument in made[2]:
        for origin in program.objects.origins(place, argument):
            if origin.expr[0] == "literal":
                return Made(origin.context, origin.expr)
    return None


def _gateway(program: Program) -> Iterator[Answered]:
    """Yield the health endpoints of gateways: options of runtime.NewServeMux."""
    for call in program.calling(f"{GATEWAY}.NewServeMux"):
        for argument in call.arguments:
            if argument[0] != "call":
                continue
            name, path = program.qualified(call, argument[1]), "/healthz"
            if name == f"{GATEWAY}.WithHealthEndpointAt" and len(argument[2]) > 1:
                path = program.text(call, argument[2][1]) or path
            elif name != f"{GATEWAY}.WithHealthzEndpoint":
                continue
            yield Answered("health", path, call.at(name.rpartition(".")[2]), call, call.expr)
