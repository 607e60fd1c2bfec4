"""Writes compose.dev.yaml: live reload, and everything within reach of the developer's machine."""

from __future__ import annotations

from typing import Any, Final

from gotare.generate.addresses import settings_of
from gotare.generate.backends import Container
from gotare.generate.compose_backend import backend_service
from gotare.generate.compose_build import (
    BUILDS,
    GID,
    MODULES,
    UID,
    air_command,
    build_secrets,
    development_build,
    source_mounts,
)
from gotare.generate.compose_environment import environment
from gotare.generate.compose_parts import (
    BACKEND,
    FRONTEND,
    HARDENED,
    LOG,
    LOGGING,
    backends_of,
    contained,
    networks_of,
    secrets_of,
    volumes_of,
)
from gotare.generate.compose_service import (
    depends_on,
    owner_name,
    owner_service,
    published_ports,
    volumes,
)
from gotare.generate.files import Choices
from gotare.generate.header import header
from gotare.generate.host_ports import Taken, free_port, program_ports
from gotare.generate.identity import project_name
from gotare.generate.mounts import mounts_of
from gotare.generate.yaml_text import Alias, Anchored, Commented, Flow, to_yaml
from gotare.plan import ImagePlan, Plan
from gotare.workload import Backend, Port

LOCALHOST: Final = "127.0.0.1"
_UNPRIVILEGED: Final = 1024
_KAFKA_HOST: Final = 29092


def dev_file(plan: Plan, choices: Choices) -> str:
    """Return compose.dev.yaml."""
    taken: Taken = set()
    ports = program_ports(plan, taken, _UNPRIVILEGED, operators=True)
    services: dict[str, Commented] = {}
    for image in plan.images:
        services |= _services(image, plan, choices, ports[image.name])
    backends = backends_of(plan, development=True)
    for backend, container in backends:
        services[backend.name] = _backend(backend, container, choices, taken)
    parts = {
        "services": services,
        "networks": networks_of(services, internal=False),
        "volumes": _volumes(plan),
        "secrets": secrets_of(plan, development=True) | build_secrets(plan),
    }
    log = Commented(Anchored(LOGGING, LOG), blank=True)
    document: dict[str, Any] = {"name": f"{project_name(plan)}-dev", f"x-{LOGGING}": log}
    document |= {name: Commented(part, blank=True) for name, part in parts.items() if part}
    return f"{header('compose')}\n\n{to_yaml(document, _HEAD)}"


_HEAD: Final = (
    "docker compose -f compose.dev.yaml up --build --watch\n"
    "For development: the sources are mounted and compiled again when they change; every port is "
    f"on {LOCALHOST} only."
)


def _services(
    image: ImagePlan, plan: Plan, choices: Choices, ports: dict[Port, int]
) -> dict[str, Commented]:
    """Return the service of a program, and of what gives it its volumes."""
    found = {image.name: Commented(_program(image, plan, ports), blank=True)}
    lasting = mounts_of(image).lasting
    if lasting:
        found[owner_name(image)] = owner_service(image, lasting, choices, f"{UID}:{GID}")
    return found


def _program(image: ImagePlan, plan: Plan, ports: dict[Port, int]) -> dict[str, Any]:
    service: dict[str, Any] = {
        "build": development_build(plan),
        "command": air_command(image, plan),
    }
    if image.workload.kind == "cli":
        service["profiles"] = Flow(["cli"])
    settings = settings_of(image.workload, development=True)
    variables = environment(image, settings, development=True)
    service |= {"environment": variables} if variables else {}
    service |= depends_on(image, development=True)
    service |= {"ports": published_ports(ports, LOCALHOST)} if ports else {}
    service["networks"] = Flow([FRONTEND, *[BACKEND] * bool(contained(image, development=True))])
    service["volumes"] = [*source_mounts(plan), *volumes(image, mounts_of(image).lasting)]
    service |= HARDENED
    service["logging"] = Alias(LOGGING)
    service["develop"] = {"watch": _watched(plan)}
    return service


def _watched(plan: Plan) -> list[Any]:
    why = "Go files need no watching here: they are mounted. What the image is made of does."
    modules = [path for path in plan.sources.control if path.endswith(("go.mod", "go.work"))]
    return [
        Commented({"action": "rebuild", "path": "Dockerfile.dev"}, why),
        *({"action": "rebuild", "path": path} for path in modules),
    ]


def _backend(backend: Backend, container: Container, choices: Choices, taken: Taken) -> Commented:
    if container.stand_in:
        whole = backend_service(backend, container, choices)
        service, said = dict(whole.value), whole.above
    else:
        service, said = {"extends": {"file": "compose.yaml", "service": backend.name}}, ""
    inner = (container.port, *container.ports)
    service["ports"] = [
        f"{LOCALHOST}:{free_port(number, 'tcp', taken, _UNPRIVILEGED)}:{number}" for number in inner
    ]
    if backend.kind == "kafka":
        service |= _kafka_for_the_host(backend, taken)
    return Commented(service, said, blank=True)


def _kafka_for_the_host(backend: Backend, taken: Taken) -> dict[str, Any]:
    """Return a listener more: clients outside would be sent to a name that only containers know."""
    host = free_port(_KAFKA_HOST, "tcp", taken)
    return {
        "ports": [f"{LOCALHOST}:{host}:{host}"],
        "environment": {
            "KAFKA_LISTENERS": f"PLAINTEXT://:9092,CONTROLLER://:9093,HOST://:{host}",
            "KAFKA_ADVERTISED_LISTENERS": Commented(
                f"PLAINTEXT://{backend.name}:9092,HOST://localhost:{host}",
                "HOST is for clients on the developer's machine.",
            ),
            "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": (
                "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,HOST:PLAINTEXT"
            ),
        },
    }


def _volumes(plan: Plan) -> dict[str, Any]:
    return {name: {} for name, _ in (MODULES, BUILDS)} | volumes_of(plan, development=True)
