"""Files, writable places, stopping, tools, backends, variables and resources, as tables."""

from __future__ import annotations

import pytest

from gotare.decide.backends import PORTS, backends_of
from gotare.decide.contents import content_notes, shipped_files, writable_places
from gotare.decide.resources import resources_for
from gotare.decide.stopping import stopping_of
from gotare.decide.tools import tool_notes, tools_of
from gotare.decide.variables import variables_of
from gotare.golang.facts.types import FileUse, Shutdown
from tests.decide.facts import program, reads, runs, stops, talks, temporary, variable, writes


@pytest.mark.parametrize(
    ("uses", "sources"),
    [
        ((reads("migrations", kind="migration"),), ["migrations"]),
        ((reads("file://migrations", kind="migration"),), ["migrations"]),
        ((reads("templates/*.html", kind="template"),), ["templates"]),
        ((reads("./static/"), reads("static/a.css")), ["static"]),
        ((reads("x", present=False),), []),
        ((reads("config.yaml", kind="config", settled_by="CONFIG"),), ["config.yaml"]),
        ((reads(".env"),), []),
        ((reads("certs/tls.key"),), []),
        ((reads("certs/tls.pem"),), []),
        ((reads("../shared/x"),), []),
        ((reads("/etc/app/config.yaml"),), []),
        ((reads("app.db", kind="database"),), []),
        ((reads(None),), []),
        ((writes("out.txt"),), []),
        ((reads("*.html"),), []),
    ],
)  # fmt: skip
def test_files_that_go_into_the_image(uses: tuple[FileUse, ...], sources: list[str]) -> None:
    mappings = [mapping for mapping, _ in shipped_files(uses)]
    assert [mapping.source for mapping in mappings] == sources
    assert all(mapping.destination == mapping.source for mapping in mappings)


@pytest.mark.parametrize(
    ("use", "place"),
    [
        (temporary(), ("/tmp", False)),
        (temporary("/var/tmp"), ("/var/tmp", False)),
        (writes("data/app.db", kind="database"), ("/app/data", True)),
        (writes("/var/lib/app/app.db", kind="database"), ("/var/lib/app", True)),
        (writes("uploads"), ("/app/uploads", True)),
        (writes("/tmp/x/y"), ("/tmp", False)),
        (writes("logs/app.log", kind="log"), ("/app/logs", False)),
        (writes("/dev/stderr"), None),
        (writes(None), None),
        (reads("x"), None),
    ],
)
def test_writable_places(use: FileUse, place: tuple[str, bool] | None) -> None:
    found = [(writable.path, writable.lasting) for writable in writable_places((use,), "/app")]
    assert found == ([place] if place else [])


@pytest.mark.parametrize(
    ("use", "topic"),
    [
        (reads(".env"), "secret-file"),
        (reads("templates/a.html", kind="template", present=False), "missing-file"),
        (reads("templates/a.html", kind="template", present=False, settled_by="DIR"), None),
        (writes("app.log", kind="log"), "log-file"),
        (writes("data.db", kind="database"), "writes-workdir"),
        (writes("/data/data.db", kind="database"), None),
        (reads("migrations"), None),
    ],
)
def test_notes_about_files(use: FileUse, topic: str | None) -> None:
    topics = [note.topic for note in content_notes("app", (use,), "/app")]
    assert topics == ([topic] if topic else [])


@pytest.mark.parametrize(
    ("shutdown", "signal", "handled", "grace"),
    [
        (None, None, False, 10),
        (stops(), None, False, 10),
        (stops("SIGTERM", "SIGINT", graceful=True, grace=15), None, True, 15),
        (stops("SIGINT", graceful=True, grace=4.2), "SIGINT", True, 5),
        (stops("SIGTERM", graceful=True), None, True, 30),
        (stops("SIGTERM"), None, True, 10),
        (stops("SIGHUP", "SIGQUIT"), "SIGQUIT", True, 10),
        (stops("SIGTERM", grace=0.0), None, True, 1),
    ],
)
def test_stopping(shutdown: Shutdown | None, signal: str | None, handled: bool, grace: int) -> None:
    found = stopping_of(shutdown)
    assert (found.signal, found.handled, found.grace) == (signal, handled, grace)


def test_tools() -> None:
    found = tools_of((runs("git"), runs("/usr/bin/ssh"), runs("git"), runs(None), runs("mytool")))
    assert [(tool.name, tool.alpine, tool.debian) for tool in found] == [
        ("git", "git", "git"),
        ("ssh", "openssh-client", "openssh-client"),
        ("mytool", "", ""),
    ]


@pytest.mark.parametrize(
    ("base", "noted"), [("static", True), ("scratch", True), ("alpine:3.22", False)]
)
def test_a_tool_that_the_base_lacks(base: str, noted: bool) -> None:
    notes = list(tool_notes("app", (runs("git"),), base))
    assert [note.topic for note in notes] == ["shell-out"] * noted
    assert [note.topic for note in tool_notes("app", (runs(None),), base)] == ["unknown"]


def test_backends() -> None:
    services = (
        talks("postgres", "github.com/lib/pq"),
        talks("postgres", "github.com/jackc/pgx/v5", "DATABASE_URL"),
        talks("sqlite"),
        talks("redis"),
    )
    found = [(backend.kind, backend.port, backend.variable) for backend in backends_of(services)]
    assert found == [("postgres", 5432, "DATABASE_URL"), ("redis", 6379, "")]
    assert all(0 < port < 65536 for port in PORTS.values())


def test_variables() -> None:
    found = variables_of(
        (
            variable("PORT", default="8080", kind="port"),
            variable("LOG_LEVEL"),
            variable("LOG_LEVEL", default="info"),
            variable("TOKEN", default="changeme", secret=True),
            variable("REGION", required=True),
            variable("MODE", required=True),
        ),
        {"PORT": "9000", "MODE": "fast"},
    )
    assert [(v.name, v.value, v.required, v.secret) for v in found] == [
        ("LOG_LEVEL", "info", False, False),
        ("MODE", "fast", False, False),
        ("PORT", "9000", False, False),
        ("REGION", None, True, False),
        ("TOKEN", None, False, True),
    ]


def test_resources_have_a_reason() -> None:
    assert resources_for("cli", program()).cpu == "100m"
    assert resources_for("worker", program()).why.startswith("a worker")
    small, large = (
        resources_for("service", program(services=services)).memory
        for services in ((), (talks("sqlite"),))
    )
    assert (small, large) == ("64Mi", "128Mi")
