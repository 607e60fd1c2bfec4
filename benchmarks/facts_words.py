"""Facts as words, held against what is true: precision and recall for each kind of fact.

A fact is compared as words that hold its essence, without where it was found: "9090/http",
"ready /readyz", "DATABASE_URL", "read templates". What the tool itself says it does not know (a
computed port, path or program) is neither right nor wrong.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from gotare.golang.cgo_need import CgoNeed
from gotare.golang.facts.types import (
    Facts,
    FileUse,
    Listener,
    ProgramFacts,
    Route,
    Subcommand,
)

KINDS: Final = (
    *("ports", "routes", "variables", "secrets", "required", "defaults", "files", "executed"),
    *("services", "needs", "signals", "subcommands", "cgo", "embeds", "generators"),
)

Words = Mapping[str, str]
"""Facts of one kind as words, each with the place that it was found at."""

_LOOPBACK: Final = ("localhost", "127.", "::1", "[::1]")


@dataclass(frozen=True, slots=True)
class Truth:
    """What is true of a program. `must` are facts that have to be found; `may` are patterns (as
    fnmatch has them) of what is true as well and that nobody has to find. Kinds that are not in
    `must` are not scored."""

    must: Mapping[str, frozenset[str]]
    may: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Tally:
    """How one kind of fact went: what was found and is true, what is missing, and what is false
    (with the place it was found at)."""

    right: tuple[str, ...] = ()
    missed: tuple[str, ...] = ()
    wrong: tuple[tuple[str, str], ...] = ()

    @property
    def precision(self) -> float | None:
        """The share of what was found that is true; None when nothing was found."""
        found = len(self.right) + len(self.wrong)
        return len(self.right) / found if found else None

    @property
    def recall(self) -> float | None:
        """The share of what is true that was found; None when there was nothing to find."""
        true = len(self.right) + len(self.missed)
        return len(self.right) / true if true else None

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.right + other.right, self.missed + other.missed, self.wrong + other.wrong)


def score(truth: Truth, found: Mapping[str, Words]) -> dict[str, Tally]:
    """Return the tally of each kind that the truth has something to say about."""
    return {
        kind: tally(must, truth.may.get(kind, frozenset()), found.get(kind, {}))
        for kind, must in truth.must.items()
    }


def tally(must: Iterable[str], may: Iterable[str], found: Words) -> Tally:
    """Compare one kind."""
    wanted, patterns = set(must), tuple(may)
    return Tally(
        right=tuple(sorted(wanted & found.keys())),
        missed=tuple(sorted(wanted - found.keys())),
        wrong=tuple(
            (word, found[word])
            for word in sorted(found.keys() - wanted)
            if not any(fnmatchcase(word, pattern) for pattern in patterns)
        ),
    )


def total(tallies: Iterable[Mapping[str, Tally]]) -> dict[str, Tally]:
    """Add the tallies of many programs up, kind by kind."""
    sums: dict[str, Tally] = {}
    for each in tallies:
        for kind, one in each.items():
            sums[kind] = sums.get(kind, Tally()) + one
    return {kind: sums[kind] for kind in sorted(sums, key=KINDS.index)}


# facts as words


def words_of(
    facts: Facts, package: str, cgo_needs: Iterable[CgoNeed] = ()
) -> dict[str, dict[str, str]]:
    """Return what was found about one main package, by kind, as words."""
    program, sources = facts.of(package), facts.sources
    return {
        "ports": dict(_ports(program.listeners)),
        "routes": dict(_routes(program)),
        **_variables(program),
        "files": dict(_files(program.files)),
        "executed": {item.name: str(item.at) for item in program.executed if item.name},
        "services": {item.kind: str(item.at) for item in program.services},
        "needs": dict(_needs(program)),
        "signals": dict(_signals(program)),
        "subcommands": {_typed(item): str(item.at) for item in program.subcommands},
        "cgo": {f"{need.effect} {need.package}": str(need) for need in cgo_needs},
        "embeds": dict.fromkeys(sources.embedded, ""),
        "generators": {item.tool: str(item.at) for item in sources.generators},
    }


def _ports(listeners: Iterable[Listener]) -> Iterator[tuple[str, str]]:
    """Yield "8080/http"; "localhost:8080/http" for what only the machine itself can reach."""
    for item in listeners:
        at = str(item.at)
        if item.protocol == "unix" and item.path:
            yield f"unix:{item.path}", at
        elif item.port:
            host = "localhost:" if item.host.startswith(_LOOPBACK) else ""
            yield f"{host}{item.port}/{item.protocol}", at


def _routes(program: ProgramFacts) -> Iterator[tuple[str, str]]:
    """Yield "ready /readyz"; a route about life is one about health."""
    for item in program.routes:
        yield f"{_role(item)} {item.path}", str(item.at)
    if program.grpc_health:
        yield "health grpc", str(program.grpc_health)


def _role(route: Route) -> str:
    return "health" if route.role == "live" else route.role


def _variables(program: ProgramFacts) -> dict[str, dict[str, str]]:
    found = program.variables
    return {
        "variables": {item.name: str(item.at) for item in found},
        "secrets": {item.name: str(item.at) for item in found if item.secret},
        "required": {item.name: str(item.at) for item in found if item.required},
        "defaults": {f"{item.name}={item.default}": str(item.at) for item in found if item.default},
    }


def _files(files: Iterable[FileUse]) -> Iterator[tuple[str, str]]:
    """Yield "read templates", "write data"; "temp" for the folder of temporary files."""
    for item in files:
        if item.access == "temp":
            yield "temp", str(item.at)
        elif item.path is not None:
            yield f"{item.access} {item.path.removeprefix('./').rstrip('/') or '/'}", str(item.at)


def _needs(program: ProgramFacts) -> Iterator[tuple[str, str]]:
    for need in program.needs:
        yield f"{need.kind} linked" if need.linked else need.kind, str(need.at)
    if program.https:
        yield "https", str(program.https)


def _typed(item: Subcommand) -> str:
    """Return "version --version", "migrate up": to the package flag, -x and --x are the same."""
    words = (f"--{word.lstrip('-')}" if word.startswith("-") else word for word in item.words)
    return f"{item.role} {' '.join(words)}"


def _signals(program: ProgramFacts) -> Iterator[tuple[str, str]]:
    """Yield the signals, "graceful", and "grace 15" in seconds."""
    ends = program.shutdown
    if ends is None:
        return
    at = str(ends.at)
    yield from ((name, at) for name in ends.signals)
    if ends.graceful:
        yield "graceful", at
    if ends.grace is not None:
        yield f"grace {ends.grace:g}", at
