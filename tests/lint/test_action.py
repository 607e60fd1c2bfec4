"""The action for GitHub: its inputs are used, and the command line that it gives exists."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from gotare.cli.lint import command
from tests.conftest import ROOT

ACTION = ROOT / "action.yml"


@pytest.fixture
def action() -> Any:
    return yaml.safe_load(ACTION.read_text())


def test_it_is_an_action() -> None:
    program = Path(sys.executable).with_name("check-jsonschema")
    args = [str(program), "--builtin-schema", "vendor.github-actions", str(ACTION)]
    done = subprocess.run(args, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_every_input_is_used_and_none_is_expanded_in_a_script(action: Any) -> None:
    used = set()
    for step in action["runs"]["steps"]:
        values = [*step.get("env", {}).values(), step.get("if", "")]
        used |= set(re.findall(r"inputs\.([\w-]+)", " ".join(values)))
        assert "${{" not in step["run"]
    assert used == set(action["inputs"])


def test_its_flags_exist(action: Any) -> None:
    options = {option for parameter in command.params for option in parameter.opts}
    scripts = "\n".join(step["run"] for step in action["runs"]["steps"])
    lines = [line for line in scripts.replace("\\\n", " ").split("\n") if "gotare lint" in line.replace("/bin/", " ").replace('"', "")]  # fmt: skip  # noqa: E501
    flags = {word for line in lines for word in shlex.split(line) if re.match(r"--?\w", word)}
    assert len(lines) == 2 and len(flags) >= 4
    assert flags <= options


@pytest.mark.parametrize("paths", ["", "Dockerfile\n\n  \nsub dir\n"])
def test_its_script_passes_paths_and_findings_on(action: Any, tmp_path: Path, paths: str) -> None:
    """The scripts are run by bash as GitHub does it, with the gotare of this tree."""
    programs = tmp_path / "gotare" / "bin"
    programs.mkdir(parents=True)
    (programs / "gotare").symlink_to(Path(sys.executable).with_name("gotare"))
    project = tmp_path / "project"
    (project / "sub dir").mkdir(parents=True)
    for place in (project, project / "sub dir"):
        (place / "Dockerfile").write_text("FROM a:1\nMAINTAINER me\n")
    env = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
        "RUNNER_TEMP": str(tmp_path),
        "DIRECTORY": str(project),
        "PATHS": paths,
        "DIFF": "",
        "SARIF": str(tmp_path / "out.sarif"),
        "FAIL_ON": "warning",
    }
    _, sarif, lint = (step["run"] for step in action["runs"]["steps"])
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"]
    assert subprocess.run([*shell, sarif], env=env).returncode == 0
    assert (tmp_path / "out.sarif").read_text().count('"ruleId": "maintainer-deprecated"') == 2
    done = subprocess.run([*shell, lint], env=env, capture_output=True, text=True)
    assert done.returncode == 1, done.stderr
    assert done.stdout.count("title=maintainer-deprecated") == 2
