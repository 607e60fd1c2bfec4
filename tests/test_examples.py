"""The example projects are good Go: formatted, vetted, tested.

Those here are without dependencies; tests/examples has those that talk to others.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from gotare.config import load_config
from gotare.settings import Settings
from tests.conftest import ROOT

EXAMPLES = ROOT / "examples"
ALONE = ("assets", "hello", "workspace")
PROJECTS = sorted(
    path.parent.relative_to(EXAMPLES)
    for name in ALONE
    for path in (EXAMPLES / name).rglob("go.mod")
)
FOLDERS = sorted(path.relative_to(EXAMPLES) for path in EXAMPLES.iterdir() if path.is_dir())


def run(program: Path, *arguments: str, folder: Path) -> str:
    """Run a Go tool without network; return what it prints."""
    env = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly", "GOPROXY": "off"}
    done = subprocess.run(
        [program, *arguments], cwd=folder, env=env, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_all_projects_are_found() -> None:
    assert {str(folder) for folder in FOLDERS} == {*ALONE, "cli", "grpc", "rest-api"}
    assert {project.parts[0] for project in PROJECTS} == set(ALONE)


@pytest.mark.parametrize("project", PROJECTS, ids=str)
def test_go_mod_is_for_older_go_and_alone(project: Path) -> None:
    lines = (EXAMPLES / project / "go.mod").read_text().splitlines()
    assert "go 1.24" in lines
    needed = [line for line in lines if line.startswith("require")]
    assert all(line.startswith("require example.com/workspace/") for line in needed)
    assert not (EXAMPLES / project / "go.sum").exists()


def test_the_sources_are_formatted(go: Path) -> None:
    assert run(go.parent / "gofmt", "-l", ".", folder=EXAMPLES) == ""


@pytest.mark.parametrize("project", PROJECTS, ids=str)
def test_vet(go: Path, project: Path) -> None:
    run(go, "vet", "./...", folder=EXAMPLES / project)


@pytest.mark.parametrize("project", PROJECTS, ids=str)
def test_their_own_tests_pass(go: Path, project: Path) -> None:
    printed = run(go, "test", "./...", folder=EXAMPLES / project)
    assert "ok " in printed


@pytest.mark.parametrize("folder", FOLDERS, ids=str)
def test_their_settings_are_understood(folder: Path) -> None:
    config = load_config(EXAMPLES / folder)
    assert config.images or config.common != Settings()
