"""What the code asks for, what the user says over it, and what is told about the two."""

from __future__ import annotations

import pytest

from gotare.decide.base import choose_base
from gotare.decide.program import ask, merged, notes_of, workload_of
from gotare.golang.facts.types import ProgramFacts
from gotare.oci.image import HealthCheck
from gotare.places import PROBE
from gotare.settings import FileMapping, Settings
from tests.decide.facts import (
    AT,
    command,
    listener,
    program,
    reads,
    route,
    runs,
    stops,
    temporary,
    unknown,
    writes,
)

SERVICE = program(
    listeners=(listener(8080, variable="PORT"), listener(9090, role="metrics")),
    routes=(route("health", "/healthz"),),
    subcommands=(command("serve", "serve"), command("version", "version")),
    shutdown=stops("SIGTERM", graceful=True, grace=15),
    files=(reads("migrations", kind="migration"), temporary()),
)


def asked(facts: ProgramFacts) -> Settings:
    choice = choose_base([facts], (), False)
    return ask("app", facts, choice, "/usr/local/bin/app").settings


def test_what_a_service_asks_for() -> None:
    settings = asked(SERVICE)
    assert settings.ports == ("8080/tcp", "9090/tcp")
    assert settings.args == ("serve",)
    assert settings.workdir == "/app"
    assert settings.files == (FileMapping("migrations", "migrations"),)
    assert settings.healthcheck is None, "a route alone gives no command to run"
    assert (settings.base, settings.cgo, settings.stop_signal) == ("static", "off", None)


def test_what_a_tool_asks_for() -> None:
    settings = asked(program())
    assert (settings.ports, settings.args, settings.files, settings.workdir) == (None,) * 4


def test_how_a_tool_stops_is_nobodys_business() -> None:
    choice = choose_base([program()], (), False)
    assert ask("app", program(), choice, "/usr/local/bin/app").reasons == ()
    (told,) = ask("app", program(loops=AT), choice, "/usr/local/bin/app").reasons
    assert (told.decision, told.value) == ("stop", "not handled")


def test_every_request_has_its_reason() -> None:
    choice = choose_base([SERVICE], (), False)
    reasons = ask("app", SERVICE, choice, "/usr/local/bin/app").reasons
    told = {(reason.decision, reason.value): reason for reason in reasons}
    assert told["port", "8080/http"].why == "PORT changes it"
    assert told["port", "9090/http"].why == "for metrics"
    assert told["health", "GET /healthz"].at == "main.go:7"
    assert told["stop", "SIGTERM"].why == "SIGTERM handled, grace 15 s"
    assert told["files", "migrations"].why == "opened at run time (there), not embedded"
    assert told["needs", "/tmp"].at == "main.go:7"
    assert told["args", "serve"].why == "the program listens in this subcommand"


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        (SERVICE, "service"),
        (program(), "cli"),
        (program(loops=AT), "worker"),
        (program(listeners=(listener(9090, role="metrics"),)), "worker"),
        (program(listeners=(listener(None),)), "service"),
    ],
)
def test_kinds(facts: ProgramFacts, kind: str) -> None:
    assert workload_of(facts, Settings(), "/").kind == kind


def test_settled_ports_win() -> None:
    load = workload_of(SERVICE, Settings(ports=("8080", "7000/udp", "7001")), "/app")
    assert [(p.number, p.name, p.protocol) for p in load.ports] == [
        (8080, "http", "tcp"),
        (7000, "udp-7000", "udp"),
        (7001, "tcp-7001", "tcp"),
    ]
    unknown_ports = workload_of(program(), Settings(ports=("8080", "9090")), "/app").ports
    assert [(p.number, p.name) for p in unknown_ports] == [(8080, "http"), (9090, "tcp-9090")]
    alone = workload_of(program(listeners=(listener(None),)), Settings(ports=("8080",)), "/app")
    assert [(p.number, p.name) for p in alone.ports] == [(8080, "http")]


def test_the_images_own_check_is_the_probe_where_the_code_has_no_route() -> None:
    settings = Settings(healthcheck=HealthCheck(("/usr/local/bin/app", "health")))
    load = workload_of(program(listeners=(listener(8080),)), settings, "/")
    assert load.liveness and load.liveness.kind == "exec"
    assert load.readiness and load.readiness.command == ("/usr/local/bin/app", "health")
    with_route = workload_of(SERVICE, settings, "/")
    assert with_route.liveness and with_route.liveness.kind == "http"


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("http://127.0.0.1:8080/healthz", ("http", 8080, "/healthz")),
        ("http://127.0.0.1:${PORT:-8081}/healthz", ("http", 8081, "/healthz")),
        ("http://[::1]:8080", ("http", 8080, "")),
        ("tcp://localhost:5432", ("tcp", 5432, "")),
        ("http://localhost/healthz", ("exec", 0, "")),
    ],
)
def test_what_the_probe_asks_others_ask_themselves(url: str, asked: tuple[str, int, str]) -> None:
    settings = Settings(healthcheck=HealthCheck((PROBE, url)))
    check = workload_of(program(), settings, "/").liveness
    assert check and (check.kind, check.port, check.path) == asked


def test_the_first_program_runs_and_the_others_bring_what_they_need() -> None:
    second = program(listeners=(listener(7),), files=(writes("/data/x"),), executed=(runs("git"),))
    both = merged([SERVICE, second])
    assert both.listeners == SERVICE.listeners
    assert len(both.files) == 3
    assert both.executed == second.executed


@pytest.mark.parametrize(
    ("facts", "settings", "text"),
    [
        (
            program(listeners=(listener(8080),)), Settings(ports=("9000",)),
            "the code listens on 8080, ports: says 9000: ports: wins",
        ),
        (
            program(shutdown=stops("SIGTERM")), Settings(stop_signal="SIGQUIT"),
            "the code hears SIGTERM, stop-signal: says SIGQUIT",
        ),
        (
            program(subcommands=(command("healthcheck", "health"),)),
            Settings(healthcheck=HealthCheck(())),
            "healthcheck: none, though the program has a command for it",
        ),
        (
            program(listeners=(listener(8080),)),
            Settings(healthcheck=HealthCheck((PROBE, "http://127.0.0.1:9999/healthz"))),
            "healthcheck: asks port 9999, the code listens on 8080",
        ),
        (
            SERVICE, Settings(files=(FileMapping("static", "static"),)),
            "the code opens migrations, which files: does not have: files: wins",
        ),
    ],
)  # fmt: skip
def test_contradictions_are_said(facts: ProgramFacts, settings: Settings, text: str) -> None:
    notes = [
        note for note in notes_of("app", facts, settings, "/") if note.topic == "contradiction"
    ]
    assert [note.text for note in notes] == [text]


def test_a_port_that_a_variable_changes_is_no_contradiction() -> None:
    notes = notes_of("app", SERVICE, Settings(ports=("9090", "80")), "/")
    assert "contradiction" not in {note.topic for note in notes}


@pytest.mark.parametrize(
    ("facts", "topics"),
    [
        (program(), set()),
        (program(listeners=(listener(8080),)), {"no-sigterm"}),
        (program(shutdown=stops("SIGINT")), {"no-sigterm"}),
        (SERVICE, {"healthcheck"}),
        (program(unknown=(unknown("grace", "computed"),)), {"unknown"}),
        (program(executed=(runs("git"),)), {"shell-out"}),
    ],
)
def test_notes(facts: ProgramFacts, topics: set[str]) -> None:
    settings = Settings(base="static")
    assert {note.topic for note in notes_of("app", facts, settings, "/")} == topics
