"""Builds an image of examples/hello, checks it, and runs it with what is here to run it.

Needs neither root nor an engine: without one the image is unpacked and started in a sandbox, or
only built and checked where there is no sandbox either.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PROJECT = ROOT / "examples" / "hello"
GOTARE = Path(sys.executable).parent / "gotare"
NAME = "gotare-demo:latest"


def show(*arguments: str | Path) -> None:
    """Run gotare, showing the command as a person would type it."""
    print("$ gotare " + " ".join(map(str, arguments)), flush=True)
    subprocess.run([GOTARE, *map(str, arguments)], check=True, cwd=ROOT)


def works(*command: str) -> bool:
    """Whether the program is there and this command of it succeeds."""
    if not shutil.which(command[0]):
        return False
    done = subprocess.run(command, capture_output=True, timeout=60)
    return done.returncode == 0


@contextlib.contextmanager
def in_engine(engine: str, port: int) -> Iterator[None]:
    """Run the image in Docker or Podman."""
    archive = ROOT / "dist" / "demo.tar"
    archive.parent.mkdir(exist_ok=True)
    show("copy", "oci:examples/hello/dist", f"docker-archive:{archive.relative_to(ROOT)}:{NAME}")
    subprocess.run([engine, "load", "--input", archive], check=True, capture_output=True)
    options = ["--detach", "--rm", "--network=host", "--read-only", f"--env=ADDR=127.0.0.1:{port}"]
    started = subprocess.run(
        [engine, "run", *options, NAME], check=True, stdout=subprocess.PIPE, text=True
    )
    try:
        yield
    finally:
        container = started.stdout.strip()
        subprocess.run([engine, "stop", container], check=True, capture_output=True)
        subprocess.run([engine, "image", "rm", NAME], check=False, capture_output=True)


@contextlib.contextmanager
def in_sandbox(port: int) -> Iterator[None]:
    """Run the image's files in bubblewrap, as no other user needs."""
    from gotare.oci.layout import Layout
    from gotare.oci.store import read_all
    from gotare.oci.types import Descriptor, decode

    layout = Layout(PROJECT / "dist")
    image = layout.resolve("")
    while image.is_index:
        entries = decode(read_all(layout, image), image.digest)["manifests"]
        image = Descriptor.from_json(entries[0])
    layers = decode(read_all(layout, image), image.digest)["layers"]
    with tempfile.TemporaryDirectory() as folder:
        for layer in layers:
            blob = layout.blobs.path(layer["digest"])
            subprocess.run(["tar", "-xf", blob, "-C", folder, "--no-same-owner"], check=True)
        command = [
            "bwrap",
            "--die-with-parent",
            "--unshare-pid",
            "--ro-bind",
            folder,
            "/",
            "--proc",
            "/proc",
        ]
        process = subprocess.Popen(
            [*command, "--setenv", "ADDR", f"127.0.0.1:{port}", "/usr/local/bin/hello"]
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait()


Runner = Callable[[int], contextlib.AbstractContextManager[None]]


def runners() -> Iterator[tuple[str, Runner]]:
    """Yield the ways to run an image that seem to work here."""
    for engine in ("docker", "podman"):
        if works(engine, "info"):
            yield engine, partial(in_engine, engine)
    if works("bwrap", "--ro-bind", "/", "/", "true"):
        yield "bubblewrap", in_sandbox


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ask(port: int) -> str:
    """Return what the service answers to /health, waiting until it is up."""
    for _ in range(200):
        with contextlib.suppress(OSError):
            url = f"http://127.0.0.1:{port}/health"
            with urllib.request.urlopen(url, timeout=5) as answer:
                return str(answer.read().decode().strip())
        time.sleep(0.05)
    raise SystemExit("demo: the service did not answer within 10 s")


def main() -> None:
    """Build, check, run."""
    os.environ.pop("HTTP_PROXY", None)
    os.environ.pop("http_proxy", None)
    show("plan", "-C", "examples/hello")
    show("build", "-C", "examples/hello")
    show("validate", "oci:examples/hello/dist")
    for name, start in runners():
        port = free_port()
        try:
            with start(port):
                print(f"$ curl http://127.0.0.1:{port}/health    # running in {name}")
                print(ask(port))
            return
        except subprocess.CalledProcessError as error:
            print(f"{name} is here but cannot run it: {error}", flush=True)
    print("No Docker, Podman or bubblewrap that works here: see examples/hello/dist.")


if __name__ == "__main__":
    main()
