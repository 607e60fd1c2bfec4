"""What a program listens on: ports, sockets, and what each is for."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final, NamedTuple

from gotare.golang.facts.listening import Listening, Listens
from gotare.golang.facts.program import Program
from gotare.golang.facts.sources import Sources
from gotare.golang.facts.types import Listener, Unknown
from gotare.golang.facts.values import Values

_PROTOCOLS: Final = ("http", "https", "grpc", "tcp", "udp", "unix")
_REDIRECTING: Final = ("http", 80)
"""Where there is TLS beside it, plain HTTP on its own port only sends people there."""


class Found(NamedTuple):
    """The listeners, the program's own service first, and the ports that are unknown."""

    listeners: tuple[Listener, ...]
    unknowns: tuple[Unknown, ...]


def listeners(sources: Sources, values: Values, packages: Collection[str]) -> Found:
    """Return what the code of these packages listens on.

    `packages` are import paths: a main package with all that it imports. A listener whose port is
    computed has the port None, and an Unknown that says from what. Servers that a dependency of
    the project starts by itself are not seen.
    """
    listens = Listens.of(Program(sources, values, packages))
    found = sorted(_unique(_settled(listens.found)), key=_order)
    if any(one.serving.protocol == "https" and one.bound.port != 80 for one in found):
        found.sort(key=lambda one: (one.serving.protocol, one.bound.port) == _REDIRECTING)
    unknown = [one for one in found if one.bound.port is None and one.serving.network != "unix"]
    return Found(
        tuple(one.listener for one in found),
        tuple(Unknown("port", f"computed from {_why(one)}", one.serving.at) for one in unknown),
    )


def _settled(found: Collection[Listening]) -> list[Listening]:
    """Leave out what is off by default, where the program listens anyway."""
    if any(one.bound.port and not one.optional for one in found):
        return [one for one in found if not one.optional]
    return list(found)


def _why(one: Listening) -> str:
    return one.bound.why or one.serving.at.what


def _order(one: Listening) -> tuple[bool, bool, bool, int]:
    """Sort the program's own service first, known ports before unknown, HTTP before others."""
    known = one.bound.port is not None or bool(one.bound.path)
    loopback = one.bound.host.startswith(("localhost", "127.", "::1"))
    return bool(one.role), not known, loopback, _PROTOCOLS.index(one.serving.protocol)


def _unique(found: Collection[Listening]) -> list[Listening]:
    """Leave each port and protocol once; of those unknown, each expression."""
    kept: dict[object, Listening] = {}
    for one in found:
        transport = one.serving.network
        port = one.bound.port
        where: object = one.bound.path if transport == "unix" else port
        if port is None and transport != "unix":
            where = one.bound.why, one.bound.variable, one.bound.flag
        elif port == 0:
            where = str(one.serving.at)
        key = (where, transport, one.serving.protocol)
        known = kept.get(key)
        kept[key] = _merged(known, one) if known else one
    return list(kept.values())


def _merged(one: Listening, other: Listening) -> Listening:
    """Return one listener for two places with the same address: what is public wins."""
    role = one.role if one.role == other.role else ""
    host = one.bound.host if one.bound.host == other.bound.host else ""
    variable = one.bound.variable or other.bound.variable
    where = replace(one.bound, host=host, variable=variable)
    return replace(one, bound=where, role=role)
