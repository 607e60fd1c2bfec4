"""What all Compose services share: hardening, limits, networks, volumes and secrets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from gotare.generate.backends import Container, container_of
from gotare.generate.mounts import Mount, mounts_of
from gotare.generate.yaml_text import Commented, Flow
from gotare.plan import ImagePlan, Plan
from gotare.workload import Backend

FRONTEND: Final = "frontend"
BACKEND: Final = "backend"
LOGGING: Final = "logging"
LOG: Final[Mapping[str, Any]] = {
    "driver": "json-file",
    "options": {"max-size": "10m", "max-file": "3"},
}
HARDENED: Final[Mapping[str, Any]] = {
    "cap_drop": Flow(["ALL"]),
    "security_opt": Flow(["no-new-privileges:true"]),
}
_PIDS: Final = 512


def limits(memory: str, why: str = "") -> dict[str, Any]:
    """Return the limits of a container. CPU has none: it throttles even when the host is idle."""
    resources = {"limits": {"memory": Commented(memory, beside=why), "pids": _PIDS}}
    return {"deploy": {"resources": resources}}


def contained(image: ImagePlan, development: bool = False) -> list[tuple[Backend, Container]]:
    """Return the backends that run as containers beside the program."""
    pairs = ((b, container_of(b, development)) for b in image.workload.backends)
    return [(backend, container) for backend, container in pairs if container]


def backends_of(plan: Plan, development: bool = False) -> list[tuple[Backend, Container]]:
    """Return the backends of all programs that run as containers, each once by its name."""
    found: dict[str, tuple[Backend, Container]] = {}
    for image in plan.images:
        for backend, container in contained(image, development):
            found.setdefault(backend.name, (backend, container))
    return list(found.values())


def networks_of(services: Mapping[str, Commented], internal: bool) -> dict[str, Any]:
    """Return the networks that services are on. The backends' has no way out, and none in from the
    host, where it is internal."""
    used = {name for service in services.values() for name in _network_names(service.value)}
    inner: Any = {}
    if internal:
        inner = Commented({"internal": True}, "No way out, and none in from the host.")
    networks = {FRONTEND: {}, BACKEND: inner}
    return {name: value for name, value in networks.items() if name in used}


def _network_names(service: Mapping[str, Any]) -> tuple[str, ...]:
    networks = service.get("networks")
    return tuple(networks.items) if isinstance(networks, Flow) else ()


def volume_name(image: ImagePlan, mount: Mount) -> str:
    """Return the name of the volume that is mounted there."""
    return f"{image.name}-{mount.name}"


def volumes_of(plan: Plan, development: bool = False) -> dict[str, Any]:
    """Return the named volumes: of programs, then of backends."""
    own = [volume_name(image, m) for image in plan.images for m in mounts_of(image).lasting]
    theirs = [f"{b.name}-data" for b, c in backends_of(plan, development) if c.data]
    return {name: {} for name in [*own, *theirs]}


def secrets_of(plan: Plan, development: bool = False) -> dict[str, Any]:
    """Return the secrets that backends get as files; their values are in `.env`."""
    return {
        container.credential.lower(): {"environment": container.credential}
        for _, container in backends_of(plan, development)
        if container.credential_file
    }
