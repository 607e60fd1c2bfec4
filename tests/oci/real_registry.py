"""Runs a real registry (Debian's docker-registry, the distribution project's) for tests.

with start_registry(tmp_path) as host:
    Repository(parse_reference(f"{host}/me/app:1"), keychain)
"""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

_READY_WITHIN = 20.0
_ATTEMPTS = 5


@contextmanager
def start_registry(
    directory: Path,
    htpasswd: tuple[str, str] | None = None,
    tls: tuple[Path, Path] | None = None,
) -> Iterator[str]:
    """Run a registry that stores below `directory`; yield its "127.0.0.1:PORT".

    `htpasswd` is the user and password that it then asks for, `tls` its certificate and key. Skips
    the test where docker-registry (or htpasswd, when needed) is not installed.
    """
    program = _program("docker-registry")
    directory.mkdir(parents=True, exist_ok=True)
    for _ in range(_ATTEMPTS):  # another program may take the port before the registry does
        host = f"127.0.0.1:{_free_port()}"
        config = _write_config(directory, host, htpasswd, tls)
        with (directory / "registry.log").open("wb") as log:
            process = subprocess.Popen([program, "serve", str(config)], stdout=log, stderr=log)
        try:
            if _wait(process, host, encrypted=tls is not None):
                yield host
                return
        finally:
            process.terminate()
            process.wait(10)
    pytest.fail(f"docker-registry does not start: {(directory / 'registry.log').read_text()}")


def _program(name: str) -> str:
    found = shutil.which(name)
    if not found:
        pytest.skip(f"{name} is not installed")
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert isinstance(port, int)
    return port


def _write_config(
    directory: Path, host: str, htpasswd: tuple[str, str] | None, tls: tuple[Path, Path] | None
) -> Path:
    config: dict[str, Any] = {
        "version": "0.1",
        "log": {"level": "warn"},
        "storage": {"filesystem": {"rootdirectory": str(directory / "data")}},
        "http": {"addr": host, "secret": "the tests' own"},
    }
    if tls:
        config["http"]["tls"] = {"certificate": str(tls[0]), "key": str(tls[1])}
    if htpasswd:
        users = directory / "htpasswd"
        users.write_bytes(
            subprocess.run(
                [_program("htpasswd"), "-Bbn", *htpasswd], check=True, capture_output=True
            ).stdout
        )
        config["auth"] = {"htpasswd": {"realm": "tests", "path": str(users)}}
    path = directory / "config.yml"
    path.write_text(json.dumps(config))  # JSON is YAML
    return path


def _wait(process: subprocess.Popen[bytes], host: str, *, encrypted: bool) -> bool:
    """Wait until the registry answers; False when it has ended."""
    end = time.monotonic() + _READY_WITHIN
    while process.poll() is None and time.monotonic() < end:
        if _answers(host, encrypted=encrypted):
            return process.poll() is None
        time.sleep(0.02)
    return False


def _answers(host: str, *, encrypted: bool) -> bool:
    connection = (
        http.client.HTTPSConnection(host, timeout=1, context=ssl._create_unverified_context())
        if encrypted
        else http.client.HTTPConnection(host, timeout=1)
    )
    try:
        connection.request("GET", "/v2/")
        return connection.getresponse().read() is not None
    except OSError:
        return False
    finally:
        connection.close()
