"""Facts become words, and words are compared with what is true."""

from __future__ import annotations

from benchmarks.facts_words import KINDS, Tally, Truth, score, tally, total, words_of
from gotare.golang.cgo_need import CgoNeed
from gotare.golang.facts.types import (
    Evidence,
    Executed,
    Facts,
    FileUse,
    Generator,
    Listener,
    Need,
    ProgramFacts,
    Route,
    Service,
    Shutdown,
    SourceFacts,
    Subcommand,
    Variable,
)

AT = Evidence("main.go", 3)


def test_what_is_found_is_right_missed_or_wrong() -> None:
    one = tally({"a", "b"}, {"opt*"}, {"b": "x.go:1", "c": "x.go:2", "option": "x.go:3"})
    assert one == Tally(("b",), ("a",), (("c", "x.go:2"),))
    assert one.precision == one.recall == 0.5


def test_nothing_has_no_precision_and_no_recall() -> None:
    nothing = tally((), (), {})
    assert nothing.precision is None
    assert nothing.recall is None
    assert tally({"a"}, (), {}).recall == 0.0
    assert tally((), (), {"a": ""}).precision == 0.0


def test_only_kinds_that_the_truth_knows_are_scored() -> None:
    truth = Truth({"ports": frozenset({"80/http"})}, {"ports": frozenset({"*/pprof"})})
    found = {"ports": {"80/http": "a", "6060/pprof": "b"}, "routes": {"health /": "c"}}
    assert score(truth, found) == {"ports": Tally(("80/http",))}


def test_tallies_are_added_up_in_the_order_of_the_kinds() -> None:
    sums = total([{"routes": Tally(("a",))}, {"ports": Tally(), "routes": Tally((), ("b",))}])
    assert list(sums) == ["ports", "routes"]
    assert sums["routes"] == Tally(("a",), ("b",))


def test_every_fact_has_words() -> None:
    program = ProgramFacts(
        "example.com/app",
        "app",
        listeners=(
            Listener("http", 8080, AT),
            Listener("http", 6060, AT, host="127.0.0.1"),
            Listener("tcp", None, AT),
            Listener("unix", None, AT, path="/run/app.sock"),
        ),
        routes=(Route("live", "/livez", AT), Route("ready", "/readyz", AT)),
        grpc_health=AT,
        subcommands=(Subcommand("version", ("-version",), AT),),
        variables=(Variable("TOKEN", AT, required=True, secret=True), Variable("L", AT, "info")),
        shutdown=Shutdown(("SIGTERM",), AT, graceful=True, grace=15.0),
        files=(
            FileUse("read", "./web/", AT),
            FileUse("temp", None, AT),
            FileUse("read", None, AT),
        ),
        executed=(Executed("git", AT), Executed(None, AT)),
        services=(Service("redis", "x", AT),),
        needs=(Need("roots", AT), Need("zones", AT, linked=True)),
        https=AT,
    )
    sources = SourceFacts((Generator("sqlc", "sqlc generate", AT),), embedded=("static",))
    needs = (CgoNeed("example.com/c", "stub", ("example.com/app",)),)
    words = words_of(Facts((program,), sources), "example.com/app", needs)
    assert tuple(words) == KINDS
    assert {kind: sorted(found) for kind, found in words.items()} == {
        "ports": ["8080/http", "localhost:6060/http", "unix:/run/app.sock"],
        "routes": ["health /livez", "health grpc", "ready /readyz"],
        "variables": ["L", "TOKEN"],
        "secrets": ["TOKEN"],
        "required": ["TOKEN"],
        "defaults": ["L=info"],
        "files": ["read web", "temp"],
        "executed": ["git"],
        "services": ["redis"],
        "needs": ["https", "roots", "zones linked"],
        "signals": ["SIGTERM", "grace 15", "graceful"],
        "subcommands": ["version --version"],
        "cgo": ["stub example.com/c"],
        "embeds": ["static"],
        "generators": ["sqlc"],
    }
    assert words["ports"]["8080/http"] == "main.go:3"


def test_nothing_is_known_of_a_program_that_is_not_there() -> None:
    assert not any(words_of(Facts(), "example.com/app").values())
