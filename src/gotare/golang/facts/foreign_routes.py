"""Routers that are handed to code that cannot be read: generated, or of another module."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gotare.golang.facts.program import Program
from gotare.golang.facts.registration import UNKNOWN, Registration
from gotare.golang.facts.sources import Call

_REGISTERS: Final = re.compile(r"^(?:Register|HandlerFrom|HandlerWith|Attach|Bind|Mount|Install)")


def foreign_routes(program: Program) -> Iterator[Registration]:
    """Yield a route of unknown path for each router that is handed to `pb.RegisterShopHandler` or
    the like: what is registered there is no check, but it is something."""
    for name in program.sources.called:
        if _REGISTERS.match(name.rpartition(".")[2]) and not _is_read(program, name):
            for call in program.sources.calling(name):
                if call.source.package in program.packages:
                    yield from _of_call(call)


def _is_read(program: Program, name: str) -> bool:
    """Tell whether a function is the project's own, and not generated."""
    package, _, function = name.rpartition(".")
    found = program.sources.function(package, function)
    return found is not None and not found[0].file.generated


def _of_call(call: Call) -> Iterator[Registration]:
    for argument in call.arguments:
        if argument[0] in ("name", "select"):
            yield Registration(call, call.at(), argument, UNKNOWN)
