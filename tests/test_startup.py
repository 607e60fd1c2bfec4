"""What a command imports before it works, because that is most of what a quick command costs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.usefixtures("still_source")

HEAVY = {
    "cyclonedx": "SBOMs",
    "deflate": "compression",
    "elftools": "binaries",
    "jinja2": "templates",
    "jsonschema": "validation",
    "lsprotocol": "editors",
    "pygls": "editors",
    "rich": "a live terminal",
    "ruamel": "editing gotare.yaml",
    "tarfile": "archives",
    "tree_sitter": "sources",
    "urllib3": "registries",
    "yaml": "gotare.yaml",
    "zstandard": "compression",
}
"""Modules that cost milliseconds, and what they are for."""

ELSEWHERE = {
    "cyclonedx": "SBOMs of another format",
    "gotare.generate": "files of deployments",
    "gotare.golang.facts.cli_declared": "kong, go-flags, go-arg, kingpin, mitchellh/cli",
    "gotare.golang.facts.cli_libraries": "cobra, urfave/cli, ffcli",
    "gotare.golang.facts.finding": "the answer of go list",
    "gotare.golang.facts.generators": "code generators",
    "gotare.golang.facts.huma": "huma",
    "gotare.golang.facts.inventory": "the files of a project",
    "gotare.golang.facts.key_dialects": "viper, koanf",
    "gotare.golang.facts.koanf_settings": "koanf",
    "gotare.golang.facts.source_facts": "the answer of go list",
    "gotare.golang.facts.viper_settings": "viper",
    "gotare.lint": "findings",
    "jinja2": "templates",
    "jsonschema": "validation",
    "lsprotocol": "editors",
    "pygls": "editors",
    "rich": "a live terminal",
    "ruamel": "editing gotare.yaml",
    "urllib3": "registries",
}
"""What is about other projects, or other commands, than a build of hello after an edit."""

PROJECTS = {
    "gotare.decide": "what images need",
    "gotare.golang.packages": "the answer of go list",
    "gotare.golang.process": "programs that are run",
    "gotare.golang.project": "the project",
    "gotare.golang.syntax": "Go sources",
    "hashlib": "baselines",
    "subprocess": "programs that are run",
    "tempfile": "files that are written",
}
"""What is about a Go project, or other commands, than linting a file that is named."""

PROGRAM = """
import json, sys
from gotare.cli.main import run
code = run(sys.argv[2:])
with open(sys.argv[1], "w") as file:
    json.dump([code, sorted(sys.modules)], file)
"""


def imported(tmp_path: Path, *arguments: str, cwd: Path = ROOT, go_cache: str = "") -> set[str]:
    """Run gotare in a fresh interpreter; return the modules that it had at its end."""
    told = tmp_path / "modules.json"
    env = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), "GOCACHE": go_cache}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, told, *arguments],
        capture_output=True,
        text=True,
        env=env,
        cwd=cwd,
    )
    assert done.returncode == 0, done.stderr
    code, modules = json.loads(told.read_text())
    assert code == 0, done.stderr
    return set(modules)


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("build", "--help")])
def test_help_imports_nothing_heavy(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert imported(tmp_path, *arguments) & set(HEAVY) == set()


@pytest.fixture
def hello(tmp_path: Path) -> Path:
    """A copy of examples/hello."""
    folder = tmp_path / "hello"
    shutil.copytree(ROOT / "examples" / "hello", folder, ignore=shutil.ignore_patterns("dist"))
    return folder


@pytest.fixture(scope="module")
def go_cache(go: Path) -> str:
    """Go's own cache: compiling the standard library is not what is tested."""
    printed = subprocess.run([go, "env", "GOCACHE"], check=True, capture_output=True, text=True)
    return printed.stdout.strip()


def test_linting_a_dockerfile_imports_nothing_of_what_builds(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "Dockerfile").write_text("FROM a:1\nRUN go build\nUSER 1:1\n")
    found = imported(tmp_path, "lint", "--fail-on", "never", cwd=project)
    assert found & set(HEAVY) == {"tree_sitter"}  # which reads the commands of RUN


def test_linting_without_a_project_imports_nothing_of_projects(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "Dockerfile").write_text("FROM a:1\nRUN go build -o /a && curl x\nUSER 1:1\n")
    options = ("--no-project", "--fail-on", "never")
    found = imported(tmp_path, "lint", "Dockerfile", *options, cwd=project)
    assert "gotare.lint.rules.runtime" in found
    assert found & PROJECTS.keys() == set()


def test_a_build_with_nothing_to_do_imports_nothing_heavy(
    tmp_path: Path, hello: Path, go_cache: str
) -> None:
    first = imported(tmp_path, "build", cwd=hello, go_cache=go_cache)
    assert {"deflate", "yaml"} <= first  # the names are those that work imports
    assert imported(tmp_path, "build", cwd=hello, go_cache=go_cache) & set(HEAVY) == set()


def test_a_build_after_an_edit_imports_nothing_about_other_projects(
    tmp_path: Path, hello: Path, go_cache: str
) -> None:
    first = imported(tmp_path, "build", cwd=hello, go_cache=go_cache)
    assert "gotare.golang.facts.source_facts" in first  # the names are those of modules
    source = hello / "server.go"
    before = source.read_text()
    source.write_text(before.replace(" {\n", ' {\n\t_ = "edited"\n', 1))
    assert source.read_text() != before
    after = imported(tmp_path, "build", cwd=hello, go_cache=go_cache)
    assert "gotare.golang.facts.facts" in after  # the finders looked at the edit
    assert after & set(ELSEWHERE) == set()


def test_the_names_are_those_of_modules() -> None:
    assert [name for name in {**HEAVY, **ELSEWHERE, **PROJECTS} if find_spec(name) is None] == []
