"""Builds an example with gotare, and runs its image as production would: nothing may be written but
/tmp, no capability is held, and the user is the image's own, who is not root.

with loaded(engine, go, "grpc", folder) as image:
    with running(engine, image, {"GRPC_ADDR": "127.0.0.1:5000"}) as container:
        container.stop()
"""

from __future__ import annotations

import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.build.projects import example
from tests.build.run import HOST, gotare
from tests.conftest import ROOT
from tests.engine import Engine
from tests.oci.engines import unique_name

PATIENCE = 30.0
VERSION = "1.2.3"
HARDENED = (
    *("--network=host", "--read-only", "--tmpfs=/tmp", "--cap-drop=ALL"),
    "--security-opt=no-new-privileges",
)
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def go_run(go: Path, folder: Path, *arguments: str, env: Mapping[str, str] | None = None) -> str:
    """Run go in a folder; it must succeed. Return what it prints."""
    whole = {**os.environ, "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly", **(env or {})}
    done = subprocess.run([go, *arguments], cwd=folder, env=whole, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def go_test(go: Path, name: str, env: Mapping[str, str] | None = None) -> dict[str, str]:
    """Run an example's own tests; return the outcome (pass, fail, skip) of each."""
    printed = go_run(go, ROOT / "examples" / name, "test", "-count=1", "-json", "./...", env=env)
    events = map(json.loads, printed.splitlines())
    return {
        f"{event['Package']}.{event['Test']}": event["Action"]
        for event in events
        if "Test" in event and event["Action"] in ("pass", "fail", "skip")
    }


@contextmanager
def loaded(engine: Engine, go: Path, name: str, folder: Path) -> Iterator[str]:
    """Build an example's image into the engine; give its name."""
    project = example(name, folder / name)
    go_run(go, project, "mod", "download")
    with engine.image(unique_name(name)) as image:
        arguments = ["--load", f"--platform={HOST}", "-t", image, f"--version={VERSION}"]
        env = {"DOCKER_HOST": engine.host}
        done = gotare("build", "-C", project, *arguments, cache=folder / "cache", env=env)
        assert done.code == 0, done.err
        yield image


def run_once(
    engine: Engine, image: str, *arguments: str, env: Mapping[str, str] | None = None,
    options: tuple[str, ...] = (),
) -> subprocess.CompletedProcess[str]:  # fmt: skip
    """Run an image to its end; return its exit code and output."""
    words = ["docker", "--host", engine.host, "run", "--rm", *HARDENED, *options, *_env(env or {})]
    return subprocess.run(
        [*words, image, *arguments], capture_output=True, text=True, timeout=2 * PATIENCE
    )


def _env(env: Mapping[str, str]) -> list[str]:
    return [f"--env={name}={value}" for name, value in env.items()]


@dataclass(frozen=True)
class Container:
    """A container that runs."""

    engine: Engine
    id: str

    @property
    def state(self) -> Any:
        """What the engine knows of its process."""
        return json.loads(self.engine.docker("inspect", self.id))[0]["State"]

    @property
    def logs(self) -> list[Any]:
        """The lines on standard output, each a JSON document."""
        return [json.loads(line) for line in self.engine.docker("logs", self.id).splitlines()]

    def said(self, message: str) -> list[Any]:
        """Return the log lines with that message."""
        return [line for line in self.logs if line["msg"] == message]

    def exec(self, *command: str) -> str:
        """Run a program of the image in it."""
        return self.engine.docker("exec", self.id, *command)

    def terminate(self) -> None:
        """Send SIGTERM, and do not wait."""
        self.engine.docker("kill", "--signal=TERM", self.id)

    def wait(self) -> int:
        """Wait for the end; return the exit code."""
        return int(self.engine.docker("wait", self.id))


@contextmanager
def running(
    engine: Engine, image: str, env: Mapping[str, str], *options: str
) -> Iterator[Container]:
    """Run an image as a service."""
    words = ["run", "--detach", *HARDENED, *_env(env), *options, image]
    container = Container(engine, engine.docker(*words).strip())
    try:
        yield container
    finally:
        engine.docker("rm", "--force", container.id)


def until(done: Callable[[], bool], what: str) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < deadline, f"in vain waited until {what}"
        time.sleep(0.05)


@dataclass(frozen=True)
class Answer:
    """An HTTP answer."""

    status: int
    body: str

    @property
    def json(self) -> Any:
        """The body's document."""
        return json.loads(self.body)


def call(port: int, method: str, path: str, body: Any = None) -> Answer:
    """Call a service on this machine. Status 0: nobody answers."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, method=method)
    try:
        with _DIRECT.open(request, timeout=PATIENCE) as answer:
            return Answer(answer.status, answer.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.read().decode())
    except OSError:
        return Answer(0, "")
