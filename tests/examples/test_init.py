"""The files of `gotare init` in the examples are those that it writes today."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from scripts.write_examples import PIPELINES, copy
from tests.build.run import gotare
from tests.conftest import ROOT
from tests.examples.service import go_run

HELP = "run .venv/bin/python scripts/write_examples.py"
EVERYWHERE = {
    *("Dockerfile", "Dockerfile.alpine", "Dockerfile.debian", "Dockerfile.dev", ".air.toml"),
    *(".dockerignore", "compose.yaml", "compose.dev.yaml", "Makefile", "docs/container.md"),
    *("k8s/base/kustomization.yaml", "k8s/overlays/prod/kustomization.yaml", "gotare.yaml"),
}
OWN = {
    "rest-api": {"k8s/base/deployment.yaml", ".env.example", ".github/workflows/container.yml"},
    "grpc": {"k8s/base/deployment.yaml", ".gitlab-ci.yml"},
    "cli": {"k8s/base/cronjob.yaml", ".github/workflows/container.yml"},
}


def with_go_of_here(project: Path, go: Path) -> None:
    """Let Dockerfiles and pipelines name the Go that is here: it decides the tag of their image."""
    (version,) = re.findall(r"go([\d.]+)", go_run(go, project, "env", "GOVERSION"))
    for path in project.rglob("*"):
        if path.is_file() and path.suffix != ".go":
            text = path.read_text()
            path.write_text(re.sub(r"\bgolang:\d[\d.]*\d", f"golang:{version}", text))


@pytest.mark.parametrize("name", PIPELINES)
def test_init_changes_nothing(name: str, go: Path, tmp_path: Path) -> None:
    project = copy(name, tmp_path)
    with_go_of_here(project, go)
    go_run(go, project, "mod", "download")
    done = gotare("init", "--yes", "--diff", "-C", project, cache=tmp_path / "cache")
    assert (done.code, done.out) == (0, "nothing would change\n"), f"{HELP}\n{done.out}{done.err}"


@pytest.mark.parametrize("name", PIPELINES)
def test_the_files_are_committed(name: str) -> None:
    words = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "."]
    folder = ROOT / "examples" / name
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        pytest.skip("not in the repository: a git work tree, for this is an archive")
    assert EVERYWHERE | OWN[name] <= set(done.stdout.split())


def test_a_change_is_seen(go: Path, tmp_path: Path) -> None:
    project = copy("cli", tmp_path)
    with_go_of_here(project, go)
    (project / "compose.yaml").unlink()
    go_run(go, project, "mod", "download")
    done = gotare("init", "--yes", "--diff", "-C", project, cache=tmp_path / "cache")
    assert done.code == 1
    assert "compose.yaml" in done.out
