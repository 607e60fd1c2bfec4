"""The folder that everything measured lives in, and the environment that all commands get."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import FailedError, Step, run

ROOT = Path(__file__).resolve().parent.parent
GO_FLAGS = ("-trimpath", "-ldflags=-s -w")
"""What every contender gives the compiler, besides GOFLAGS and CGO_ENABLED=0."""

_KEPT = ("HOME", "PATH", "TMPDIR", "USER", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR")


@dataclass(frozen=True, slots=True)
class Workshop:
    """A folder with caches that stay between runs, and what is found here to work with."""

    folder: Path
    go: Path

    def place(self, name: str) -> Path:
        """Return a folder in the workshop, made if it is missing."""
        path = self.folder / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def emptied(self, name: str) -> Path:
        """Return a folder with nothing in it."""
        shutil.rmtree(self.folder / name, ignore_errors=True)
        return self.place(name)

    def env(self, **more: str) -> dict[str, str]:
        """Return the environment of a contender: the same compiler settings and caches for all."""
        kept = {name: value for name, value in os.environ.items() if _is_kept(name)}
        own = {
            "PATH": f"{self.go.parent}{os.pathsep}{os.environ['PATH']}",
            "CGO_ENABLED": "0",
            "GOCACHE": str(self.folder / "go-build"),
            "GOFLAGS": "-buildvcs=false -modcacherw",
            "GOMODCACHE": str(self.folder / "modules"),
            "GOPATH": str(self.folder / "gopath"),
            "GOTARE_CACHE": str(self.folder / "gotare"),
            "GOWORK": "off",
            "KOCACHE": str(self.folder / "ko"),
            "DOCKER_BUILDKIT": "1",
        }
        return {**kept, **own, **more}

    def step(
        self,
        *args: object,
        cwd: Path | None = None,
        codes: frozenset[int] = frozenset({0}),
        **env: str,
    ) -> Step:
        """Return a command in the workshop's environment."""
        return Step(tuple(map(str, args)), cwd or self.folder, self.env(**env), codes)


def _is_kept(name: str) -> bool:
    """Whether a variable of the caller decides where modules come from, or where home is."""
    sources = ("GOPROXY", "GOSUMDB", "GOPRIVATE", "GONOSUMDB", "GONOPROXY", "GOENV", "GOTOOLCHAIN")
    return name in (*_KEPT, *sources)


@contextlib.contextmanager
def open_workshop(folder: Path) -> Iterator[Workshop]:
    """Open the folder for this run alone. Raises FailedError, also when there is no Go."""
    from gotare.errors import GotareError
    from gotare.golang.toolchain import find_go

    try:
        go = find_go(None, os.environ)
    except GotareError as error:
        raise FailedError(error.message) from error
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise FailedError(f"another run is at work in {folder}") from None
        yield Workshop(folder, go.path)


def install_gotare(workshop: Workshop) -> Path:
    """Install gotare as a user would have it, from a wheel and compiled; return the command."""
    venv = workshop.folder / "venv"
    python = venv / "bin" / "python"
    if not python.exists():
        _quiet(sys.executable, "-m", "venv", venv)
    pip = (python, "-m", "pip", "--disable-pip-version-check", "--quiet")
    lock = ROOT / "requirements" / "run.lock"
    stamp = venv / "requirements"
    if not stamp.exists() or stamp.read_bytes() != lock.read_bytes():
        _quiet(*pip, "install", "--require-hashes", "--no-deps", "--requirement", lock)
        stamp.write_bytes(lock.read_bytes())
    wheels = workshop.emptied("wheels")
    _quiet(*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", wheels, ROOT)
    _quiet(*pip, "install", "--no-deps", "--force-reinstall", *wheels.glob("*.whl"))
    _quiet(python, "-m", "compileall", "-q", "-j0", venv / "lib")
    return venv / "bin" / "gotare"


def _quiet(*args: str | Path) -> None:
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(list(map(str, args)), cwd=ROOT, env=env, capture_output=True, text=True)
    if done.returncode:
        raise FailedError(f"{args[-1]}: {done.stderr.strip()[-500:]}")


def go_env(workshop: Workshop, *names: str) -> list[str]:
    """Return what `go env` says of each name."""
    return run(workshop.step(workshop.go, "env", *names)).splitlines()


def install_program(workshop: Workshop, query: str) -> Path:
    """Install a program with `go install path@version`, once; return its path."""
    path, _, version = query.partition("@")
    folder = workshop.place(f"bin/{version}")
    program = folder / path.rpartition("/")[2]
    if not program.exists():
        run(workshop.step(workshop.go, "install", *GO_FLAGS, query, GOBIN=str(folder)))
    return program
