"""A Docker engine for the tests: the one that runs, or one of our own in a temporary folder."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

DEFAULT_SOCKET = Path("/var/run/docker.sock")
_PATIENCE = 60.0


class NoEngineError(Exception):
    """There is no engine here, and none can be started."""


@dataclass(frozen=True)
class Engine:
    """A running engine. Containers in it have no network but the host's: `run --network=host`."""

    socket: Path

    @property
    def host(self) -> str:
        """The value of DOCKER_HOST."""
        return f"unix://{self.socket}"

    def docker(self, *arguments: str | Path, check: bool = True) -> str:
        """Run the docker client; return what it prints."""
        done = subprocess.run(
            ["docker", "--host", self.host, *map(str, arguments)],
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0 or not check, f"docker {arguments}: {done.stderr}"
        return done.stdout

    @contextmanager
    def image(self, name: str) -> Iterator[str]:
        """Give a name to use, and remove the image that has it at the end."""
        try:
            yield name
        finally:
            self.docker("image", "rm", "--force", name, check=False)


def answers(path: Path) -> bool:
    """Whether an engine listens on the socket."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(5)
        try:
            connection.connect(str(path))
            connection.sendall(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
            return connection.recv(64).startswith(b"HTTP/1.0 200")
        except OSError:
            return False


def find_or_start(shared: Path) -> Engine:
    """Return the engine on the default socket, or the one in `shared`, started if need be.

    `shared` is one folder for all processes of a test run; who ends the run calls `stop`.
    Raises NoEngineError.
    """
    if answers(DEFAULT_SOCKET):
        return Engine(DEFAULT_SOCKET)
    with _locked(shared / "engine.lock"):
        known = shared / "engine.folder"
        if not known.exists():
            known.write_text(_start())
        engine = Engine(Path(known.read_text()) / "docker.sock")
    if not answers(engine.socket):
        raise NoEngineError(f"the engine of this test run has ended: {engine.socket}")
    return engine


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _start() -> str:
    """Start dockerd; return the folder that holds everything of it."""
    if os.geteuid() != 0:
        raise NoEngineError(f"nothing answers on {DEFAULT_SOCKET}, and only root can start dockerd")
    if not shutil.which("dockerd"):
        raise NoEngineError(f"nothing answers on {DEFAULT_SOCKET}, and there is no dockerd")
    # A socket's path has at most 107 bytes, which pytest's folders may exceed.
    folder = Path(tempfile.mkdtemp(prefix="gotare-engine-"))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [
                "dockerd",
                *("--data-root", folder / "data", "--exec-root", folder / "exec"),
                *("--pidfile", folder / "pid", "--host", f"unix://{folder}/docker.sock"),
                *("--iptables=false", "--bridge=none"),
            ],
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    _wait(folder, process)
    return str(folder)


def _wait(folder: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not answers(folder / "docker.sock"):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            process.wait()
            lines = (folder / "log").read_text(errors="replace").splitlines()
            shutil.rmtree(folder, ignore_errors=True)
            raise NoEngineError("dockerd does not start: " + " ".join(lines[-3:])[-500:])
        time.sleep(0.05)
    process.returncode = 0  # it outlives this process: `stop` ends it


def stop(shared: Path) -> None:
    """End the engine that `find_or_start` started, if it did."""
    known = shared / "engine.folder"
    if not known.exists():
        return
    folder = Path(known.read_text())
    known.unlink()
    if (folder / "pid").exists():
        _end(int((folder / "pid").read_text()))
    shutil.rmtree(folder, ignore_errors=True)


def _end(pid: int) -> None:
    """Ask the process to end, and wait; kill it when it does not."""
    deadline = time.monotonic() + _PATIENCE
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        while _alive(pid):
            if time.monotonic() > deadline:
                break
            time.sleep(0.05)
        else:
            return


def _alive(pid: int) -> bool:
    """Whether the process runs; as its parent, take note of its end."""
    try:
        return os.waitpid(pid, os.WNOHANG) == (0, 0)
    except ChildProcessError:
        status = Path(f"/proc/{pid}/status")
        return status.exists() and "State:\tZ" not in status.read_text()
