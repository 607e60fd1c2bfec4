"""Which ports a container has, and what each is called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from gotare.golang.facts.types import Listener, Unknown
from gotare.workload import Note, Port

_LOOPBACK: Final = ("localhost", "127.", "::1", "[::1]")
_TRANSPORT: Final = {"udp": "udp"}
_HIGHEST_PRIVILEGED: Final = 1023


def is_loopback(host: str) -> bool:
    """Whether only the container itself can reach a listener on this host."""
    return host.startswith(_LOOPBACK)


def reachable(listeners: Iterable[Listener]) -> list[Listener]:
    """Return the listeners whose port is known and that others can reach."""
    return [item for item in listeners if item.port and not is_loopback(item.host)]


def ports_of(listeners: Iterable[Listener]) -> tuple[Port, ...]:
    """Return the ports, each once, with unique names; the program's own service first."""
    found: dict[tuple[int, str], Port] = {}
    names: set[str] = set()
    for listener in sorted(reachable(listeners), key=lambda item: bool(item.role)):
        transport = "udp" if listener.protocol == "udp" else "tcp"
        key = (listener.port or 0, transport)
        if key not in found:
            name = _unique(listener.role or listener.protocol, key[0], names)
            found[key] = _port(listener, name)
    return tuple(found.values())


def _unique(name: str, number: int, taken: set[str]) -> str:
    """Return the name, with the number behind it when another port has it already."""
    chosen = name if name not in taken else f"{name}-{number}"
    taken.add(chosen)
    return chosen


def _port(listener: Listener, name: str) -> Port:
    application = listener.protocol if listener.protocol != "unix" else "tcp"
    return Port(
        number=listener.port or 0,
        name=name,
        protocol="udp" if listener.protocol == "udp" else "tcp",
        application=application,
        variable=listener.variable,
        public=not listener.role,
        at=str(listener.at),
    )


def port_notes(
    image: str, listeners: Sequence[Listener], unknown: Iterable[Unknown]
) -> Iterator[Note]:
    """Yield what the user should know about the ports."""
    for listener in listeners:
        at = str(listener.at)
        if listener.port and is_loopback(listener.host):
            text = f"listens on {listener.host}:{listener.port}, which nobody outside the container can reach"  # noqa: E501
            yield Note(image, "loopback-listener", text, at)
        elif listener.port == 0 and not (listener.variable or listener.flag):
            yield Note(image, "any-port", "listens on any free port, which nobody can know", at)
        elif listener.port and listener.port <= _HIGHEST_PRIVILEGED:
            text = f"port {listener.port} is privileged: the user is not root, so some runtimes refuse it"  # noqa: E501
            yield Note(image, "privileged-port", text, at)
    for item in unknown:
        if item.what == "port":
            yield Note(
                image,
                "unknown",
                f"a port is unknown: {item.why}; settle it with ports:",
                str(item.at),
            )
