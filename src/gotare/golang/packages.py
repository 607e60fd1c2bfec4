"""Asks `go list` for packages, once per platform and at the same time.

Only named fields are asked for: without the list of fields go would hash everything to tell what is
stale (97 ms instead of 45 ms for a net/http program).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from gotare.errors import ToolError
from gotare.frozen import dataclass
from gotare.golang.process import Command, run_all
from gotare.golang.toolchain import Go, go_failed

_FILES = (
    "GoFiles,CgoFiles,IgnoredGoFiles,InvalidGoFiles,IgnoredOtherFiles,CFiles,CXXFiles,MFiles,"
    "HFiles,FFiles,SFiles,SwigFiles,SwigCXXFiles,SysoFiles,EmbedFiles"
)
_FIELDS = f"ImportPath,Name,Dir,Standard,DepOnly,Match,Module,Imports,EmbedPatterns,Error,{_FILES}"


@dataclass(frozen=True, slots=True)
class PackageProblem:
    """An error that go list tells of a package; `stack` is the chain of imports to it."""

    position: str
    text: str
    stack: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.position}: {self.text}" if self.position else self.text


@dataclass(frozen=True, slots=True)
class Listed:
    """A package as `go list -deps -e -json` tells it."""

    fields: Mapping[str, Any]

    @property
    def import_path(self) -> str:
        """The import path."""
        return str(self.fields.get("ImportPath", ""))

    @property
    def name(self) -> str:
        """The name in its package clause; "main" for a program."""
        return str(self.fields.get("Name", ""))

    @property
    def dir(self) -> str:
        """Its folder, absolute; "" when there is none."""
        return str(self.fields.get("Dir", ""))

    @property
    def standard(self) -> bool:
        """Whether it belongs to the standard library."""
        return bool(self.fields.get("Standard"))

    @property
    def named(self) -> bool:
        """Whether it was asked for, and not only imported."""
        return not self.fields.get("DepOnly")

    @property
    def module(self) -> Mapping[str, Any]:
        """The module that holds it; empty for the standard library."""
        return self.fields.get("Module") or {}

    @property
    def imports(self) -> tuple[str, ...]:
        """What it imports."""
        return tuple(self.fields.get("Imports") or ())

    @property
    def embed_patterns(self) -> tuple[str, ...]:
        """The patterns of its //go:embed lines."""
        return tuple(self.fields.get("EmbedPatterns") or ())

    @property
    def problem(self) -> PackageProblem | None:
        """What is wrong with it."""
        error = self.fields.get("Error")
        if not error:
            return None
        return PackageProblem(error["Pos"], error["Err"], tuple(error["ImportStack"] or ()))

    def files(self, *kinds: str) -> tuple[str, ...]:
        """Return its files of some kinds (the field names of go list), or all that builds read."""
        return tuple(
            name for kind in kinds or _FILES.split(",") for name in self.fields.get(kind) or ()
        )


@dataclass(frozen=True, slots=True)
class Query:
    """What to ask go list: `env` decides the platform, `flags` may hold -tags."""

    go: Go
    directory: Path
    patterns: tuple[str, ...]
    flags: tuple[str, ...] = ()


def list_packages(
    query: Query,
    envs: Sequence[Mapping[str, str]],
    meanwhile: Iterator[object] | None = None,
) -> list[tuple[Listed, ...]]:
    """List the packages and all that they import, once for each environment.

    `meanwhile` is advanced, step by step, as long as go works. With -e, wrong packages come with a
    `problem`. Raises ToolError when go cannot list at all.
    """
    return _list(query, ("-deps",), envs, meanwhile)


def list_named(query: Query, env: Mapping[str, str]) -> tuple[Listed, ...]:
    """List only the packages that the patterns mean, without loading what they import."""
    return _list(query, ("-find",), [env])[0]


def _list(
    query: Query,
    mode: tuple[str, ...],
    envs: Sequence[Mapping[str, str]],
    meanwhile: Iterator[object] | None = None,
) -> list[tuple[Listed, ...]]:
    args = ("list", *mode, "-e", f"-json={_FIELDS}", *query.flags, "--", *query.patterns)
    commands = [
        Command((str(query.go.path), *args), query.directory, query.go.environment(env))
        for env in envs
    ]
    finished = run_all(commands, meanwhile)
    for done in finished:
        if done.code:
            raise go_failed(args, done.stderr)
    return [tuple(_parse(done.stdout)) for done in finished]


def _parse(output: str) -> Iterable[Listed]:
    """Read objects one after another. Go indents, so only objects end at the start of a line."""
    try:
        documents = json.loads("[" + output.replace("\n}\n{", "\n},{") + "]")
    except ValueError as error:
        raise ToolError(f"go list wrote what is not JSON: {error}", output[:1000]) from None
    return map(Listed, documents)
