"""The routes that a controller manager serves: probes by name, and metrics."""

from __future__ import annotations

from collections.abc import Iterator

from gotare.golang.facts.check_paths import path_role
from gotare.golang.facts.listening import Listens
from gotare.golang.facts.program import Program
from gotare.golang.facts.types import Route

_CHECKS = {"AddHealthzCheck": ("live", "/healthz"), "AddReadyzCheck": ("ready", "/readyz")}


def manager_checks(program: Program, listens: Listens) -> Iterator[Route]:
    """Yield /healthz and /readyz of a controller manager on its probe port, and /metrics."""
    managed = [one for one in listens.found if one.serving.role and one.bound.port]
    for one in managed:
        if one.role == "metrics" and one.serving.variable == "":
            yield Route("metrics", "/metrics", one.serving.at, port=one.bound.port)
    probes = next((one.bound.port for one in managed if one.role == "health"), None)
    if probes is None:
        return
    for call in program.methods(*_CHECKS):
        role, path = _CHECKS[call.method]
        assert path_role(path)
        yield Route(role, path, call.at(), port=probes)  # type: ignore[arg-type]
