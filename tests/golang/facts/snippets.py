"""Go projects in a few lines: sources made of texts, and what `sink(…)` gets in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gotare.golang.facts.sources import Call, SourceFile, Sources
from gotare.golang.facts.values import Value, Values
from gotare.golang.syntax.file import read_file

MODULE = "example.com/app"
HEAD = """package main

import (
    "cmp"
    "fmt"
    "log"
    "net"
    "os"
    "path/filepath"
    "strconv"
    "strings"
    "time"
)
"""
"""What most snippets import. Snippets that import something else write their own."""


def sources_of(*texts: str, **packages: str) -> Sources:
    """Return sources: texts of package main, and one text for each package under internal/."""
    files = [
        SourceFile(f"main{number}.go", MODULE, read_file(_whole(text).encode()))
        for number, text in enumerate(texts)
    ]
    for name, text in packages.items():
        path = f"{MODULE}/internal/{name}"
        whole = text if text.lstrip().startswith("package") else f"package {name}\n{text}"
        files.append(SourceFile(f"internal/{name}/{name}.go", path, read_file(whole.encode())))
    return Sources(files)


def _whole(text: str) -> str:
    return text if text.lstrip().startswith("package") else HEAD + text


def sinks(sources: Sources) -> list[Call]:
    """Return the calls of sink, which is nowhere declared."""
    return [c for s in sources.files for c in sources.calls(s) if c.expr[1] == ("name", "sink")]


def sunk(*texts: str, **packages: str) -> Value:
    """Return the value that the first `sink(…)` gets."""
    sources = sources_of(*texts, **packages)
    call = sinks(sources)[0]
    return Values(sources).value(call, call.arguments[0])


def short(value: Value) -> tuple[str | None, str, str]:
    """Return text, variable and flag."""
    return value.text, value.variable, value.flag


def cases(*names: str) -> list[Any]:
    """Return the cases of tables: the JSON after each `===`, and the Go code below it."""
    found = []
    for name in names:
        text = Path(__file__).with_name("cases").joinpath(f"{name}.txt").read_text()
        for case in text.split("=== ")[1:]:
            expected, _, code = case.partition("\n")
            found.append((json.loads(expected), code))
    return found
