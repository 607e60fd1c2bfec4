"""Where the Docker or Podman engine listens, from the environment and Docker's configuration.

The order is Docker's: DOCKER_HOST, DOCKER_CONTEXT, the current context of `config.json`, the usual
socket; then Podman's sockets.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from gotare.errors import EngineError

DOCKER_SOCKET: Final = "/var/run/docker.sock"
_PODMAN_SYSTEM: Final = "/run/podman/podman.sock"
_PODMAN_USER: Final = "podman/podman.sock"
_LIMIT: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A unix socket (`path`), or a host and port without TLS. `origin` says who named it."""

    origin: str
    path: str = ""
    host: str = ""
    port: int = 0

    def __str__(self) -> str:
        return f"unix://{self.path}" if self.path else f"tcp://{self.host}:{self.port}"


def find_endpoint(env: Mapping[str, str], home: Path) -> Endpoint:
    """Return where the engine should be.

    Raises EngineError for what cannot be used here: ssh, TLS, a context that does not exist.
    """
    if host := env.get("DOCKER_HOST"):
        return parse_endpoint(host, "DOCKER_HOST", bool(env.get("DOCKER_TLS_VERIFY")))
    folder = Path(env.get("DOCKER_CONFIG") or home / ".docker")
    if name := env.get("DOCKER_CONTEXT"):
        return _of_context(folder, name, "DOCKER_CONTEXT")
    current = _read(folder / "config.json").get("currentContext")
    if isinstance(current, str) and current:
        return _of_context(folder, current, str(folder / "config.json"))
    return _first_socket(env)


def _first_socket(env: Mapping[str, str]) -> Endpoint:
    runtime = env.get("XDG_RUNTIME_DIR")
    user = [str(Path(runtime) / _PODMAN_USER)] if runtime else []
    for path in (DOCKER_SOCKET, *user, _PODMAN_SYSTEM):
        if Path(path).is_socket():
            return Endpoint("the usual place", path)
    return Endpoint("the usual place", DOCKER_SOCKET)


def _of_context(folder: Path, name: str, origin: str) -> Endpoint:
    """Read the endpoint of a Docker context; its file is named by the digest of its name."""
    if name == "default":
        return Endpoint("the default context", DOCKER_SOCKET)
    where = folder / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest() / "meta.json"
    endpoint = _read(where).get("Endpoints", {})
    docker = endpoint.get("docker", {}) if isinstance(endpoint, dict) else {}
    host = docker.get("Host") if isinstance(docker, dict) else None
    if not isinstance(host, str) or not host:
        raise EngineError(
            f"{origin} names the Docker context {name!r}, which has no endpoint in {where}",
            "see `docker context ls`, or set DOCKER_HOST",
        )
    return parse_endpoint(host, f"the Docker context {name!r}")


def _read(path: Path) -> dict[str, Any]:
    """Return a JSON object, or an empty one where there is none: Docker tolerates that too."""
    try:
        with path.open("rb") as file:
            document = json.loads(file.read(_LIMIT))
    except (OSError, ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def parse_endpoint(text: str, origin: str, tls: bool = False) -> Endpoint:
    """Read `unix:///path` or `tcp://host:port`; raise EngineError for anything else."""
    scheme, separator, rest = text.partition("://")
    if not separator or scheme not in ("unix", "tcp", "http"):
        raise EngineError(f"{origin} is {text!r}, which gotare cannot use", _hint(scheme))
    if scheme == "unix":
        return Endpoint(origin, rest)
    if tls:
        raise EngineError(f"{origin} is {text!r} with DOCKER_TLS_VERIFY set", _hint("https"))
    host, _, port = rest.strip("/").rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise EngineError(f"{origin} is {text!r}: no host and port", "write tcp://HOST:PORT")
    return Endpoint(origin, host=host.strip("[]"), port=int(port))


def _hint(scheme: str) -> str:
    if scheme == "ssh":
        return (
            "forward the socket: ssh -L /tmp/docker.sock:/var/run/docker.sock HOST,"
            " and set DOCKER_HOST=unix:///tmp/docker.sock"
        )
    if scheme == "https":
        return "TLS to an engine is not supported: push to a registry, or use docker-archive:FILE"
    return "set DOCKER_HOST to unix:///PATH or tcp://HOST:PORT"
