"""Subcommands and flags that a container can use, as projects write them."""

from __future__ import annotations

import pytest

from gotare.golang.facts.subcommands import subcommands
from tests.golang.facts.go_programs import cases, program

ORDER = ("healthcheck", "version", "serve", "migrate")


@pytest.mark.parametrize(("expected", "code"), cases("subcommands"))
def test_subcommands_of_programs(expected: str, code: str) -> None:
    one = program(code)
    found = subcommands(one.sources, one.values, one.packages)
    lines = [f"{command.role}: {' '.join(command.words)}" for command in found]
    assert "\n".join(lines or ["none"]) == expected
    assert [command.role for command in found] == sorted(
        (command.role for command in found), key=ORDER.index
    )
    assert all(command.at.line for command in found)
