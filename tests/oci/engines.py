"""Finds real engines for the tests, and skips with the reason where there are none."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


def unique_name(word: str) -> str:
    """Return a name that no other test or run uses."""
    return f"gotare-test-{word}-{os.getpid()}-{os.urandom(4).hex()}:1"


@functools.cache
def _docker_answers() -> bool:
    return bool(shutil.which("docker")) and not _fails("docker", "info")


def _fails(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, timeout=60).returncode != 0


def need(program: str) -> None:
    """Skip when the program is not installed."""
    if not shutil.which(program):
        pytest.skip(f"{program} is not installed")


def need_docker() -> None:
    """Skip when no Docker engine answers."""
    if not _docker_answers():
        pytest.skip("no Docker engine answers")


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
