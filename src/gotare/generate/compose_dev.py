"""Writes compose.dev.yaml: live reload, and everything within reach of the developer's machine."""

from __future__ import annotations

from typing import Any, Final

from gotare.generate.addresses import settings_of
from gotare.generate.backends import Container
from gotare.generate.compose_backend import backend_service
from gotare.generate.compose_environment import environment
from gotare.generate.compose_parts import (
    BACKEND,
    FRONTEND,
    LOG,
    LOGGING,
    backends_of,
    contained,
    networks_of,
    secrets_of,
    volume_name,
    volumes_of,
)
from gotare.generate.compose_service import depends_on, published_ports
from gotare.generate.files import Choices
from gotare.generate.header import header
from gotare.generate.host_ports import Taken, free_port, program_ports
from gotare.generate.identity import project_name
from gotare.generate.mounts import mounts_of
from gotare.generate.yaml_text import Anchored, Commented, Flow, to_yaml
from gotare.plan import ImagePlan, Plan
from gotare.workload import Backend, Port

LOCALHOST: Final = "127.0.0.1"
SOURCES: Final = "/src"
MODULES: Final = "go-modules:/go/pkg/mod"
BUILDS: Final = "go-build:/root/.cache/go-build"
_UNPRIVILEGED: Final = 1024
_KAFKA_HOST: Final = 29092


def dev_file(plan: Plan, choices: Choices) -> str:
    """Return compose.dev.yaml."""
    taken: Taken = set()
    ports = program_ports(plan, taken, _UNPRIVILEGED, operators=True)
    services: dict[str, Any] = {
        image.name: Commented(_program(image, plan, ports[image.name]), blank=True)
        for image in plan.images
    }
    backends = backends_of(plan, development=True)
    for backend, container in backends:
        services[backend.name] = _backend(backend, container, choices, taken)
    document: dict[str, Any] = {"name": f"{project_name(plan)}-dev"}
    if any(container.stand_in for _, container in backends):
        document[f"x-{LOGGING}"] = Commented(Anchored(LOGGING, LOG), blank=True)
    document["services"] = Commented(services, blank=True)
    document["networks"] = Commented(networks_of(services, internal=False), blank=True)
    document["volumes"] = Commented(_volumes(plan), blank=True)
    secrets = secrets_of(plan, development=True)
    document |= {"secrets": Commented(secrets, blank=True)} if secrets else {}
    return f"{header('compose')}\n\n{to_yaml(document, _HEAD)}"


_HEAD: Final = (
    "docker compose -f compose.dev.yaml up --build --watch\n"
    "For development: the sources are mounted and compiled again when they change; every port is "
    f"on {LOCALHOST} only."
)


def _program(image: ImagePlan, plan: Plan, ports: dict[Port, int]) -> dict[str, Any]:
    build: dict[str, Any] = {"context": ".", "dockerfile": "Dockerfile.dev"}
    if len(plan.images) > 1:
        build["target"] = image.name
    service: dict[str, Any] = {"build": build}
    if image.workload.kind == "cli":
        service["profiles"] = Flow(["cli"])
    settings = settings_of(image.workload, development=True)
    variables = environment(image, settings, development=True)
    service |= {"environment": variables} if variables else {}
    service |= depends_on(image, development=True)
    service |= {"ports": published_ports(ports, LOCALHOST)} if ports else {}
    service["networks"] = Flow([FRONTEND, *[BACKEND] * bool(contained(image, development=True))])
    service["volumes"] = _mounted(image)
    service["security_opt"] = Flow(["no-new-privileges:true"])
    service["develop"] = {"watch": _watched()}
    return service


def _mounted(image: ImagePlan) -> list[Any]:
    own = [f"{volume_name(image, mount)}:{mount.path}" for mount in mounts_of(image).lasting]
    caches = [Commented(MODULES, "Modules and compiled packages survive the container."), BUILDS]
    return [f".:{SOURCES}", *caches, *own]


def _watched() -> list[Any]:
    why = "Go files need no watching here: they are mounted. What the image is made of does."
    return [
        Commented({"action": "rebuild", "path": "Dockerfile.dev"}, why),
        {"action": "rebuild", "path": "go.mod"},
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
    caches = [text.partition(":")[0] for text in (MODULES, BUILDS)]
    return {name: {} for name in caches} | volumes_of(plan, development=True)
