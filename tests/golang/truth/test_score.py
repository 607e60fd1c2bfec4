"""The scorer counts what is right, missed and false, and takes nothing else for right."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gotare.golang.facts.types import (
    Evidence,
    Executed,
    Facts,
    FileUse,
    Generator,
    Listener,
    Need,
    PrivateModule,
    ProgramFacts,
    Route,
    Service,
    Shutdown,
    SourceFacts,
    Variable,
)
from tests.golang.truth import score as scorer
from tests.golang.truth.measure import read_floors, write_floors
from tests.golang.truth.score import KINDS, Score, evidence, projects, read_truth, score

AT = Evidence("main.go", 1)

TRUTH = """
about: a truth for these tests
programs:
  example.com/a:
    listeners:
      - {protocol: http, port: 8080, variable: PORT}
      - {protocol: http, port: 9090, role: [metrics, admin], maybe: true}
    routes:
      - {role: [live, health], path: /healthz}
    variables:
      - {name: PORT, default: ["8080", ":8080"], secret: maybe}
      - {name: TOKEN, required: true, secret: true}
    shutdown: {signals: [SIGTERM, SIGINT], graceful: true, grace: [10, null]}
    files:
      - {access: temp, path: any}
    services:
      - {kind: postgres, client: github.com/jackc/pgx/v5}
    executed: [git]
    https: maybe
sources:
  embedded: [static]
  private: [git.example.com/team/a]
  generators: [{tool: protoc, committed: false}]
"""

RIGHT = ProgramFacts(
    "example.com/a",
    "a",
    listeners=(Listener("http", 8080, AT, variable="PORT"),),
    routes=(Route("health", "/healthz", AT),),
    variables=(Variable("PORT", AT, ":8080"), Variable("TOKEN", AT, required=True, secret=True)),
    shutdown=Shutdown(("SIGINT", "SIGTERM"), AT, True, 10.0),
    files=(FileUse("temp", None, AT),),
    services=(Service("postgres", "github.com/jackc/pgx/v5/pgxpool", AT),),
    executed=(Executed("git", AT),),
)
SOURCES = SourceFacts(
    generators=(Generator("protoc", "protoc --go_out=.", AT, committed=False),),
    private=(PrivateModule("git.example.com/*", AT),),
    embedded=("static/a.css",),
)


@pytest.fixture(autouse=True)
def truth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One project, `a`, instead of all."""
    (tmp_path / "a/project/static").mkdir(parents=True)
    (tmp_path / "a/project/static/a.css").touch()
    (tmp_path / "a/truth.yaml").write_text(TRUTH)
    monkeypatch.setattr(scorer, "TRUTH", tmp_path)


def found(program: ProgramFacts = RIGHT, sources: SourceFacts = SOURCES) -> Any:
    """What the scorer reads of a project."""
    return SimpleNamespace(facts=Facts((program,), sources), cgo_needs=(), version_variables=())


def wrong(program: ProgramFacts = RIGHT, sources: SourceFacts = SOURCES) -> dict[str, Any]:
    """Return (missed, false) of the kinds that are not as they should be."""
    scores = score("a", found(program, sources)).items()
    return {
        kind: (len(one.missed), len(one.false)) for kind, one in scores if one.missed or one.false
    }


