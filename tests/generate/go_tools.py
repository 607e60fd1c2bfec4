"""Programs written in Go that check generated files, installed by name into a cache folder."""

from __future__ import annotations

import fcntl
import os
import subprocess
from pathlib import Path

import pytest

KUSTOMIZE = "sigs.k8s.io/kustomize/kustomize/v5@v5.8.1"
COMPOSE_LOADER = Path(__file__).parent / "compose_loader"
"""The library that `docker compose config` stands on, as a program of a few lines."""


def go_program(go: Path, sources: Path, folder: Path) -> Path:
    """Return a program of the tests' own, compiled; skip the test when modules cannot be had."""
    program = folder / sources.name
    environment = {**os.environ, "GOFLAGS": "-mod=readonly", "CGO_ENABLED": "0", "GOWORK": "off"}
    command: list[Path | str] = [go, "build", "-o", program, "."]
    done = subprocess.run(command, cwd=sources, env=environment, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"go build in {sources.name} fails: {done.stderr[-500:]}")
    return program


def go_tool(go: Path, query: str) -> Path:
    """Return a program's path, installed once; skip the test when its module cannot be had."""
    module, _, version = query.partition("@")
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gotare-test-tools"
    folder = root / module.replace("/", "_") / version
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _installed(folder) or _install(go, query, folder)


def _installed(folder: Path) -> Path | None:
    return next((path for path in (folder / "bin").glob("*") if os.access(path, os.X_OK)), None)


def _install(go: Path, query: str, folder: Path) -> Path:
    environment = {**os.environ, "GOBIN": str(folder / "bin"), "GOFLAGS": "", "CGO_ENABLED": "0"}
    done = subprocess.run(
        [go, "install", "-trimpath", "-ldflags=-s -w", query],
        env=environment,
        capture_output=True,
        text=True,
    )
    found = _installed(folder)
    if done.returncode or not found:
        pytest.skip(f"go install {query} fails: {done.stderr[-500:]}")
    return found
