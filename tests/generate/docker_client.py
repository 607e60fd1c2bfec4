"""A docker client that builds with BuildKit."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.engine import Engine


class Client:
    """A docker client that builds with BuildKit, in one engine."""

    def __init__(self, program: Path, engine: Engine) -> None:
        self._program, self._engine = program, engine

    def __call__(self, *arguments: str | Path, stdin: bytes = b"") -> str:
        """Run it; return what it prints."""
        env = {**os.environ, "DOCKER_BUILDKIT": "1", "DOCKER_HOST": self._engine.host}
        words = [str(self._program), *map(str, arguments)]
        done = subprocess.run(words, input=stdin, capture_output=True, env=env, timeout=600)
        assert done.returncode == 0, f"docker {arguments[:3]}: {done.stderr.decode()[-4000:]}"
        return done.stdout.decode().strip()

    def save(self, name: str) -> bytes:
        """Return an image as the archive that `docker save` writes."""
        env = {**os.environ, "DOCKER_HOST": self._engine.host}
        words = [str(self._program), "save", name]
        return subprocess.run(words, capture_output=True, env=env, check=True).stdout

    def read(self, name: str, path: str) -> bytes:
        """Return the content of a file of an image, which is not started."""
        container = self("create", name)
        try:
            env = {**os.environ, "DOCKER_HOST": self._engine.host}
            words = [str(self._program), "cp", f"{container}:{path}", "-"]
            content = subprocess.run(words, capture_output=True, env=env, check=True).stdout
        finally:
            self("rm", container)
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            stream = archive.extractfile(archive.getmembers()[0])
            assert stream
            return stream.read()

    def remove(self, name: str) -> None:
        """Remove an image, if it is there."""
        self._engine.docker("image", "rm", "--force", name, check=False)

    def has(self, name: str) -> bool:
        """Whether the engine has the image."""
        return self._engine.docker("image", "ls", "--quiet", name) != ""


def find_client(engine: Engine) -> Client:
    """Return a client that can: before 23 any, since then with the plugin buildx."""
    for folder in os.environ["PATH"].split(os.pathsep):
        program = shutil.which("docker", path=folder)
        if program and (_major(program) < 23 or _works(program, "buildx", "version")):
            return Client(Path(program), engine)
    pytest.skip("no docker client here that builds with BuildKit (docker.io, or docker-buildx)")


def _major(program: str) -> int:
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    found = re.search(r"version (\d+)", told.stdout)
    return int(found[1]) if found else 99


def _works(program: str, *words: str) -> bool:
    return subprocess.run([program, *words], capture_output=True).returncode == 0
