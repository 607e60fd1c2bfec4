"""Finders never fail, whatever the code is: half a file, lines lost, or names that clash."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from gotare.golang.facts.grpc import grpc_facts
from gotare.golang.facts.hazards import hazards_of
from gotare.golang.facts.listeners import listeners
from gotare.golang.facts.loops import loops
from gotare.golang.facts.routes import routes
from gotare.golang.facts.shutdown import shutdown
from gotare.golang.facts.sources import SourceFile, Sources
from gotare.golang.facts.subcommands import subcommands
from gotare.golang.facts.values import Values
from gotare.golang.syntax.file import read_file
from tests.golang.facts.go_programs import cases, whole

FINDERS: tuple[Callable[..., Any], ...] = (
    listeners, routes, grpc_facts, subcommands, shutdown, loops, hazards_of,
)  # fmt: skip
TABLES = ("listeners", "routes", "subcommands", "shutdown", "loops", "hazards")
TEXTS = [whole(code, "main") for table in TABLES for _, code in cases(table) if "-- " not in code]


def ask_all(*texts: str) -> None:
    files = [
        SourceFile(f"f{number}.go", "example.com/shop", read_file(text.encode()))
        for number, text in enumerate(texts)
    ]
    sources = Sources(file for file in files if file.file.package)
    for finder in FINDERS:
        finder(sources, Values(sources), frozenset({"example.com/shop"}))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(TEXTS), st.data())
def test_code_that_is_cut(text: str, data: st.DataObject) -> None:
    end = data.draw(st.integers(0, len(text)))
    lost = data.draw(st.integers(0, text.count("\n")))
    lines = text.splitlines()
    ask_all(text[:end])
    ask_all("\n".join(lines[:lost] + lines[lost + 1 :]))


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(TEXTS), min_size=2, max_size=6))
def test_programs_thrown_together(texts: list[str]) -> None:
    ask_all(*texts)
