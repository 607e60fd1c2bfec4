"""What the code of a program does that goes wrong in a container, whatever the container is."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final, Literal

from gotare.golang.facts.closure import Closure
from gotare.golang.facts.dotenv import dotenv_hazards
from gotare.golang.facts.gotypes import plain
from gotare.golang.facts.program import Program
from gotare.golang.facts.request_timeouts import request_hazards
from gotare.golang.facts.serving_errors import error_hazards
from gotare.golang.facts.serving_timeouts import timeout_hazards
from gotare.golang.facts.sources import Sources
from gotare.golang.facts.stop_contexts import stop_hazards
from gotare.golang.facts.types import Hazard
from gotare.golang.facts.values import Values

Elsewhere = Literal["signals", "grpc-health", "health-route"]

_MAXPROCS: Final = "go.uber.org/automaxprocs"
_DONE_BY: Final[dict[str, Elsewhere]] = {
    "os/signal": "signals",
    "google.golang.org/grpc/health/grpc_health_v1": "grpc-health",
    "connectrpc.com/grpchealth": "grpc-health",
}
"""What a package of another module can do when it imports this."""

_HEALTH_WORD: Final = re.compile(
    r"(?:^|[/-])(?:health|ready|readiness|live|liveness|alive|ping|status|heartbeat|up)(?:z|y)?"
    r"(?:$|[/{:-])",
    re.IGNORECASE,
)
"""A path, or a part of one, that checks may ask."""

_ONLY_CLIENTS: Final = frozenset(
    {"google.golang.org/grpc/health", "google.golang.org/grpc/health/grpc_health_v1"}
)
"""Import gRPC's health service though they serve nothing by themselves."""


def hazards_of(sources: Sources, values: Values, packages: Collection[str]) -> tuple[Hazard, ...]:
    """Return the hazards in the code of these packages, each place once, in the order of files.

    `packages` are import paths: a main package with all that it imports.
    """
    program = Program(sources, values, packages)
    found = {(one.kind, one.at.path, one.at.line): one for one in _all(program)}
    return tuple(found[key] for key in sorted(found, key=lambda key: (key[1], key[2], key[0])))


def _all(program: Program) -> Iterator[Hazard]:
    yield from timeout_hazards(program)
    yield from error_hazards(program)
    yield from stop_hazards(program)
    yield from request_hazards(program)
    yield from dotenv_hazards(program)
    yield from _maxprocs(program)


def _maxprocs(program: Program) -> Iterator[Hazard]:
    """Yield where automaxprocs is imported: since Go 1.25 the runtime does what it does."""
    for package in sorted(program.packages):
        for source in program.sources.packages.get(package, ()):
            for _, path, line in source.file.imports:
                if f"{plain(path)}/".startswith(f"{_MAXPROCS}/"):
                    yield Hazard("automaxprocs", source.at(line, path))


def done_elsewhere(closure: Closure, sources: Sources) -> tuple[Elsewhere, ...]:
    """Return what packages of other modules may do, by what they import, and what the program's
    own words hint at."""
    found = {
        _DONE_BY[imported]
        for path in closure.foreign
        if path not in _ONLY_CLIENTS
        for imported in closure.packages[path].imports
        if imported in _DONE_BY
    }
    if _has_health_words(closure, sources):
        found.add("health-route")
    return tuple(sorted(found))


def _has_health_words(closure: Closure, sources: Sources) -> bool:
    """Tell whether a function is called with a word that a health route may have."""
    return any(
        argument[0] == "string" and _HEALTH_WORD.search(argument[1])
        for package in closure.own
        for source in sources.packages.get(package, ())
        for call in sources.calls(source)
        for argument in call.arguments
    )
