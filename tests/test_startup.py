"""What a command imports before it works, because that is most of what a quick command costs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

HEAVY = {
    "cyclonedx": "SBOMs",
    "deflate": "compression",
    "elftools": "binaries",
    "jinja2": "templates",
    "jsonschema": "validation",
    "rich": "a live terminal",
    "ruamel": "editing gotare.yaml",
    "tarfile": "archives",
    "tree_sitter": "sources",
    "urllib3": "registries",
    "yaml": "gotare.yaml",
    "zstandard": "compression",
}
"""Modules that cost milliseconds, and what they are for."""

PROGRAM = """
import json, sys
from gotare.cli.main import run
code = run(sys.argv[2:])
with open(sys.argv[1], "w") as file:
    json.dump([code, sorted(sys.modules)], file)
"""


def imported(tmp_path: Path, *arguments: str, cwd: Path = ROOT, go_cache: str = "") -> set[str]:
    """Run gotare in a fresh interpreter; return the top-level modules that it had at its end."""
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
    return {name.partition(".")[0] for name in modules}


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), ("build", "--help")])
def test_help_imports_nothing_heavy(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert imported(tmp_path, *arguments) & set(HEAVY) == set()


def test_a_build_with_nothing_to_do_imports_nothing_heavy(tmp_path: Path, go: Path) -> None:
    # gotare's cache is new, Go's stays: compiling the standard library is not what is tested.
    printed = subprocess.run([go, "env", "GOCACHE"], check=True, capture_output=True, text=True)
    go_cache = printed.stdout.strip()
    project = tmp_path / "hello"
    shutil.copytree(ROOT / "examples" / "hello", project, ignore=shutil.ignore_patterns("dist"))
    first = imported(tmp_path, "build", cwd=project, go_cache=go_cache)
    assert {"deflate", "yaml"} <= first  # the names are those that work imports
    assert imported(tmp_path, "build", cwd=project, go_cache=go_cache) & set(HEAVY) == set()
