"""The wheel holds all that is read at run time, and what is installed from it works."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from gotare.generate.files import PARTS
from gotare.lint.rules import all_rules
from tests.conftest import ROOT

SOURCE = ROOT / "src"


def run(*command: str | Path, **env: str) -> str:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(list(command), capture_output=True, text=True, env=clean | env)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of the tree as it is."""
    if find_spec("hatchling") is None:
        pytest.skip("hatchling builds the wheel: pip install hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of a new environment with the wheel, and nothing of this tree: what
    it depends on is that of the environment of the tests."""
    place = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", "--without-pip", place)
    python = place / "bin" / "python"
    offline = ("--no-deps", "--no-index", "--quiet", "--disable-pip-version-check")
    run(sys.executable, "-m", "pip", "--python", python, "install", *offline, wheel)
    mine = sysconfig.get_path("purelib", vars={"base": str(place), "platbase": str(place)})
    (Path(mine) / "others.pth").write_text(sysconfig.get_path("purelib") + "\n")
    assert run(python, "-c", "import gotare; print(gotare.__file__)").startswith(str(place))
    return place / "bin"


def test_it_holds_every_file(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if name.startswith("gotare/")}
    there = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert held == there
    pages = {f"gotare/lint/pages/{name}.md" for name in all_rules()}
    assert pages | {"gotare/probe/main.go", "gotare/py.typed"} <= held
    assert any(name.startswith("gotare/generate/templates/") for name in held)
    assert any(name.startswith("gotare/oci/schemas/") for name in held)


def test_it_names_its_program_and_license(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (info,) = {name.partition("/")[0] for name in archive.namelist()} - {"gotare"}
        assert "gotare = gotare.cli.main:main" in archive.read(f"{info}/entry_points.txt").decode()
        assert f"{info}/licenses/LICENSE" in archive.namelist()


def test_rules_are_explained(wheel: Path, installed: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        page = archive.read("gotare/lint/pages/latest-tag.md").decode()
    why = page.partition("## Why\n\n")[2].partition("\n")[0]
    assert why
    for command in ((installed / "gotare",), (installed / "python", "-m", "gotare")):
        for word in ("latest-tag", "DL3007"):
            assert why in run(*command, "explain", word)


def test_files_are_linted(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM alpine\n")
    lint = (installed / "gotare", "lint", "-C", tmp_path, "--fail-on", "never", "--no-project")
    assert "latest-tag" in run(*lint)
    assert '"version": "2.1.0"' in run(*lint, "--format", "sarif")


def test_files_are_written_and_the_probe_is_there(
    installed: Path, tmp_path: Path, go: Path
) -> None:
    (tmp_path / "go.mod").write_text("module example.test/app\n\ngo 1.24\n")
    (tmp_path / "main.go").write_text("package main\n\nfunc main() {}\n")
    env = {"GOTARE_CACHE": str(tmp_path / "cache")}
    only = ",".join(PARTS)
    run(installed / "gotare", "init", "-C", tmp_path, "--yes", "--only", only, **env)
    assert {"Dockerfile", "Makefile", "compose.yaml"} <= {path.name for path in tmp_path.iterdir()}
    read = "from gotare.probe import source; print(len(source()))"
    assert run(installed / "python", "-c", read)
