"""Decides for one image: facts in, settings that the code asks for and the workload out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import PurePosixPath
from typing import Any, Final, Literal

from gotare.decide.backends import backends_of
from gotare.decide.base import BaseChoice
from gotare.decide.checks import (
    Checks,
    bare_ports,
    checks_of,
    health_check_of,
    own_command,
    probe_url,
)
from gotare.decide.contents import content_notes, shipped_files, writable_places
from gotare.decide.ports import port_notes, ports_of, reachable
from gotare.decide.resources import resources_for
from gotare.decide.stopping import Stopping, stopping_of
from gotare.decide.tools import tool_notes, tools_of
from gotare.decide.variables import variables_of
from gotare.frozen import dataclass
from gotare.golang.facts.types import ProgramFacts
from gotare.oci.image import HealthCheck
from gotare.places import PROBE, WORKDIR
from gotare.settings import Settings
from gotare.workload import Check, Kind, Note, Port, Reason, Workload


@dataclass(frozen=True, slots=True)
class Decided:
    """What the code asks for, as settings that everything else lies over, and why."""

    settings: Settings
    reasons: tuple[Reason, ...]
    notes: tuple[Note, ...]


def merged(programs: Sequence[ProgramFacts]) -> ProgramFacts:
    """Return the facts of an image's programs as one: the first is what runs, and what the others
    open, run and need must be there too."""
    first, *others = programs
    together: dict[str, Any] = {
        name: tuple(chain(getattr(first, name), *(getattr(other, name) for other in others)))
        for name in ("files", "executed", "needs", "services", "variables")
    }
    https = next((program.https for program in programs if program.https), None)
    return replace(first, **together, https=https)


def ask(image: str, facts: ProgramFacts, choice: BaseChoice, program: str) -> Decided:
    """Return the settings that the code asks for. `program` is the entrypoint's path."""
    ports = ports_of(facts.listeners)
    stopping = stopping_of(facts.shutdown)
    shipped = shipped_files(facts.files)
    settings = Settings(
        base=choice.base,
        cgo=choice.cgo,
        ports=tuple(f"{port.number}/{port.protocol}" for port in ports) or None,
        stop_signal=stopping.signal,
        healthcheck=health_check_of(facts, program),
        files=tuple(mapping for mapping, _ in shipped) or None,
        workdir=WORKDIR if shipped else None,
        args=_serve(facts) or None,
    )
    reasons = [
        *(Reason(image, "port", _port_text(port), _port_why(port), port.at) for port in ports),
        *_check_reasons(image, facts),
        *_stop_reasons(image, facts, stopping),
        *_need_reasons(image, facts),
        *(
            Reason(
                image,
                "files",
                mapping.source,
                f"opened at run time ({use.at.what}), not embedded",
                str(use.at),
            )
            for mapping, use in shipped
        ),
    ]
    if settings.args:
        why = "the program listens in this subcommand"
        reasons.append(Reason(image, "args", " ".join(settings.args), why))
    return Decided(settings, tuple(reasons), ())


def _serve(facts: ProgramFacts) -> tuple[str, ...]:
    """Return the subcommand that serves, where the program has one."""
    words = (item.words for item in facts.subcommands if item.role == "serve")
    return next(words, ()) if facts.listeners else ()


def _port_text(port: Port) -> str:
    return f"{port.number}/{port.application}"


def _port_why(port: Port) -> str:
    role = "" if port.public else f"for {port.name.partition('-')[0]}"
    changed = f"{port.variable} changes it" if port.variable else ""
    return "; ".join(filter(None, (role, changed))) or "fixed in the code"


def _check_reasons(image: str, facts: ProgramFacts) -> Iterator[Reason]:
    own = own_command(facts.subcommands)
    if own:
        yield Reason(image, "healthcheck", " ".join(own.words), "its own command", str(own.at))
    elif facts.grpc_health:
        yield Reason(image, "health", "grpc", "the health service", str(facts.grpc_health))
    for route in facts.routes:
        if route.role in ("live", "ready", "startup", "health", "metrics"):
            words = f"{route.method or 'GET'} {route.path}"
            yield Reason(image, route.role, words, "a route of the program", str(route.at))


_NEEDS: Final = {"roots": "certificates", "zones": "zones", "users": "users"}


