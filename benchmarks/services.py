"""A registry on loopback whose requests are counted, and a Docker engine of our own."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import FailedError

_PATIENCE = 60.0
_USUAL_SOCKET = Path("/var/run/docker.sock")


@dataclass(frozen=True, slots=True)
class Registry:
    """A running registry (the distribution project's) and its access log."""

    host: str
    log: Path

    def requests(self) -> list[str]:
        """Return the requests so far, such as `HEAD /v2/app/manifests/1`."""
        time.sleep(0.2)  # it writes the line after it has answered
        lines = self.log.read_text(errors="replace").splitlines()
        quoted = (line.split('"') for line in lines if '"' in line and " /v2/" in line)
        words = (parts[1].split() for parts in quoted)
        return [" ".join(word[:2]) for word in words if len(word) == 3]

    @contextlib.contextmanager
    def counted(self) -> Iterator[list[str]]:
        """Collect the requests of a block into the list that it gets."""
        before, found = len(self.requests()), list[str]()
        yield found
        found += self.requests()[before:]


@contextlib.contextmanager
def start_registry(folder: Path) -> Iterator[Registry]:
    """Run a registry that stores below the folder. Raises FailedError."""
    program = shutil.which("docker-registry") or shutil.which("registry")
    if not program:
        raise FailedError("there is no docker-registry here")
    host = f"127.0.0.1:{free_port()}"
    config = {
        "version": "0.1",
        "log": {"level": "warn", "accesslog": {"disabled": False}},
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}},
        "http": {"addr": host, "secret": "not one"},
    }
    (folder / "config.yml").write_text(json.dumps(config))  # JSON is YAML
    args = [program, "serve", str(folder / "config.yml")]
    with _running(args, folder / "log") as process:
        _wait(process, lambda: _serves(host), folder / "log")
        yield Registry(host, folder / "log")


def free_port() -> int:
    """Return a port on loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _serves(host: str) -> bool:
    connection = http.client.HTTPConnection(host, timeout=1)
    try:
        connection.request("GET", "/v2/")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


@dataclass(frozen=True, slots=True)
class Engine:
    """A Docker engine, and a client that builds with its BuildKit.

    `own` is whether it was started here, so that its caches may be emptied.
    """

    client: Path
    host: str
    own: bool

    def command(self, *args: str | Path) -> tuple[str, ...]:
        """Return a command of the client for this engine."""
        return (str(self.client), "--host", self.host, *map(str, args))

    def docker(self, *args: str | Path, stdin: Path | None = None) -> str:
        """Run the client; return what it prints. Raises FailedError."""
        with (stdin or Path(os.devnull)).open("rb") as source:
            done = subprocess.run(self.command(*args), stdin=source, capture_output=True, text=True)
        if done.returncode:
            raise FailedError(f"docker {args[0]}: {done.stderr.strip()[-500:]}")
        return done.stdout


@contextlib.contextmanager
def start_engine() -> Iterator[Engine]:
    """Run dockerd with folders of its own, so that nothing of the user's is touched or in the way.

    Without root the engine that runs already is taken. Raises FailedError.
    """
    if os.geteuid() != 0 or not shutil.which("dockerd"):
        engine = _with_client(f"unix://{_USUAL_SOCKET}", own=False)
        try:
            yield engine
        finally:
            _remove_images(engine)
        return
    # A socket's path has at most 107 bytes; images and caches may need much room.
    folder = Path(tempfile.mkdtemp(prefix="gotare-bench-", dir=_roomy()))
    args = [
        "dockerd",
        *("--data-root", folder / "data", "--exec-root", folder / "exec"),
        *("--pidfile", folder / "pid", "--host", f"unix://{folder}/docker.sock"),
        *("--iptables=false", "--bridge=none"),
    ]
    try:
        with _running(list(map(str, args)), folder / "log") as process:
            _wait(process, (folder / "docker.sock").exists, folder / "log")
            yield _with_client(f"unix://{folder}/docker.sock", own=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _roomy() -> str | None:
    return "/var/tmp" if Path("/var/tmp").is_dir() else None


def _remove_images(engine: Engine) -> None:
    """Leave nothing with our names in somebody else's engine."""
    listed = engine.docker("images", "--format={{.Repository}}:{{.Tag}}", "gotare-bench-*")
    if names := listed.split():
        engine.docker("image", "rm", "--force", *names)


def _with_client(host: str, *, own: bool) -> Engine:
    """Choose the first client in PATH that can build with BuildKit on this engine.

    Newer ones need a plugin for that, which may not be there.
    """
    problem = "there is no docker here"
    for folder in os.environ["PATH"].split(os.pathsep):
        client = Path(folder, "docker")
        if not os.access(client, os.X_OK):
            continue
        engine = Engine(client, host, own)
        try:
            _try_build(engine)
        except FailedError as error:
            problem = str(error)
        else:
            return engine
    raise FailedError(problem)


def _try_build(engine: Engine) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "Dockerfile").write_text("FROM scratch\nCOPY Dockerfile /\n")
        done = subprocess.run(
            engine.command("build", "--quiet", "--tag=gotare-bench-probe", folder),
            env={**os.environ, "DOCKER_BUILDKIT": "1"},
            capture_output=True,
            text=True,
        )
    if done.returncode:
        raise FailedError("docker cannot build here: " + done.stderr.strip()[-300:])
    engine.docker("image", "rm", "--force", "gotare-bench-probe")


@contextlib.contextmanager
def _running(args: list[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a service until the end of the block."""
    with log.open("wb") as output:
        process = subprocess.Popen(args, stdout=output, stderr=output, start_new_session=True)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], ready: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            tail = log.read_text(errors="replace").splitlines()[-3:]
            raise FailedError(f"{process.args!r} does not start: {' '.join(tail)[-400:]}")
        time.sleep(0.05)
