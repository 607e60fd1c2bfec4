"""What programs listen on, as projects write it."""

from __future__ import annotations

import pytest

from gotare.golang.facts.listeners import listeners
from gotare.golang.facts.types import Listener, Unknown
from tests.golang.facts.go_programs import cases, program


def line_of(listener: Listener) -> str:
    named = {
        "host": listener.host,
        "var": listener.variable,
        "flag": listener.flag,
        "role": listener.role,
        "path": listener.path,
    }
    port = [] if listener.protocol == "unix" else [str(listener.port)]
    rest = [f"{name}={value}" for name, value in named.items() if value]
    return " ".join([listener.protocol, *port, *rest])


def unknown_of(unknown: Unknown) -> str:
    assert unknown.what == "port"
    return f"? {unknown.why.removeprefix('computed from ')}"


@pytest.mark.parametrize(("expected", "code"), cases("listeners"))
def test_what_a_program_listens_on(expected: str, code: str) -> None:
    one = program(code)
    found = listeners(one.sources, one.values, one.packages)
    lines = [*map(line_of, found.listeners), *map(unknown_of, found.unknowns)]
    assert "\n".join(lines or ["none"]) == expected
    assert all(listener.at.line for listener in found.listeners)
