"""Makes small Go projects for the tests."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from gotare.golang.project import Project, load_project
from gotare.golang.toolchain import Go

MAIN = "package main\n\nfunc main() {}\n"
OFFLINE = {**os.environ, "GOPROXY": "off", "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local"}
PLATFORMS = [("linux", "amd64")]


def write(folder: Path, files: Mapping[str, str]) -> Path:
    """Write files below a folder; a go.mod given as a word is a module of that name."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.name == "go.mod" and "\n" not in content:
            content = f"module {content}\n\ngo 1.21\n"
        path.write_text(content)
    return folder


def load(go: Go, folder: Path, *patterns: str, env: Mapping[str, str] = OFFLINE) -> Project:
    """Load a project for linux/amd64, without the network."""
    return load_project(folder, patterns, go, env, platforms=PLATFORMS)


def git(folder: Path, *args: str) -> str:
    """Run git with an identity and a date of its own."""
    env = {
        **os.environ,
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_AUTHOR_DATE": "2024-01-02T03:04:05Z",
        "GIT_COMMITTER_DATE": "2024-01-02T03:04:05Z",
    }
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", *identity, *args], cwd=folder, env=env, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()
