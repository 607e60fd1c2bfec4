"""Ports, probes and health checks, as tables."""

from __future__ import annotations

import pytest

from gotare.decide.checks import checks_of, health_check_of, probe_url
from gotare.decide.ports import port_notes, ports_of
from gotare.golang.facts.types import Listener, ProgramFacts, Route
from gotare.oci.image import HealthCheck
from gotare.workload import Check
from tests.decide.facts import AT, command, listener, program, route, unknown


@pytest.mark.parametrize(
    ("listeners", "found"),
    [
        ((listener(8080),), [(8080, "http", "tcp", True)]),
        ((listener(8080), listener(8080)), [(8080, "http", "tcp", True)]),
        ((listener(53, "udp"), listener(53, "tcp")), [(53, "udp", "udp", True), (53, "tcp", "tcp", True)]),  # noqa: E501
        ((listener(9090, role="metrics"), listener(80)), [(80, "http", "tcp", True), (9090, "metrics", "tcp", False)]),  # noqa: E501
        ((listener(8080), listener(8081)), [(8080, "http", "tcp", True), (8081, "http-8081", "tcp", True)]),  # noqa: E501
        ((listener(50051, "grpc"),), [(50051, "grpc", "tcp", True)]),
        ((listener(8080, host="localhost"),), []),
        ((listener(8080, host="127.0.0.1"), listener(8081, host="0.0.0.0")), [(8081, "http", "tcp", True)]),  # noqa: E501
        ((listener(None),), []),
        ((listener(0),), []),
        ((listener(None, "unix", path="/run/app.sock"),), []),
    ],
)  # fmt: skip
def test_ports(listeners: tuple[Listener, ...], found: list[tuple[int, str, str, bool]]) -> None:
    ports = ports_of(listeners)
    assert [(port.number, port.name, port.protocol, port.public) for port in ports] == found
    assert all(len(port.name) <= 15 for port in ports)


@pytest.mark.parametrize(
    ("listeners", "topic"),
    [
        ((listener(8080, host="localhost"),), "loopback-listener"),
        ((listener(0),), "any-port"),
        ((listener(0, variable="GRPC_PORT"),), None),
        ((listener(80),), "privileged-port"),
        ((listener(8080),), None),
    ],
)
def test_notes_about_ports(listeners: tuple[Listener, ...], topic: str | None) -> None:
    topics = [note.topic for note in port_notes("app", listeners, ())]
    assert topics == ([topic] if topic else [])


def test_an_unknown_port_is_said() -> None:
    (note,) = port_notes("app", (), (unknown("port", "computed from cfg.Listen"),))
    assert note.text == "a port is unknown: computed from cfg.Listen; settle it with ports:"
    assert note.at == "main.go:7"


HTTP = (listener(8080),)


@pytest.mark.parametrize(
    ("facts", "liveness", "readiness", "metrics"),
    [
        (program(), None, None, None),
        (program(listeners=HTTP), None, ("tcp", 8080, ""), None),
        (
            program(listeners=HTTP, routes=(route("live", "/livez"), route("ready", "/readyz"))),
            ("http", 8080, "/livez"), ("http", 8080, "/readyz"), None,
        ),
        (
            program(listeners=HTTP, routes=(route("health", "/health"),)),
            ("http", 8080, "/health"), ("http", 8080, "/health"), None,
        ),
        (
            program(
                listeners=(*HTTP, listener(9090, role="metrics")),
                routes=(route("metrics", "/metrics", port=9090),),
            ),
            None, ("tcp", 8080, ""), ("http", 9090, "/metrics"),
        ),
        (
            program(listeners=(listener(50051, "grpc"),), grpc_health=AT),
            ("grpc", 50051, ""), ("grpc", 50051, ""), None,
        ),
        (
            program(listeners=HTTP, routes=(route("health", "/health", method="HEAD"),)),
            None, ("tcp", 8080, ""), None,
        ),
        (
            program(listeners=HTTP, routes=(route("health", "/health", port=9999),)),
            None, ("tcp", 8080, ""), None,
        ),
    ],
)  # fmt: skip
def test_probes(
    facts: ProgramFacts,
    liveness: tuple[str, int, str] | None,
    readiness: tuple[str, int, str] | None,
    metrics: tuple[str, int, str] | None,
) -> None:
    checks = checks_of(facts, ports_of(facts.listeners))

    def short(check: Check | None) -> tuple[str, int, str] | None:
        return (check.kind, check.port, check.path) if check else None

    assert short(checks.liveness) == liveness
    assert short(checks.readiness) == readiness
    assert short(checks.metrics) == metrics


def test_https_is_probed_as_such() -> None:
    facts = program(listeners=(listener(8443, "https"),), routes=(route("health", "/health"),))
    checks = checks_of(facts, ports_of(facts.listeners))
    assert checks.liveness and checks.liveness.scheme == "HTTPS"
    assert probe_url(checks, (), ()) == "", "the probe speaks plain HTTP"


def test_its_own_command_is_the_health_check() -> None:
    facts = program(subcommands=(command("version", "version"), command("healthcheck", "health")))
    check = health_check_of(facts, "/usr/local/bin/app")
    assert check == HealthCheck(("/usr/local/bin/app", "health"), 30, 3, 5, 3)
    assert health_check_of(program(), "/usr/local/bin/app") is None


@pytest.mark.parametrize(
    ("variable", "routes", "url"),
    [
        ("", (route("health", "/healthz"),), "http://127.0.0.1:8080/healthz"),
        ("PORT", (route("health", "/healthz"),), "http://127.0.0.1:${PORT:-8080}/healthz"),
        ("ADDR", (route("health", "/healthz"),), "http://127.0.0.1:8080/healthz"),
        ("PORT", (), ""),
    ],
)
def test_the_address_for_the_probe(variable: str, routes: tuple[Route, ...], url: str) -> None:
    facts = program(listeners=(listener(8080, variable=variable),), routes=routes)
    ports = ports_of(facts.listeners)
    assert probe_url(checks_of(facts, ports), ports, {"PORT"}) == url
