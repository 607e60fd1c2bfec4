"""Names and folders for tests with engines, and a podman with storage of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def unique_name(word: str) -> str:
    """Return a name that no other test or run uses."""
    return f"gotare-test-{word}-{os.getpid()}-{os.urandom(4).hex()}:1"


def _fails(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, timeout=60).returncode != 0


def need(program: str) -> None:
    """Skip when the program is not installed."""
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")


@contextmanager
def short_folder() -> Iterator[Path]:
    """Give a folder with a short name: the path of a unix socket has 107 bytes at most."""
    with tempfile.TemporaryDirectory(prefix="gd") as folder:
        yield Path(folder)


@contextmanager
def podman_command() -> Iterator[list[str]]:
    """Give a podman with storage of its own; skip when it does not run here."""
    need("podman")
    # not pytest's folder: podman wants paths under 50 characters
    with tempfile.TemporaryDirectory(prefix="gp") as folder:
        command = ["podman", "--root", f"{folder}/root", "--runroot", f"{folder}/run"]
        command += ["--storage-driver", "vfs"]
        if _fails(*command, "images"):
            pytest.skip("podman does not run here")
        yield command
