"""Routes that tell about the program itself, as projects register them."""

from __future__ import annotations

import pytest

from gotare.golang.facts.check_paths import FAIR, STRONG, WEAK, PathRole, path_role
from gotare.golang.facts.routes import routes
from gotare.golang.facts.types import Route
from tests.golang.facts.go_programs import cases, program


def line_of(route: Route) -> str:
    port = f" port={route.port}" if route.port else ""
    return f"{route.role} {route.method} {route.path}{port}"


ORDER = ("live", "ready", "startup", "health", "metrics", "pprof")


@pytest.mark.parametrize(("expected", "code"), cases("routes"))
def test_routes_of_programs(expected: str, code: str) -> None:
    one = program(code)
    found = routes(one.sources, one.values, one.packages)
    by_role = sorted(found, key=lambda route: ORDER.index(route.role))
    assert "\n".join([line_of(route) for route in by_role] or ["none"]) == expected
    assert all(route.at.line for route in found)


@pytest.mark.parametrize(
    ("path", "role", "strength"),
    [
        ("/healthz", "health", STRONG),
        ("/health-check", "health", STRONG),
        ("/_health", "health", STRONG),
        ("/api/v1/health_check/", "health", STRONG),
        ("/-/ready", "ready", STRONG),
        ("/-/healthy", "health", STRONG),
        ("/health/check", "health", STRONG),
        ("/health/ready", "ready", STRONG),
        ("/health/live", "live", STRONG),
        ("/health/startup", "startup", STRONG),
        ("/Readiness", "ready", STRONG),
        ("/ping", "health", FAIR),
        ("/heartbeat", "health", FAIR),
        ("/status", "health", WEAK),
        ("/up", "health", WEAK),
        ("/live", "live", WEAK),
        ("/startup", "startup", WEAK),
        ("/metrics", "metrics", STRONG),
        ("/debug/pprof/heap", "pprof", STRONG),
    ],
)
def test_what_paths_are_for(path: str, role: str, strength: int) -> None:
    found = path_role(path)
    assert isinstance(found, PathRole)
    assert (found.role, found.strength) == (role, strength)


@pytest.mark.parametrize(
    "path", ["/", "", "/users", "/health/{id}", "/:id/health", "/status/*", "/healthy-food", "/v1"]
)
def test_paths_that_say_nothing(path: str) -> None:
    assert path_role(path) is None
