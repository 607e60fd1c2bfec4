"""Gives every published port a number on the host that no other has."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from gotare.plan import Plan
from gotare.workload import Port

Taken = set[tuple[str, int]]
"""Protocols and numbers on the host that something has already."""

_HIGHEST: Final = 65535
_UNPRIVILEGED: Final = 1024
_ABOVE: Final = 8000
"""What is added to a privileged port where a developer, who is not root, asks: 80 becomes 8080."""


def free_port(number: int, protocol: str, taken: Taken, lowest: int = 1) -> int:
    """Return the same number, or the next that is free, and take it."""
    host = number if number >= lowest else number + _ABOVE
    while (protocol, host) in taken:
        host = host + 1 if host < _HIGHEST else _UNPRIVILEGED
    taken.add((protocol, host))
    return host


def program_ports(
    plan: Plan, taken: Taken, lowest: int = 1, operators: bool = False
) -> dict[str, dict[Port, int]]:
    """Return the host's number of each public port, by the image's name; those for operators too,
    where they are asked for."""
    found: dict[str, dict[Port, int]] = {image.name: {} for image in plan.images}
    for image in plan.images:
        if image.workload.kind != "cli":
            for port in _chosen(image.workload.ports, operators):
                found[image.name][port] = free_port(port.number, port.protocol, taken, lowest)
    return found


def _chosen(ports: Iterable[Port], operators: bool) -> Iterable[Port]:
    return (port for port in ports if port.public or operators)
