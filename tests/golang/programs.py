"""Compiles small Go programs with the real Go, for the tests that read binaries."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

LINUX = {"CGO_ENABLED": "0", "GOOS": "linux"}


def go_env(**changes: str) -> dict[str, str]:
    """This process's environment without what would change how Go builds."""
    settled = {"GOFLAGS": "", "GOTOOLCHAIN": "local", "GOWORK": "off", **changes}
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GO", "CGO"))}
    caches = {k: v for k, v in os.environ.items() if k in ("GOCACHE", "GOROOT")}
    return {**kept, **caches, **settled}


def run_go(go: Path, folder: Path, *arguments: str, **env: str) -> str:
    """Run `go` in the folder; the test fails with what it printed when it does."""
    done = subprocess.run(
        [go, *arguments], cwd=folder, env=go_env(**env), capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def build_programs(
    go: Path, folder: Path, sources: Mapping[str, str], *flags: str, **env: str
) -> dict[str, Path]:
    """Build each source as its own program of one module, stripped; return the binaries."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "go.mod").write_text("module example.com/programs\n\ngo 1.21\n")
    for name, source in sources.items():
        (folder / name).mkdir()
        (folder / name / "main.go").write_text(source)
    out = folder / "out"
    out.mkdir()
    defaults = ("-trimpath", "-buildvcs=false", "-ldflags=-s -w")
    run_go(go, folder, "build", *defaults, *flags, "-o", f"{out}/", "./...", **env)
    return {name: out / name for name in sources}
