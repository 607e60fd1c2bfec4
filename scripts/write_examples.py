"""Writes the files of `gotare init` into the examples that have them; a test holds them equal.

They are made in a copy outside the repository, as a user's would be, so that nothing of this
repository's history is in them.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
PIPELINES = {"rest-api": "github", "grpc": "gitlab", "cli": "github"}
"""The examples with files of `init`, and where their pipelines run."""

_PROGRAM = "from gotare.cli.main import main; main()"


def init(project: Path, *arguments: str) -> None:
    """Run `gotare init` in a folder, without questions."""
    command = [sys.executable, "-c", _PROGRAM, "init", "--yes", "--force", "-C", str(project)]
    subprocess.run([*command, *arguments], check=True)


def copy(name: str, folder: Path) -> Path:
    """Copy an example without what was built in it."""
    ignored = shutil.ignore_patterns("dist")
    return Path(shutil.copytree(EXAMPLES / name, folder / name, ignore=ignored))


def write(name: str, folder: Path) -> None:
    """Make the files of one example anew."""
    project = copy(name, folder)
    init(project, f"--ci={PIPELINES[name]}")
    shutil.copytree(project, EXAMPLES / name, dirs_exist_ok=True)


if __name__ == "__main__":
    for example in PIPELINES:
        with tempfile.TemporaryDirectory() as temporary:
            write(example, Path(temporary))