def _need_reasons(image: str, facts: ProgramFacts) -> Iterator[Reason]:
    """Yield what the program needs of its base, each once."""
    seen: set[str] = set()
    for need in facts.needs:
        if need.kind in _NEEDS and not need.linked and need.kind not in seen:
            seen.add(need.kind)
            yield Reason(image, "needs", _NEEDS[need.kind], need.at.what, str(need.at))
    temp = next((use for use in facts.files if use.access == "temp"), None)
    if temp:
        yield Reason(image, "needs", "/tmp", temp.at.what, str(temp.at))  # noqa: S108


def _stop_reasons(image: str, facts: ProgramFacts, stopping: Stopping) -> Iterator[Reason]:
    if not facts.shutdown and not facts.listeners and not facts.loops:
        return  # it ends by itself
    at = str(facts.shutdown.at) if facts.shutdown else ""
    value = (stopping.signal or "SIGTERM") if stopping.handled else "not handled"
    yield Reason(image, "stop", value, stopping.why, at)


def workload_of(facts: ProgramFacts, settings: Settings, workdir: str) -> Workload:
    """Return the workload, once all settings are known: what the user says wins over the code."""
    ports = _with_settled(ports_of(facts.listeners), settings.ports)
    checks = _settled_checks(checks_of(facts, ports), settings)
    stopping = stopping_of(facts.shutdown)
    env: Mapping[str, str] = settings.env or {}
    kind = _kind(facts, ports)
    return Workload(
        kind=kind,
        ports=ports,
        liveness=checks.liveness,
        readiness=checks.readiness,
        startup=checks.startup,
        metrics=checks.metrics,
        handles_stop=stopping.handled or settings.stop_signal is not None,
        grace=stopping.grace,
        variables=variables_of(facts.variables, env),
        backends=backends_of(facts.services),
        writable=writable_places(facts.files, workdir),
        tools=tools_of(facts.executed),
        calls_https=facts.https is not None,
        migrate=_words(facts, "migrate"),
        version=_words(facts, "version"),
        resources=resources_for(kind, facts),
    )


def _words(facts: ProgramFacts, role: str) -> tuple[str, ...]:
    return next((item.words for item in facts.subcommands if item.role == role), ())


def _kind(facts: ProgramFacts, ports: Sequence[Port]) -> Kind:
    """A program that others call is a service; one that runs on is a worker; the rest end."""
    if any(port.public for port in ports) or any(
        not item.role for item in reachable(facts.listeners)
    ):
        return "service"
    unknown = any(item.port is None and not item.role for item in facts.listeners)
    if unknown:
        return "service"
    return "worker" if facts.loops or facts.listeners else "cli"


def _with_settled(ports: tuple[Port, ...], settled: Sequence[str] | None) -> tuple[Port, ...]:
    """Return the ports that `ports:` names, with what the code says of them; else the code's."""
    if settled is None:
        return ports
    found: list[Port] = []
    for text in settled:
        number, _, protocol = text.partition("/")
        match = next((p for p in ports if str(p.number) == number), None)
        found.append(match or _plain_port(int(number), protocol or "tcp", [*ports, *found]))
    return tuple(found)


def _plain_port(number: int, protocol: str, known: Sequence[Port]) -> Port:
    """Return a port that only the user knows; the first speaks HTTP where none else does."""
    if protocol == "udp":
        return Port(number, f"udp-{number}", "udp", "udp", at="gotare.yaml")
    first = not any(port.name in ("http", "grpc", "https") for port in known)
    application: Literal["http", "tcp"] = "http" if first else "tcp"
    name = "http" if first else f"tcp-{number}"
    return Port(number, name, application=application, at="gotare.yaml")


def _settled_checks(checks: Checks, settings: Settings) -> Checks:
    """Fall back to the image's own health command, where the code answers no other question."""
    own = settings.healthcheck
    if not own or not own.command or (checks.liveness and checks.liveness.kind != "tcp"):
        return checks
    check = _asked_by_probe(own) or Check("exec", command=own.command, at="the health check")
    tcp = checks.readiness is None or checks.readiness.kind == "tcp"
    readiness = check if tcp else checks.readiness
    return replace(checks, liveness=check, readiness=readiness, startup=checks.startup or check)


