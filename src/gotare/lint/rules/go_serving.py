"""Go code that serves: on which address, with which time limits, and how it tells of itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from gotare.findings import Severity
from gotare.lint.dockerfile.syntax import Span
from gotare.lint.go_source import Part, parts_of, span_of
from gotare.lint.rule import Found, Rule
from gotare.lint.rules.go_hazards import of_kind, once, written
from gotare.lint.subjects import TextSubject

if TYPE_CHECKING:
    from gotare.golang.facts.types import Listener, Route

_LOOPBACK: Final = ("localhost", "127.", "::1", "[::1]")
_CHECKS: Final = frozenset({"live", "ready", "health", "startup"})
_PRIVILEGED: Final = 1024


def _is_inside(listener: Listener) -> bool:
    """Whether only the container itself reaches a listener."""
    return listener.protocol == "unix" or listener.host.startswith(_LOOPBACK)


def _public(part: Part) -> list[Listener]:
    """Return the listeners of the program's own service that others reach."""
    return [one for one in part.served if not _is_inside(one)]


@once
def _localhost(subject: TextSubject) -> Iterator[Found]:
    for part in parts_of(subject):
        if _public(part):
            continue
        for one in part.served:
            span = span_of(subject, one.at) if _is_local(one) else None
            if span:
                yield _local_found(part, one, span)


def _is_local(one: Listener) -> bool:
    return one.protocol != "unix" and one.host.startswith(_LOOPBACK)


def _local_found(part: Part, one: Listener, span: Span) -> Found:
    where = f"{one.host}:{one.port}" if one.port else one.host
    setting = one.variable or (f"-{one.flag}" if one.flag else "")
    message = f"{part.name} listens on {where}, which nobody outside its container reaches"
    if setting:
        hint = f"make :{one.port or 8080} the default, or set {setting} in the image"
        return Found(message, span, hint, severity=Severity.INFO)
    hint = f'listen on every address: ":{one.port or 8080}"'
    return Found(message, span, hint)


@once
def _read_timeout(subject: TextSubject) -> Iterator[Found]:
    for one, span, part in of_kind(subject, "no-read-timeout"):
        here = [each for each in part.facts.listeners if each.at.path == one.at.path]
        if here and all(map(_is_inside, here)):
            continue
        made = one.detail == "http.Server"
        message = (
            "this http.Server waits for ever for a client that sends its header slowly"
            if made
            else f"{written(subject, span)} serves without time limits: slow clients hold "
            "connections for ever"
        )
        limits = "ReadHeaderTimeout: 5 * time.Second, IdleTimeout: 2 * time.Minute"
        hint = f"set {limits}" if made else f"serve with &http.Server{{Addr: …, {limits}}}"
        yield Found(message, span, hint)


@once
def _idle_timeout(subject: TextSubject) -> Iterator[Found]:
    for _, span, _ in of_kind(subject, "no-idle-timeout"):
        yield Found(
            "this http.Server keeps idle connections for ever",
            span,
            "set IdleTimeout: 2 * time.Minute, longer than the proxy in front keeps them",
        )


@once
def _ignored(subject: TextSubject) -> Iterator[Found]:
    for _, span, _ in of_kind(subject, "error-ignored"):
        yield Found(
            f"the error of {written(subject, span)} is lost: with the port taken, the container "
            "runs without serving, or ends with code 0",
            span,
            "if err := …; err != nil && !errors.Is(err, http.ErrServerClosed) { log.Fatal(err) }",
        )


@once
def _health(subject: TextSubject) -> Iterator[Found]:
    for part in parts_of(subject):
        web = [one for one in _public(part) if one.protocol in ("http", "https")]
        span = span_of(subject, web[0].at) if web and not _has_checks(part) else None
        if span:
            yield Found(
                f"no health route is seen in {part.name}: orchestrators learn no more than that "
                "the port is open",
                span,
                "answer 200 at /healthz, and at /readyz once what it depends on is there",
            )


