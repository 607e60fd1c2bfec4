"""The Compose services of what runs beside a program: databases, caches and brokers."""

from __future__ import annotations

from typing import Any, Final

from gotare.generate.backends import Container
from gotare.generate.compose_environment import literal, wanted
from gotare.generate.compose_parts import BACKEND, HARDENED, LOGGING, limits
from gotare.generate.files import Choices
from gotare.generate.yaml_text import Alias, Commented, Flow
from gotare.workload import Backend

_SECRETS: Final = "/run/secrets"
_TMP: Final = "/tmp"  # noqa: S108 - a place in the container


def backend_service(backend: Backend, container: Container, choices: Choices) -> Commented:
    """Return the service of a backend; only the internal network reaches it."""
    service: dict[str, Any] = {
        "image": choices.pinned(container.reference),
        "restart": "unless-stopped",
        "hostname": backend.name,
    }
    service |= {"user": container.user} if container.user else {}
    service |= _command(container)
    service |= _root(container) | dict(HARDENED)
    service |= _environment(backend, container)
    service |= _secrets(container)
    service |= _health(backend, container)
    service |= {"networks": Flow([BACKEND]), "tmpfs": _tmpfs(container)}
    if container.data:
        service["volumes"] = [f"{backend.name}-data:{container.data}"]
    service |= limits(container.memory)
    return Commented(service | {"logging": Alias(LOGGING)}, _said(backend, container), blank=True)


def _said(backend: Backend, container: Container) -> str:
    used = ", ".join(part for part in (backend.client, backend.at) if part)
    lines = [f"Used by the program: {used}." if used else "", container.why]
    return "\n".join(line for line in lines if line)


def _command(container: Container) -> dict[str, Any]:
    words = [literal(word) for word in container.command]
    return {"command": Flow(words)} if words else {}


def _root(container: Container) -> dict[str, Any]:
    if container.read_only and not container.credential_file:
        return {"read_only": True}
    if container.credential_file:
        why = "Not read_only: Compose copies the secret from .env into the container."
    else:
        why = "Not read_only: the image writes to its own folders."
    return {"read_only": Commented(False, why)}


def _environment(backend: Backend, container: Container) -> dict[str, Any]:
    found = {name: _filled(value, backend) for name, value in container.environment.items()}
    if container.credential_file:
        found[container.credential_file] = f"{_SECRETS}/{container.credential.lower()}"
    if container.credential_variable:
        found[container.credential_variable] = wanted(container.credential)
    return {"environment": found} if found else {}


def _filled(text: str, backend: Backend) -> str:
    return literal(text.replace("{host}", backend.name))


def _secrets(container: Container) -> dict[str, Any]:
    return {"secrets": Flow([container.credential.lower()])} if container.credential_file else {}


def _tmpfs(container: Container) -> list[str]:
    """Return the places that do not last. Without a mode they have that of the image's folder,
    which may be root's."""
    return [f"{path}:mode=1777" for path in container.tmpfs or (_TMP,)]


def _health(backend: Backend, container: Container) -> dict[str, Any]:
    if not container.health:
        return {}
    check = {
        "test": Flow(["CMD", *(_filled(word, backend) for word in container.health)]),
        "interval": "5s",
        "timeout": "5s",
        "retries": 10,
        "start_period": f"{container.start}s",
    }
    return {"healthcheck": Commented(check, container.asked)}
