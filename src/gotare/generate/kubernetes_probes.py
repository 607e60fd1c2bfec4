"""The probes of a container: what the code answers, asked often enough and not too often."""

from __future__ import annotations

from typing import Any, Final

from gotare.generate.yaml_text import Commented, Flow
from gotare.workload import Check, Workload

_ONE_ROUTE: Final = (
    "The code has one answer for liveness and readiness. If it depends on a database, give "
    "liveness an answer of its own: a restart mends nothing there. Hence the six failures."
)
_NO_LIVENESS: Final = (
    "No livenessProbe: the code has no answer that depends on itself alone, and one that asks a "
    "database would restart every pod when that fails."
)
_NO_PROBES: Final = "No probes: the code answers none. A container that ends is started again."


def probes(workload: Workload) -> dict[str, Any]:
    """Return the probes; without them the container gets a remark instead."""
    live, ready = workload.liveness, workload.readiness
    found: dict[str, Any] = {}
    if live:
        found["startupProbe"] = _startup(workload.startup or live, workload)
        found["livenessProbe"] = _liveness(live, ready, workload)
    if ready:
        above = "" if live else _NO_LIVENESS
        timing = {"periodSeconds": 5, "timeoutSeconds": 3, "failureThreshold": 2}
        where = _where(ready)
        found["readinessProbe"] = Commented(
            handler(ready, workload) | timing, _joined(above, where)
        )
    return found


def probe_note(workload: Workload) -> str:
    """Return what is to be said where there is no probe at all."""
    none = workload.liveness is None and workload.readiness is None and workload.kind != "cli"
    return _NO_PROBES if none else ""


def _startup(check: Check, workload: Workload) -> Commented:
    timing = {"periodSeconds": 2, "failureThreshold": 30}
    why = "Up to a minute to start, before the other probes count."
    return Commented(handler(check, workload) | timing, _joined(why, _where(check)))


def _liveness(live: Check, ready: Check | None, workload: Workload) -> Commented:
    one = ready is not None and _question(live) == _question(ready)
    timing = {"periodSeconds": 10, "timeoutSeconds": 3, "failureThreshold": 6 if one else 3}
    above = _joined(_ONE_ROUTE if one else "", _where(live))
    return Commented(handler(live, workload) | timing, above)


def _question(check: Check) -> tuple[object, ...]:
    return check.kind, check.port, check.path, check.command


def _where(check: Check) -> str:
    return f"Answered in {check.at}" if check.at else ""


def _joined(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def handler(check: Check, workload: Workload) -> dict[str, Any]:
    """Return how a check asks, as a probe has it."""
    if check.kind == "grpc":
        return {"grpc": {"port": check.port}}
    if check.kind == "exec":
        return {"exec": {"command": Flow(list(check.command))}}
    if check.kind == "tcp":
        return {"tcpSocket": {"port": _port(check, workload)}}
    get: dict[str, Any] = {"path": check.path or "/", "port": _port(check, workload)}
    if check.scheme == "HTTPS":
        get["scheme"] = check.scheme
    return {"httpGet": get}


def _port(check: Check, workload: Workload) -> int | str:
    """Return the port's name, or its number where it has none."""
    tcp = (port for port in workload.ports if port.protocol == "tcp")
    return next((port.name for port in tcp if port.number == check.port), check.port)
