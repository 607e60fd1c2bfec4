"""Measures what gotare finds against the truth, and keeps the outcome in floors.yaml.

    .venv/bin/python -m tests.golang.truth.measure           # prints what is missed and false
    .venv/bin/python -m tests.golang.truth.measure --keep    # writes it down as well

The tests allow no miss and no false alarm beyond those that are written down, and docs/facts.md
shows them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from gotare.golang.project import Project, load_project
from gotare.golang.toolchain import Go, find_go
from tests.golang.truth.score import KINDS, TRUTH, Score, projects, root_of, score

FLOORS: Final = TRUTH / "floors.yaml"
_SETTINGS: Final = ("GOFLAGS", "GOPRIVATE", "GONOPROXY", "GONOSUMDB")
PRIVATE: Final = "git.corp.example/*"
"""What the developers of vendored-private have set; nobody else's modules match."""


def load(name: str, go: Go) -> Project:
    """Load a project in an environment without settings of this machine."""
    env = {key: value for key, value in os.environ.items() if key not in _SETTINGS}
    env |= {"GOTOOLCHAIN": "local", "GOPRIVATE": PRIVATE}
    return load_project(root_of(name), [], go, env, platforms=[("linux", "amd64")])


def total(loaded: Mapping[str, Project]) -> dict[str, Score]:
    """Return the scores of all projects together, by kind."""
    result = {kind.name: Score() for kind in KINDS}
    for name, project in loaded.items():
        for kind, one in score(name, project).items():
            result[kind].add(one)
    return result


def load_all(go: Go) -> dict[str, Project]:
    """Load every project that has a truth."""
    return {name: load(name, go) for name in projects()}


def read_floors(path: Path = FLOORS) -> dict[str, Score]:
    """Return what was written down."""
    document: dict[str, Any] = yaml.safe_load(path.read_text())
    return {kind: Score(**counts) for kind, counts in document.items()}


def write_floors(scores: Mapping[str, Score], path: Path = FLOORS) -> None:
    """Write scores down."""
    document = {
        kind: {"right": one.right, "missed": sorted(one.missed), "false": sorted(one.false)}
        for kind, one in scores.items()
    }
    head = "# Written by tests/golang/truth/measure.py --keep.\n"
    path.write_text(head + yaml.safe_dump(document, sort_keys=False, width=100))


def _show(scores: Mapping[str, Score]) -> None:
    for kind, one in scores.items():
        print(f"{kind:26} {one.right:3} right  P {one.precision:.2f}  R {one.recall:.2f}")
        for text in sorted(one.missed):
            print(f"    missed  {text}")
        for text in sorted(one.false):
            print(f"    false   {text}")


if __name__ == "__main__":
    measured = total(load_all(find_go(None, os.environ)))
    _show(measured)
    if "--keep" in sys.argv[1:]:
        write_floors(measured)
