"""Writes the Compose files of a plan: the program and what it talks to, as containers."""

from __future__ import annotations

from typing import Any

from gotare.generate.addresses import Setting, settings_of
from gotare.generate.compose_backend import backend_service
from gotare.generate.compose_build import build_secrets
from gotare.generate.compose_dev import dev_file
from gotare.generate.compose_environment import EXAMPLE_FILE, example
from gotare.generate.compose_parts import (
    LOG,
    LOGGING,
    backends_of,
    networks_of,
    secrets_of,
    volumes_of,
)
from gotare.generate.compose_service import program_services
from gotare.generate.files import Choices, GeneratedFile
from gotare.generate.header import header
from gotare.generate.host_ports import program_ports
from gotare.generate.identity import project_name
from gotare.generate.yaml_text import Anchored, Commented, to_yaml
from gotare.plan import Plan


def compose(plan: Plan, choices: Choices) -> tuple[GeneratedFile, ...]:
    """Return compose.yaml and compose.dev.yaml, and `.env.example` where something is secret or
    only the user knows it."""
    env = example(_all_settings(plan), _secrets(plan))
    files = [
        GeneratedFile("compose.yaml", _production(plan, choices, bool(env)), "compose"),
        GeneratedFile("compose.dev.yaml", dev_file(plan, choices), "compose"),
    ]
    if env:
        files.append(GeneratedFile(EXAMPLE_FILE, env, "compose"))
    return tuple(files)


def _production(plan: Plan, choices: Choices, has_env: bool) -> str:
    services = _services(plan, choices)
    log = Commented(
        Anchored(LOGGING, LOG), "Logs are bounded, or they would fill the disk.", blank=True
    )
    parts = {
        "services": services,
        "networks": networks_of(services, internal=True),
        "volumes": volumes_of(plan),
        "secrets": secrets_of(plan) | _build_secrets(plan, choices),
    }
    document: dict[str, Any] = {"name": project_name(plan), f"x-{LOGGING}": log}
    document |= {name: Commented(part, blank=True) for name, part in parts.items() if part}
    return f"{header('compose')}\n\n{to_yaml(document, _head(plan, has_env))}"


def _build_secrets(plan: Plan, choices: Choices) -> dict[str, Any]:
    return build_secrets(plan) if choices.builder == "docker" else {}


def _head(plan: Plan, has_env: bool) -> str:
    env = "cp .env.example .env && " if has_env else ""
    names = [image.name for image in plan.images if image.workload.kind == "cli"]
    if len(names) == len(plan.images):
        return f"{env}docker compose run --rm {names[0]}"
    return f"{env}docker compose up --build"


def _services(plan: Plan, choices: Choices) -> dict[str, Commented]:
    ports = program_ports(plan, set())
    found: dict[str, Commented] = {}
    for image in plan.images:
        found |= program_services(image, plan, choices, ports[image.name])
    for backend, container in backends_of(plan):
        found[backend.name] = backend_service(backend, container, choices)
    return found


def _secrets(plan: Plan) -> dict[str, str]:
    """Return the passwords that `.env` holds, and whose they are; those for development too."""
    return {
        container.credential: f"{backend.name}'s user {container.login}"
        for backend, container in backends_of(plan, development=True)
        if container.credential
    }


def _all_settings(plan: Plan) -> list[Setting]:
    return [item for image in plan.images for item in settings_of(image.workload)]
