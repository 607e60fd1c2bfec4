"""Facts for tests of decisions, each as short as it can be."""

from __future__ import annotations

from typing import Any

from gotare.golang.facts.types import (
    Evidence,
    Executed,
    FileUse,
    Listener,
    Need,
    ProgramFacts,
    Route,
    Service,
    Shutdown,
    Subcommand,
    Unknown,
    Variable,
)

AT = Evidence("main.go", 7, "there")


def listener(port: int | None, protocol: Any = "http", **more: Any) -> Listener:
    """A listener in main.go."""
    return Listener(protocol, port, AT, **more)


def route(role: Any, path: str, **more: Any) -> Route:
    """A route in main.go."""
    return Route(role, path, AT, **more)


def command(role: Any, *words: str) -> Subcommand:
    """A subcommand in main.go."""
    return Subcommand(role, words, AT)


def variable(name: str, **more: Any) -> Variable:
    """A variable read in main.go."""
    return Variable(name, AT, **more)


def reads(path: str | None, **more: Any) -> FileUse:
    """A read of a file that the project has."""
    return FileUse("read", path, AT, **{"present": True, **more})


def writes(path: str | None, **more: Any) -> FileUse:
    """A write."""
    return FileUse("write", path, AT, **more)


def temporary(path: str | None = None) -> FileUse:
    """A temporary file."""
    return FileUse("temp", path, AT)


def runs(name: str | None) -> Executed:
    """A program that is run."""
    return Executed(name, AT)


def talks(kind: Any, client: str = "example.com/client", variable: str = "") -> Service:
    """A service that is talked to."""
    return Service(kind, client, AT, variable)


def needs(kind: Any, linked: bool = False, what: str = "") -> Need:
    """A need of the system."""
    return Need(kind, Evidence("main.go", 7, what), linked)


def stops(*signals: str, graceful: bool = False, grace: float | None = None) -> Shutdown:
    """How the program ends."""
    return Shutdown(signals, AT, graceful, grace)


def unknown(what: str, why: str) -> Unknown:
    """Something that the code does not tell."""
    return Unknown(what, why, AT)


def program(**facts: Any) -> ProgramFacts:
    """What example.com/app does."""
    return ProgramFacts("example.com/app", "app", **facts)