def test_all_right() -> None:
    assert wrong() == {}
    scores = score("a", found())
    right = {kind: one.right for kind, one in scores.items() if one.right}
    assert right == {
        "ports": 1,
        "variables of ports": 1,
        "routes": 1,
        "variables": 2,
        "defaults": 1,
        "required variables": 1,
        "secrets": 1,
        "signals": 1,
        "graceful stop": 1,
        "files": 1,
        "programs executed": 1,
        "services": 1,
        "generators": 1,
        "generators without output": 1,
        "private modules": 1,
        "embedded files": 1,
    }


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"listeners": ()}, {"ports": (1, 0), "variables of ports": (1, 0)}),
        (
            {"listeners": (Listener("http", 8081, AT, variable="PORT"),)},
            {"ports": (1, 1), "variables of ports": (1, 1)},
        ),
        ({"listeners": (Listener("http", 8080, AT),)}, {"variables of ports": (1, 0)}),
        (
            {"listeners": (*RIGHT.listeners, Listener("http", 9090, AT, role="metrics"))},
            {},
        ),
        (
            {"listeners": (*RIGHT.listeners, Listener("http", 9090, AT, role="pprof"))},
            {"roles of ports": (0, 1)},
        ),
        ({"listeners": RIGHT.listeners * 2}, {"ports": (0, 1), "variables of ports": (0, 1)}),
        ({"routes": (Route("ready", "/healthz", AT),)}, {"routes": (1, 1)}),
        (
            {"routes": (Route("live", "/healthz", AT, port=80),)},
            {"ports of routes": (0, 1)},
        ),
        (
            {"variables": (Variable("PORT", AT, "80", secret=True),)},
            {
                "variables": (1, 0),
                "defaults": (1, 1),
                "required variables": (1, 0),
                "secrets": (1, 0),
            },
        ),
        ({"shutdown": None}, {"signals": (1, 0), "graceful stop": (1, 0)}),
        ({"shutdown": replace(RIGHT.shutdown, signals=("SIGTERM",))}, {"signals": (1, 1)}),  # type: ignore[type-var]
        ({"shutdown": replace(RIGHT.shutdown, grace=11)}, {"grace": (0, 1)}),  # type: ignore[type-var]
        ({"shutdown": replace(RIGHT.shutdown, grace=None)}, {}),  # type: ignore[type-var]
        ({"services": (Service("postgres", "github.com/lib/pq", AT),)}, {"services": (1, 1)}),
        ({"executed": (Executed(None, AT),)}, {"programs executed": (1, 1)}),
        ({"https": AT}, {}),
        ({"loops": AT}, {"loops": (0, 1)}),
        (
            {"needs": (Need("zones", AT, linked=True),)},
            {"needs": (0, 1), "needs that are linked": (0, 1)},
        ),
    ],
)
def test_what_differs_is_counted(
    change: dict[str, Any], expected: dict[str, tuple[int, int]]
) -> None:
    assert wrong(replace(RIGHT, **change)) == expected


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"embedded": ("static",)}, {}),
        ({"embedded": ()}, {"embedded files": (1, 0)}),
        ({"private": (PrivateModule("example.com", AT),)}, {"private modules": (1, 1)}),
        ({"generators": ()}, {"generators": (1, 0), "generators without output": (1, 0)}),
        ({"outside": ("../b",)}, {"folders outside": (0, 1)}),
        ({"errors": (Evidence("a.go", 1), Evidence("a.go", 9))}, {"files with errors": (0, 1)}),
    ],
)
def test_what_differs_in_the_sources_is_counted(
    change: dict[str, Any], expected: dict[str, tuple[int, int]]
) -> None:
    assert wrong(sources=replace(SOURCES, **change)) == expected


def test_another_program_is_an_error() -> None:
    with pytest.raises(AssertionError, match="other programs"):
        score("a", found(replace(RIGHT, package="example.com/b")))


def test_precision_and_recall() -> None:
    counted = Score(3, ["a"], ["b", "c", "d"])
    assert (counted.precision, counted.recall) == (0.5, 0.75)
    assert (Score().precision, Score().recall) == (1, 1)
    counted.add(Score(1, [], ["e"]))
    assert counted == Score(4, ["a"], ["b", "c", "d", "e"])


def test_every_kind_counts_something() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS)
    assert projects() == ["a"]
    assert read_truth("a")["about"]


def test_floors_are_read_as_written(tmp_path: Path) -> None:
    written = {"ports": Score(3, ["a x: port 1"], []), "loops": Score()}
    write_floors(written, tmp_path / "floors.yaml")
    assert read_floors(tmp_path / "floors.yaml") == written


def test_evidence_is_found_wherever_it_is() -> None:
    facts = found(replace(RIGHT, grpc_health=Evidence("health.go", 3)))
    lines = {f"{one.path}:{one.line}" for one in evidence(facts)}
    assert lines == {"main.go:1", "health.go:3"}
    assert len(list(evidence(facts))) == 11
