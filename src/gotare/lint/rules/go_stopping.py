"""Go code that is stopped: which signals it hears, and how it lets work finish."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gotare.findings import Severity
from gotare.lint.go_source import Part, parts_of, span_of
from gotare.lint.rule import Found, Rule
from gotare.lint.rules.go_hazards import of_kind, once
from gotare.lint.subjects import TextSubject

_NOTIFY: Final = "signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)"
_STOPSIGNAL: Final = re.compile(
    r"^[ \t]*STOPSIGNAL\s+(?:SIG)?INT\b|^[ \t]*stop_signal:\s*SIGINT", re.M
)
_CALLED: Final = ("lambda.", "funcframework.")
"""Loops of platforms that end programs in their own way."""


@once
def _not_handled(subject: TextSubject) -> Iterator[Found]:
    for part in parts_of(subject):
        if part.facts.shutdown or "signals" in part.facts.elsewhere or not part.is_service:
            continue
        at = part.served[0].at if part.served else part.facts.loops
        span = span_of(subject, at) if at and not at.what.startswith(_CALLED) else None
        if span:
            cut = "requests in flight are cut off" if part.served else "work is cut off"
            yield Found(
                f"{part.name} does not handle SIGTERM: when its container stops, {cut}",
                span,
                f"ctx, stop := {_NOTIFY}; let work finish when ctx is done",
            )


@once
def _only_interrupt(subject: TextSubject) -> Iterator[Found]:
    for part in parts_of(subject):
        ending = part.facts.shutdown
        if not ending or "SIGTERM" in ending.signals or "SIGINT" not in ending.signals:
            continue
        if not _is_stopped(part) or _is_sent_interrupt(subject):
            continue
        span = span_of(subject, ending.at)
        if span:
            yield Found(
                f"{part.name} hears os.Interrupt but not SIGTERM, which is what Docker and "
                "Kubernetes send",
                span,
                f"add syscall.SIGTERM: {_NOTIFY}",
            )


def _is_stopped(part: Part) -> bool:
    """Whether somebody stops the program from outside, as far as can be told."""
    return part.is_service and "signals" not in part.facts.elsewhere


def _is_sent_interrupt(subject: TextSubject) -> bool:
    """Whether the project's own files change the signal."""
    names = ("Dockerfile", "compose.yaml", "docker-compose.yml", "docker-compose.yaml")
    texts = subject.around.texts
    return any(_STOPSIGNAL.search(texts.get(name) or "") for name in names)


@once
def _exit(subject: TextSubject) -> Iterator[Found]:
    for one, span, _ in of_kind(subject, "exit-on-shutdown"):
        yield Found(
            f"{one.detail} ends the program as soon as Shutdown is called: the server returns "
            "http.ErrServerClosed at once, while requests still run",
            span,
            "pass over it: err != nil && !errors.Is(err, http.ErrServerClosed); and wait until "
            "Shutdown has returned",
        )


@once
def _unlimited(subject: TextSubject) -> Iterator[Found]:
    for _, span, part in of_kind(subject, "unlimited-shutdown"):
        grace = part.image.workload.grace if part.image else 30
        yield Found(
            "Shutdown without a limit waits for the slowest client, until the orchestrator kills "
            "the program",
            span,
            f"ctx, cancel := context.WithTimeout(context.Background(), {max(grace - 5, 5)}*"
            "time.Second)",
        )


@once
def _ended(subject: TextSubject) -> Iterator[Found]:
    for one, span, _ in of_kind(subject, "ended-context"):
        yield Found(
            f"Shutdown is given {one.detail}, which the signal has ended already: it returns at "
            "once and requests are cut off",
            span,
            "context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)",
        )


RULES: Final = (
    Rule(
        id="sigterm-not-handled",
        kind="go",
        family="go-source",
        severity=Severity.WARNING,
        title="A program that runs on does not handle SIGTERM.",
        check=_not_handled,
    ),
    Rule(
        id="only-interrupt-handled",
        kind="go",
        family="go-source",
        severity=Severity.WARNING,
        title="The program hears os.Interrupt, but not the signal that orchestrators send.",
        check=_only_interrupt,
    ),
    Rule(
        id="exit-during-shutdown",
        kind="go",
        family="go-source",
        severity=Severity.WARNING,
        title="The program ends while its server is still shutting down.",
        check=_exit,
    ),
    Rule(
        id="shutdown-without-limit",
        kind="go",
        family="go-source",
        severity=Severity.WARNING,
        title="Shutdown waits without a limit.",
        check=_unlimited,
    ),
    Rule(
        id="shutdown-context-ended",
        kind="go",
        family="go-source",
        severity=Severity.WARNING,
        title="Shutdown is given a context that has ended.",
        check=_ended,
    ),
)
