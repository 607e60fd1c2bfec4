"""How others ask whether the program is well: probes, and the image's health check."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final, Literal

from gotare.frozen import dataclass
from gotare.golang.facts import types as facts_types
from gotare.golang.facts.types import ProgramFacts, Route, Subcommand
from gotare.oci.image import HealthCheck
from gotare.workload import Check, Port, Variable

INTERVAL: Final = 30.0
TIMEOUT: Final = 3.0
START_PERIOD: Final = 5.0
RETRIES: Final = 3
"""Seconds and times of health checks that gotare decides, as the guides have them."""

_LIVENESS: Final = ("live", "health")
_READINESS: Final = ("ready", "health", "live")


@dataclass(frozen=True, slots=True)
class Checks:
    """The probes of a workload."""

    liveness: Check | None = None
    readiness: Check | None = None
    startup: Check | None = None
    metrics: Check | None = None


def checks_of(facts: ProgramFacts, ports: Sequence[Port]) -> Checks:
    """Return the probes that the code has an answer for; a bare TCP connect where it has none."""
    grpc = _grpc(facts, ports)
    liveness = _http(facts.routes, _LIVENESS, ports) or grpc
    readiness = _http(facts.routes, _READINESS, ports) or grpc or _tcp(ports)
    return Checks(
        liveness=liveness,
        readiness=readiness,
        startup=_http(facts.routes, ("startup",), ports) or liveness or readiness,
        metrics=_http(facts.routes, ("metrics",), ports),
    )


def _http(routes: Iterable[Route], roles: Sequence[str], ports: Sequence[Port]) -> Check | None:
    """Return the check of the first role that a route has."""
    by_role: dict[str, Route] = {}
    for route in routes:
        if route.method != "HEAD":  # probes send GET
            by_role.setdefault(route.role, route)
    chosen = next((by_role[role] for role in roles if role in by_role), None)
    port = _port_of(chosen, ports) if chosen else None
    if not chosen or not port:
        return None
    scheme: Literal["HTTP", "HTTPS"] = "HTTPS" if port.application == "https" else "HTTP"
    return Check("http", port.number, chosen.path, scheme, at=str(chosen.at))


def _port_of(route: Route, ports: Sequence[Port]) -> Port | None:
    if route.port:
        return next((port for port in ports if port.number == route.port), None)
    web = [port for port in ports if port.application in ("http", "https")]
    if route.role == "metrics":
        return next((port for port in web if port.name.startswith("metrics")), web[0] if web else None)  # fmt: skip  # noqa: E501
    return web[0] if web else None


def _grpc(facts: ProgramFacts, ports: Sequence[Port]) -> Check | None:
    port = next((port for port in ports if port.application == "grpc"), None)
    if not facts.grpc_health or not port:
        return None
    return Check("grpc", port.number, at=str(facts.grpc_health))


def _tcp(ports: Sequence[Port]) -> Check | None:
    port = next((port for port in ports if port.protocol == "tcp" and port.public), None)
    return Check("tcp", port.number, at=port.at) if port else None


def own_command(subcommands: Iterable[Subcommand]) -> Subcommand | None:
    """Return the program's own health check, if it has one."""
    return next((item for item in subcommands if item.role == "healthcheck"), None)


def health_check_of(facts: ProgramFacts, program: str) -> HealthCheck | None:
    """Return the image's health check when the program has a command for it."""
    own = own_command(facts.subcommands)
    if not own:
        return None
    return HealthCheck((program, *own.words), INTERVAL, TIMEOUT, START_PERIOD, RETRIES)


def probe_url(checks: Checks, ports: Sequence[Port], bare: Collection[str]) -> str:
    """Return the address that gotare's probe would ask, "" when no route answers.

    `bare` are the variables that hold a port and nothing else: the probe expands them.
    """
    check = checks.liveness or checks.readiness
    if not check or check.kind != "http" or check.scheme != "HTTP":
        return ""
    variable = next((port.variable for port in ports if port.number == check.port), "")
    number = f"${{{variable}:-{check.port}}}" if variable in bare else str(check.port)
    return f"http://127.0.0.1:{number}{check.path}"


def bare_ports(variables: Iterable[facts_types.Variable | Variable]) -> frozenset[str]:
    """Return the names of variables that hold a port and nothing else."""
    return frozenset(variable.name for variable in variables if variable.kind == "port")
