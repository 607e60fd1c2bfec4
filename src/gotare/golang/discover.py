"""Finds the folders of a module that may hold a main package, by reading the heads of files.

`go list -deps ./...` loads every package of a module and all that they import; only the mains and
their dependencies matter. Measured on ko (40 folders, 950 packages): `go list -find ./...` 75 ms,
this scan 4 ms, and go list then confirms what the scan found.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gotare.golang.constraints import constraint_of

_PACKAGE = re.compile(rb"^\s*package[ \t]+(\w+)", re.MULTILINE)
_HEAD = 16 << 10


@dataclass(slots=True)
class Scan:
    """What a walk over a module saw.

    `folders` were listed and `decisive` files were read: while none of them changes, another walk
    finds the same `candidates`.
    """

    candidates: list[Path] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)
    decisive: list[Path] = field(default_factory=list)


def scan(top: Path, ignored: Sequence[str] = ()) -> Scan:
    """Walk the folders that `./...` means at `top` and note those with a `package main` file.

    Left out, as the go command does: folders that start with `.` or `_`, testdata, vendor, other
    modules, symbolic links, and what `ignore` directives of go.mod name.
    """
    found = Scan()
    for folder, files in _walk(top, _Ignored(top, ignored)):
        found.folders.append(folder)
        _judge(folder, files, found)
    return found


def _judge(folder: Path, files: list[str], found: Scan) -> None:
    """Read files until one says which package the folder holds.

    A file with a constraint may be another package's (`//go:build ignore`), so it never says no.
    """
    for name in files:
        path = folder / name
        found.decisive.append(path)
        package, constraint = package_clause(path)
        if package == "main" and constraint != "ignore":
            found.candidates.append(folder)
            return
        if package and package != "main" and not constraint:
            return


def package_clause(path: Path) -> tuple[str, str]:
    """Return the package name and the build constraint of a Go file; "" where there is none."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
            match = _PACKAGE.search(_blank(head))
            if not match:  # a licence or a long package comment comes first
                head += file.read(1 << 20)
                match = _PACKAGE.search(_blank(head))
    except OSError:
        return "", ""
    return (match[1].decode() if match else ""), constraint_of(head)


def _blank(head: bytes) -> bytes:
    """Return the head without block comments, where a line may start with `package` too."""
    return re.sub(rb"/\*.*?(?:\*/|\Z)", b"", head, flags=re.DOTALL) if b"/*" in head else head


class _Ignored:
    """The `ignore` directives of a go.mod (Go 1.25): `./x` from the root, `x` at any depth."""

    def __init__(self, top: Path, patterns: Sequence[str]) -> None:
        self._rooted = {top / pattern for pattern in patterns if pattern.startswith("./")}
        self._anywhere = tuple("/" + p.strip("/") for p in patterns if not p.startswith("./"))

    def __contains__(self, folder: Path) -> bool:
        return folder in self._rooted or (
            bool(self._anywhere) and str(folder).endswith(self._anywhere)
        )


def _walk(folder: Path, ignored: _Ignored) -> Iterator[tuple[Path, list[str]]]:
    """Yield each folder with its Go files that are no tests, sorted."""
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError:
        return
    yield folder, [entry.name for entry in entries if _is_source(entry.name)]
    for entry in entries:
        if _is_visible(entry) and not os.path.exists(f"{entry.path}/go.mod"):  # noqa: PTH110
            below = folder / entry.name
            if below not in ignored:
                yield from _walk(below, ignored)


def _is_source(name: str) -> bool:
    return name.endswith(".go") and not name.endswith("_test.go") and name[0] not in "._"


def _is_visible(entry: os.DirEntry[str]) -> bool:
    hidden = entry.name[0] in "._" or entry.name in ("testdata", "vendor")
    return not hidden and entry.is_dir(follow_symlinks=False)
