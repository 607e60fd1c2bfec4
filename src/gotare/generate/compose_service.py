"""The Compose services of a program: itself, its migration, and what gives it its volumes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from gotare.generate.addresses import settings_of
from gotare.generate.backends import CHOWN
from gotare.generate.compose_build import release_build
from gotare.generate.compose_environment import environment, literal
from gotare.generate.compose_parts import (
    BACKEND,
    FRONTEND,
    HARDENED,
    LOGGING,
    contained,
    limits,
    volume_name,
)
from gotare.generate.files import Choices
from gotare.generate.identity import repository, user_and_group, user_reason
from gotare.generate.mounts import Mount, Mounts, mounts_of
from gotare.generate.quantities import compose_memory
from gotare.generate.yaml_text import Alias, Commented, Flow
from gotare.plan import ImagePlan, Plan
from gotare.workload import Backend, Port

_TMPFS: Final = "size=64m,mode=1777"
_ELSEWHERE: Final = frozenset({"kubernetes", "docker", "ldap", "s3", "smtp", "otel", "vault"})


def program_services(
    image: ImagePlan, plan: Plan, choices: Choices, host_ports: Mapping[Port, int]
) -> dict[str, Commented]:
    """Return the services of one image, by name."""
    mounts = mounts_of(image)
    program = _program(image, plan, choices, host_ports)
    found = {image.name: Commented(program, _said(image), blank=True)}
    if mounts.lasting:
        owner = ":".join(map(str, user_and_group(image)))
        found[owner_name(image)] = owner_service(image, mounts.lasting, choices, owner)
    if image.workload.migrate:
        found[migration_name(image)] = Commented(_migration(image, plan, choices), blank=True)
    return found


def _said(image: ImagePlan) -> str:
    """Return where the health check comes from: only the image can run one."""
    if image.workload.kind != "service":
        return ""
    check = image.run.health_check
    if check and check.command:
        return f"The image brings its health check: {' '.join(check.command)}"
    return "No health check: the image has no program that could ask."


def owner_name(image: ImagePlan) -> str:
    """Return the name of the service that gives a program its volumes."""
    return f"{image.name}-volumes"


def migration_name(image: ImagePlan) -> str:
    """Return the name of the service that migrates the database."""
    return f"{image.name}-migrate"


def _program(
    image: ImagePlan, plan: Plan, choices: Choices, host_ports: Mapping[Port, int]
) -> dict[str, Any]:
    workload = image.workload
    is_cli = workload.kind == "cli"
    service = _image(image, plan, choices) | _restart(image) | _hardened(image)
    service |= {"environment": environment(image, settings_of(workload))}
    service |= depends_on(image, with_migration=True)
    published = [] if is_cli else published_ports(host_ports)
    service |= {"ports": published} if published else {}
    service |= {"networks": networks(image)}
    service |= writable(image, mounts_of(image))
    service |= _stopping(image)
    service |= limits(compose_memory(workload.resources.memory_limit), workload.resources.why)
    return service | {"logging": Alias(LOGGING)}


def _image(image: ImagePlan, plan: Plan, choices: Choices) -> dict[str, Any]:
    reference = literal(repository(image, choices)) + ":${TAG:-local}"
    if choices.builder == "gotare":
        made = f"Made by: gotare build --load -t {repository(image, choices)}:local"
        return {"image": Commented(reference, made)}
    return {"image": reference, "build": release_build(image, plan)}


def _restart(image: ImagePlan) -> dict[str, Any]:
    if image.workload.kind != "cli":
        return {"restart": "unless-stopped"}
    run = f"It runs and ends: docker compose run --rm {image.name} …"
    return {"profiles": Commented(Flow(["cli"]), run), "restart": "no"}


def _hardened(image: ImagePlan) -> dict[str, Any]:
    user, group = user_and_group(image)
    return {
        "user": Commented(f"{user}:{group}", beside=user_reason(image)),
        "read_only": True,
        **HARDENED,
    }


def depends_on(
    image: ImagePlan, with_migration: bool = False, development: bool = False
) -> dict[str, Any]:
    """Return what must be up before the program starts."""
    found: dict[str, Any] = {}
    for backend, container in contained(image, development):
        healthy = "service_healthy" if container.health else "service_started"
        found[backend.name] = Commented({"condition": healthy}, beside=_client(backend))
    done = {"condition": "service_completed_successfully"}
    if mounts_of(image).lasting:
        found[owner_name(image)] = done
    if with_migration and image.workload.migrate:
        found[migration_name(image)] = done
    return {"depends_on": found} if found else {}


def _client(backend: Backend) -> str:
    return ", ".join(part for part in (backend.client, backend.at) if part)


def published_ports(host_ports: Mapping[Port, int], address: str = "") -> list[Any]:
    """Return the short form of published ports."""
    prefix = f"{address}:" if address else ""
    return [
        Commented(f"{prefix}{host}:{port.number}{_protocol(port)}", beside=port.at)
        for port, host in host_ports.items()
    ]


def _protocol(port: Port) -> str:
    return "/udp" if port.protocol == "udp" else ""


def networks(image: ImagePlan, development: bool = False) -> Flow:
    """Return the networks: out of the host only for who is called from there or calls out."""
    workload = image.workload
    outside = (
        workload.calls_https
        or any(port.public for port in workload.ports)
        or any(backend.kind in _ELSEWHERE for backend in workload.backends)
        or workload.kind == "cli"
    )
    inside = bool(contained(image, development))
    names = [FRONTEND] * outside + [BACKEND] * (inside or not outside)
    return Flow(names)


def writable(image: ImagePlan, mounts: Mounts) -> dict[str, Any]:
    """Return `tmpfs:` and `volumes:`."""
    found: dict[str, Any] = {}
    hidden = "\n".join(
        f"{place.path} is written to ({place.at}), but holds files of the image, which a mount "
        "would hide: write elsewhere."
        for place in mounts.hiding
    )
    found["tmpfs"] = Commented(
        [Commented(f"{m.path}:{_TMPFS}", beside=m.at) for m in mounts.scratch], hidden
    )
    if mounts.lasting:
        found["volumes"] = volumes(image, mounts.lasting)
    return found


def volumes(image: ImagePlan, mounts: Iterable[Mount]) -> list[Any]:
    """Return the named volumes where data lasts."""
    return [Commented(f"{volume_name(image, m)}:{m.path}", beside=m.at) for m in mounts]


def _stopping(image: ImagePlan) -> dict[str, Any]:
    workload = image.workload
    found: dict[str, Any] = {}
    if image.run.stop_signal:
        found["stop_signal"] = image.run.stop_signal
    cut_off = workload.kind == "service" and not workload.handles_stop
    handled = "the code handles no signal: requests are cut off" if cut_off else ""
    return found | {"stop_grace_period": Commented(f"{workload.grace}s", beside=handled)}


def _migration(image: ImagePlan, plan: Plan, choices: Choices) -> dict[str, Any]:
    """Return the service that migrates the database, and ends, before the program starts."""
    service = _image(image, plan, choices)
    service |= {
        "command": Flow([literal(word) for word in image.workload.migrate]),
        "restart": "no",
        **_hardened(image),
        "environment": environment(image, settings_of(image.workload)),
        **depends_on(image),
        "networks": networks(image),
        **writable(image, mounts_of(image)),
        **limits(compose_memory(image.workload.resources.memory_limit)),
        "healthcheck": Commented({"disable": True}, beside="the image's asks the server"),
        "logging": Alias(LOGGING),
    }
    return service


def owner_service(
    image: ImagePlan, mounts: Sequence[Mount], choices: Choices, owner: str
) -> Commented:
    """Return the service that gives new volumes to the program's user, as `user:group`. A volume
    over a folder that the image does not have belongs to root."""
    why = (
        "A new volume over a folder that the image does not have is root's: this gives it to the "
        "program's user, and ends."
    )
    service = {
        "image": choices.pinned(CHOWN),
        "command": Flow(["chown", owner, *(mount.path for mount in mounts)]),
        "restart": "no",
        "user": "0:0",
        "read_only": True,
        "network_mode": "none",
        **HARDENED,
        "cap_add": Flow(["CHOWN"]),
        "volumes": [f"{volume_name(image, mount)}:{mount.path}" for mount in mounts],
        "logging": Alias(LOGGING),
    }
    return Commented(service, why, blank=True)
