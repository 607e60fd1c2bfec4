"""What in the code of programs goes wrong in containers."""

from __future__ import annotations

import pytest

from gotare.golang.facts.closure import Closure, Package
from gotare.golang.facts.hazards import done_elsewhere, hazards_of
from gotare.golang.facts.types import Hazard
from tests.golang.facts.go_programs import cases, program


def found(code: str) -> tuple[Hazard, ...]:
    one = program(code)
    return hazards_of(one.sources, one.values, one.packages)


@pytest.mark.parametrize(("expected", "code"), cases("hazards"))
def test_hazards(expected: str, code: str) -> None:
    words = [f"{one.kind} {one.at.line} {one.at.what}" for one in found(code)]
    assert "\n".join(words) == ("" if expected == "none" else expected)


def test_details_say_what_is_called() -> None:
    kinds = {one.kind: one.detail for one in found("r := gin.Default()\nr.Run(addr)\n")}
    assert kinds == {"error-ignored": "Run", "no-read-timeout": "Run"}


def test_servers_that_several_functions_share_are_named_once() -> None:
    code = (
        "-- main.go --\nfunc main() { server.Run() }\n"
        "-- internal/server/server.go --\n"
        'func New() *http.Server { return &http.Server{Addr: ":80"} }\n'
        "func Run() { log.Println(New().ListenAndServe()); log.Println(New().ListenAndServe()) }\n"
    )
    assert [(one.kind, str(one.at)) for one in found(code)] == [
        ("no-read-timeout", "internal/server/server.go:2")
    ]


def test_packages_that_are_not_reached_do_not_count() -> None:
    code = (
        "-- main.go --\nfunc main() {}\n"
        '-- internal/server/server.go --\nfunc Run() { http.Get("https://example.com") }\n'
        "func init() { Run() }\n"
    )
    one = program(code)
    assert hazards_of(one.sources, one.values, one.packages)
    assert not hazards_of(one.sources, one.values, frozenset({"example.com/shop"}))


def closure(*imports: str) -> Closure:
    packages = {
        "example.com/shop": Package("example.com/shop", own=True, imports=("example.org/lib",)),
        "example.org/lib": Package("example.org/lib", imports=imports),
        "os/signal": Package("os/signal", standard=True),
    }
    return Closure("example.com/shop", packages)


def elsewhere(reached: Closure, code: str = "func main() {}\n") -> tuple[str, ...]:
    return done_elsewhere(reached, program(code).sources)


@pytest.mark.parametrize(
    ("path", "known"),
    [
        ("/api/health", True),
        ("GET /status", True),
        ("/status/{code}", True),
        ("/healthz", True),
        ("ping", True),
        ("/upload", False),
        ("healthy food", False),
    ],
)
def test_words_of_health_routes(path: str, known: bool) -> None:
    found = elsewhere(closure(), f'route("{path}", nil)\n')
    assert found == (("health-route",) if known else ())


def test_what_other_modules_may_do() -> None:
    health = "google.golang.org/grpc/health/grpc_health_v1"
    assert elsewhere(closure("os")) == ()
    assert elsewhere(closure("os/signal")) == ("signals",)
    assert elsewhere(closure(health, "os/signal")) == ("grpc-health", "signals")


def test_grpc_itself_asks_for_health_and_does_not_answer() -> None:
    own = Package("example.com/shop", own=True, imports=("google.golang.org/grpc",))
    health = "google.golang.org/grpc/health/grpc_health_v1"
    packages = {
        "example.com/shop": own,
        "google.golang.org/grpc": Package(
            "google.golang.org/grpc", imports=("google.golang.org/grpc/health",)
        ),
        "google.golang.org/grpc/health": Package(
            "google.golang.org/grpc/health", imports=(health,)
        ),
    }
    assert elsewhere(Closure("example.com/shop", packages)) == ()
