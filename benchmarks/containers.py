"""Starts images as a strict cluster would: read-only root, no capability, as the image's user.

An image is unpacked by umoci and started by runc. Containers are in the host's network, because
what listens is asked on loopback.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import shutil
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.measure import FailedError
from benchmarks.programs import Start
from benchmarks.services import free_port

_UP_WITHIN = 20.0
_STOPS_WITHIN = 15.0
_KINDS = ("bounding", "effective", "inheritable", "permitted", "ambient")


def missing() -> str:
    """Return why no container can be started here; "" when all is there."""
    absent = [name for name in ("umoci", "runc") if not shutil.which(name)]
    if absent:
        return f"there is no {' and no '.join(absent)} here"
    return "" if os.geteuid() == 0 else "only root can start containers with runc here"


def unpack(layout: Path, name: str, bundle: Path) -> None:
    """Unpack an image of a layout into a bundle. Raises FailedError."""
    shutil.rmtree(bundle, ignore_errors=True)
    done = subprocess.run(
        ["umoci", "unpack", "--image", f"{layout}:{name}", str(bundle)],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise FailedError(f"umoci: {done.stderr.strip()[-300:]}")


def harden(bundle: Path, args: Sequence[str], writable: Sequence[str]) -> tuple[int, int]:
    """Make the bundle strict and give it arguments; return the user and group that it runs as."""
    path = bundle / "config.json"
    config = json.loads(path.read_bytes())
    process = config["process"]
    process["args"] += args
    process["terminal"] = False
    process["noNewPrivileges"] = True
    process["capabilities"] = {kind: [] for kind in _KINDS}
    config["root"]["readonly"] = True
    linux = config["linux"]
    linux["namespaces"] = [one for one in linux["namespaces"] if one["type"] != "network"]
    config["mounts"] += [_tmpfs(folder) for folder in writable]
    path.write_text(json.dumps(config))
    return process["user"]["uid"], process["user"]["gid"]


def _tmpfs(folder: str) -> dict[str, object]:
    options = ["nosuid", "nodev", "noexec", "mode=1777", "size=64m"]
    return {"destination": folder, "type": "tmpfs", "source": "tmpfs", "options": options}


def try_out(bundle: Path, start: Start) -> str:
    """Start the image and see whether it does what it has to; return how. Raises FailedError."""
    port = free_port()
    args = [word.replace("{port}", str(port)) for word in start.args]
    user, group = harden(bundle, args, start.writable)
    if (user, group) != (65532, 65532):
        raise FailedError(f"it would run as {user}:{group}")
    return _serve(bundle, start, port) if start.listens else _once(bundle, start)


def _once(bundle: Path, start: Start) -> str:
    with _running(bundle) as (process, _):
        try:
            code = process.wait(_UP_WITHIN)
        except subprocess.TimeoutExpired:
            raise FailedError(f"it has not ended after {_UP_WITHIN:.0f} s") from None
    output = _output(bundle)
    if code != start.code or start.says not in output:
        raise FailedError(f"exit code {code}: {_last(output)}")
    return f"`{' '.join((start.name, *start.args))}`: exit code {code}"


def _serve(bundle: Path, start: Start, port: int) -> str:
    with _running(bundle) as (process, name):
        began = time.monotonic()
        answer = _ask(port, start.path or "")
        while start.says not in answer:
            if process.poll() is not None or time.monotonic() > began + _UP_WITHIN:
                raise FailedError(f"it does not answer: {_last(_output(bundle))}")
            time.sleep(0.05)
            answer = _ask(port, start.path or "")
        up = time.monotonic() - began
        subprocess.run(["runc", "kill", name, "TERM"], check=True, capture_output=True)
        try:
            code = process.wait(_STOPS_WITHIN)
        except subprocess.TimeoutExpired:
            raise FailedError(f"SIGTERM has not ended it in {_STOPS_WITHIN:.0f} s") from None
    place = start.path or "its port"
    return f"answers at {place} after {up * 1000:.0f} ms; SIGTERM: exit code {code}"


def _ask(port: int, path: str) -> str:
    """Return what the service says, or nothing as long as it does not answer."""
    with contextlib.suppress(OSError, http.client.HTTPException):
        if path:
            return _get(port, path)
        with socket.create_connection(("127.0.0.1", port), 2) as connection:
            return connection.recv(4096).decode(errors="replace")
    return ""


def _get(port: int, path: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode(errors="replace")
    finally:
        connection.close()


@contextlib.contextmanager
def _running(bundle: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run a container until the end of the block; its output goes to a file in the bundle."""
    name = f"gotare-{uuid.uuid4().hex[:12]}"
    with (bundle / "output").open("wb") as output:
        process = subprocess.Popen(
            ["runc", "run", "--bundle", str(bundle), name],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        yield process, name
    finally:
        subprocess.run(["runc", "delete", "--force", name], check=False, capture_output=True)
        if process.poll() is None:
            process.kill()
        process.wait()


def _output(bundle: Path) -> str:
    return (bundle / "output").read_text(errors="replace")


def _last(output: str) -> str:
    lines = output.strip().splitlines() or ["no output"]
    return " / ".join(lines[-2:])[-300:]