def _has_checks(part: Part) -> bool:
    facts = part.facts
    checked = any(route.role in _CHECKS for route in facts.routes)
    itself = any(command.role == "healthcheck" for command in facts.subcommands)
    return checked or itself or bool(facts.grpc_health) or "health-route" in facts.elsewhere


@once
def _grpc_health(subject: TextSubject) -> Iterator[Found]:
    for part in parts_of(subject):
        served = [one for one in _public(part) if one.protocol == "grpc"]
        known = bool(part.facts.grpc_health) or "grpc-health" in part.facts.elsewhere
        span = span_of(subject, served[0].at) if served and not known else None
        if span:
            yield Found(
                f"{part.name} does not register gRPC's health service, so that no gRPC probe can "
                "ask it",
                span,
                "grpc_health_v1.RegisterHealthServer(server, health.NewServer())",
            )


@once
def _pprof(subject: TextSubject) -> Iterator[Found]:
    for part in parts_of(subject):
        for route in part.facts.routes if _public(part) else ():
            span = span_of(subject, route.at) if _is_open_profile(route) else None
            if span:
                yield Found(
                    f"profiles are served on the public port of {part.name}: whoever reaches it "
                    "reads memory and slows the program down",
                    span,
                    'serve pprof on a listener of its own: "localhost:6060"',
                )


def _is_open_profile(route: Route) -> bool:
    return route.role == "pprof" and route.port is None


@once
def _privileged(subject: TextSubject) -> Iterator[Found]:
    for part in parts_of(subject):
        for one in part.facts.listeners:
            fixed = not (one.variable or one.flag or _is_inside(one))
            span = span_of(subject, one.at) if fixed and 0 < (one.port or 0) < _PRIVILEGED else None
            if span:
                yield Found(
                    f"port {one.port} is privileged: where the runtime keeps Linux's default, only "
                    "root may listen there",
                    span,
                    "listen on 8080 and let the Service or the publishing map the port",
                )


RULES: Final = (
    Rule(
        id="listens-on-localhost",
        kind="go",
        family="go-source",
        severity=Severity.WARNING,
        title="The program listens on loopback only, so nobody outside its container reaches it.",
        check=_localhost,
    ),
    Rule(
        id="server-without-timeouts",
        kind="go",
        family="go-source",
        severity=Severity.WARNING,
        title="An HTTP server has no time limit for reading a request.",
        check=_read_timeout,
        equivalents={"gosec": ("G112", "G114")},
    ),
    Rule(
        id="server-without-idle-timeout",
        kind="go",
        family="go-source",
        severity=Severity.INFO,
        title="An HTTP server keeps idle connections for ever.",
        check=_idle_timeout,
    ),
    Rule(
        id="listen-error-ignored",
        kind="go",
        family="go-source",
        severity=Severity.WARNING,
        title="Nobody looks at the error of a call that listens.",
        check=_ignored,
        equivalents={"gosec": ("G104",)},
    ),
    Rule(
        id="health-route-missing",
        kind="go",
        family="go-source",
        severity=Severity.INFO,
        title="An HTTP service has no route that tells whether it is well.",
        check=_health,
    ),
    Rule(
        id="grpc-health-missing",
        kind="go",
        family="go-source",
        severity=Severity.INFO,
        title="A gRPC server does not register the health service.",
        check=_grpc_health,
    ),
    Rule(
        id="pprof-on-public-port",
        kind="go",
        family="go-source",
        severity=Severity.WARNING,
        title="Profiles are served on the port that is open to all.",
        check=_pprof,
        equivalents={"gosec": ("G108",)},
    ),
    Rule(
        id="privileged-port-in-code",
        kind="go",
        family="go-source",
        severity=Severity.INFO,
        title="The code fixes a port below 1024.",
        check=_privileged,
    ),
)