def _asked_by_probe(check: HealthCheck) -> Check | None:
    """Return what gotare's probe asks as a check that Kubernetes makes itself."""
    if check.command[:1] != (PROBE,):
        return None
    asked = re.fullmatch(r"(http|tcp)://.*:\D*(\d+)}?(/.*)?", check.command[1])
    if not asked:
        return None
    kind: Literal["http", "tcp"] = "http" if asked[1] == "http" else "tcp"
    return Check(kind, int(asked[2]), asked[3] or "", at="the health check")


def notes_of(image: str, facts: ProgramFacts, settings: Settings, workdir: str) -> Iterator[Note]:
    """Yield what the user should know or settle, and where the settings contradict the code."""
    yield from contradictions(image, facts, settings)
    yield from port_notes(image, facts.listeners, () if settings.ports else facts.unknown)
    yield from tool_notes(image, facts.executed, settings.base or "")
    yield from content_notes(image, facts.files, workdir)
    others = (item for item in facts.unknown if item.what != "port")
    for item in others:
        yield Note(image, "unknown", f"{item.what} is unknown: {item.why}", str(item.at))
    if facts.shutdown and "SIGTERM" not in facts.shutdown.signals and facts.shutdown.signals:
        heard = ", ".join(facts.shutdown.signals)
        text = f"hears {heard} but not SIGTERM, which Kubernetes sends"
        yield Note(image, "no-sigterm", text, str(facts.shutdown.at))
    elif not facts.shutdown and facts.listeners:
        text = "SIGTERM is not handled: requests that run are cut off when a container stops"
        yield Note(image, "no-sigterm", text, str(facts.listeners[0].at))
    url = proposed_probe(facts) if settings.healthcheck is None else ""
    if url:
        text = f"no HEALTHCHECK yet: healthcheck: {url} in gotare.yaml adds a small probe"
        yield Note(image, "healthcheck", text)


def proposed_probe(facts: ProgramFacts) -> str:
    """Return the address that gotare's probe could ask, "" where no route answers."""
    ports = ports_of(facts.listeners)
    return probe_url(checks_of(facts, ports), ports, bare_ports(facts.variables))


def contradictions(image: str, facts: ProgramFacts, settings: Settings) -> Iterator[Note]:
    """Yield where `gotare.yaml` or a flag says something else than the code; what is said wins."""
    known = {str(listener.port): listener for listener in reachable(facts.listeners)}
    if settings.ports is not None and known:
        said = {text.partition("/")[0] for text in settings.ports}
        for number, listener in known.items():
            if number not in said and not listener.variable and not listener.flag:
                text = f"the code listens on {number}, ports: says {', '.join(sorted(said))}: ports: wins"  # noqa: E501
                yield Note(image, "contradiction", text, str(listener.at))
    yield from _left_out(image, facts, settings)
    asked = _asked_by_probe(settings.healthcheck) if settings.healthcheck else None
    if asked and known and str(asked.port) not in known:
        text = f"healthcheck: asks port {asked.port}, the code listens on {', '.join(known)}"
        yield Note(image, "contradiction", text, str(next(iter(known.values())).at))
    heard = facts.shutdown.signals if facts.shutdown else ()
    if settings.stop_signal and heard and settings.stop_signal not in heard:
        text = f"the code hears {', '.join(heard)}, stop-signal: says {settings.stop_signal}"
        yield Note(image, "contradiction", text, str(facts.shutdown.at) if facts.shutdown else "")
    if settings.healthcheck and not settings.healthcheck.command and own_command(facts.subcommands):
        yield Note(
            image, "contradiction", "healthcheck: none, though the program has a command for it"
        )


def _left_out(image: str, facts: ProgramFacts, settings: Settings) -> Iterator[Note]:
    """Yield the files that the code opens and `files:` does not have."""
    if settings.files is None:
        return
    said = {mapping.source.removeprefix("./").rstrip("/") for mapping in settings.files}
    for mapping, use in shipped_files(facts.files):
        parents = {mapping.source, *map(str, PurePosixPath(mapping.source).parents)}
        if said.isdisjoint(parents):
            text = f"the code opens {mapping.source}, which files: does not have: files: wins"
            yield Note(image, "contradiction", text, str(use.at))
