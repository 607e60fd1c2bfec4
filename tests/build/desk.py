"""A project with a cache and a `go` that tells, for the tests of what is reused."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from tests.build.projects import MAIN, tiny, write
from tests.build.run import (
    load,
    result,
)
from tests.golang.sources import git

EMBED = """package main

import _ "embed"

//go:embed words.txt
var words string

func init() { print(words) }
"""
SETTINGS = "files: [{source: conf, destination: /etc/app}]\n"
FILES = {
    "embed.go": EMBED,
    "words.txt": "words",
    "gotare.yaml": SETTINGS,
    "conf/a.txt": "a",
    "conf/deep/b.txt": "b",
    "other/other.go": 'package other\n\nconst Word = "one"\n',
    "main.go": MAIN.replace(
        'import "os"', 'import (\n\t"os"\n\n\t"example.com/tiny/other"\n)'
    ).replace('"tiny "', '"tiny "+other.Word+" "'),
}


@dataclass
class Desk:
    """A project with a cache and a `go` that writes down each call."""

    project: Path
    cache: Path
    go: Path
    calls: Path
    unchanged: bool = False

    def build(self, *arguments: str, **env: str) -> str:
        """Build; return the digest. The layout must hold a valid image of it."""
        place = str(self.go.parent)
        path = f"{place}:{os.environ['PATH']}"
        document = result(self.project, self.cache, *arguments, **{"PATH": path, **env})
        (told,) = document["images"]
        assert load(self.project / "dist").root.digest == told["digest"]
        self.unchanged = document["timings"] == {}
        digest: str = told["digest"]
        return digest

    def take_calls(self) -> list[str]:
        """Return how `go` was called since the last time."""
        lines = self.calls.read_text().splitlines() if self.calls.exists() else []
        self.calls.unlink(missing_ok=True)
        return lines


def wrapper(path: Path, go: Path, calls: Path) -> Path:
    """Write a `go` that notes its arguments and runs the real one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/sh\necho "$@" >> "{calls}"\nexec "{go}" "$@"\n')
    path.chmod(0o755)
    return path


def set_up(tmp_path: Path, go: Path) -> Desk:
    """Write the project into a repository with one commit."""
    project = tiny(tmp_path / "tiny", FILES)
    git(project, "init", "-q", "-b", "main")
    write(project, {".gitignore": "dist/\n"})
    git(project, "add", ".")
    git(project, "commit", "-q", "-m", "first")
    calls = tmp_path / "calls"
    return Desk(project, tmp_path / "cache", wrapper(tmp_path / "bin" / "go", go, calls), calls)


def states(*folders: Path) -> dict[str, tuple[int, int, int, int, int]]:
    """Return size, times, inode and mode of everything below the folders."""
    found = {}
    for folder in folders:
        for path in (folder, *folder.rglob("*")):
            seen = path.lstat()
            found[str(path)] = (
                seen.st_size,
                seen.st_mtime_ns,
                seen.st_ctime_ns,
                seen.st_ino,
                seen.st_mode,
            )
    return found


def flip(path: Path, place: int = 100, bits: int = 0x55) -> None:
    """Change a byte."""
    content = bytearray(path.read_bytes())
    content[place % len(content)] ^= bits
    path.write_bytes(content)


def truncate(path: Path) -> None:
    """Leave half of a file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
