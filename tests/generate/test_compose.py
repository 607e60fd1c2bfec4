"""Compose files: as kept, by the Compose specification's schema, hardened, and consistent."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
import yaml

from gotare.generate.backends import CONTAINERS, container_of
from gotare.generate.compose import compose
from gotare.generate.dockerfile import dockerfiles
from gotare.generate.files import Choices
from gotare.plan import Plan
from gotare.workload import Port, SourceTree, Workload
from tests.generate import plans
from tests.generate.golden_files import check_golden
from tests.generate.plan_table import CHOICES, PLANS

FILES = ("compose.yaml", "compose.dev.yaml")


def texts(plan: Plan, choices: Choices = CHOICES) -> dict[str, str]:
    return {file.path: file.content for file in compose(plan, choices)}


def production(plan: Plan, choices: Choices = CHOICES) -> dict[str, Any]:
    return dict(yaml.safe_load(texts(plan, choices)["compose.yaml"]))


def development(plan: Plan, choices: Choices = CHOICES) -> dict[str, Any]:
    return dict(yaml.safe_load(texts(plan, choices)["compose.dev.yaml"]))


@cache
def schema() -> jsonschema.Draft202012Validator:
    """The Compose specification's own schema, as check-jsonschema ships it."""
    path = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    return jsonschema.Draft202012Validator(json.loads(path.read_text()))


@pytest.mark.parametrize("name", PLANS)
def test_golden(name: str) -> None:
    check_golden(f"compose/{name}", compose(PLANS[name](), CHOICES))


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("name", PLANS)
def test_schema(name: str, file: str) -> None:
    schema().validate(yaml.safe_load(texts(PLANS[name]())[file]))


def test_the_schema_refuses() -> None:
    document = production(plans.api_plan())
    document["services"]["api"]["prots"] = []
    with pytest.raises(jsonschema.ValidationError, match="prots"):
        schema().validate(document)


@pytest.mark.parametrize("name", PLANS)
def test_every_container_is_hardened(name: str) -> None:
    for service, content in production(PLANS[name]())["services"].items():
        assert content["cap_drop"] == ["ALL"], service
        assert content["security_opt"] == ["no-new-privileges:true"], service
        assert content["logging"]["options"]["max-size"] == "10m", service
        assert "privileged" not in content and "pid" not in content, service
        if "network_mode" not in content:
            assert content["deploy"]["resources"]["limits"]["memory"], service


@pytest.mark.parametrize("name", PLANS)
def test_every_program_is_not_root_and_read_only(name: str) -> None:
    plan = PLANS[name]()
    services = production(plan)["services"]
    for image in plan.images:
        service = services[image.name]
        assert service["read_only"] is True
        user, _, group = service["user"].partition(":")
        assert int(user) > 0 and int(group) > 0
        assert any(mount.startswith("/tmp:") for mount in service["tmpfs"])


@pytest.mark.parametrize("name", PLANS)
def test_databases_are_reached_by_programs_only(name: str) -> None:
    plan = PLANS[name]()
    document = production(plan)
    own = {image.name for image in plan.images}
    for service, content in document["services"].items():
        if service.removesuffix("-migrate").removesuffix("-volumes") not in own:
            assert "ports" not in content
            assert content["networks"] == ["backend"]
    if "backend" in document["networks"]:
        assert document["networks"]["backend"] == {"internal": True}


@pytest.mark.parametrize("name", PLANS)
def test_development_is_on_this_machine_only(name: str) -> None:
    for service in development(PLANS[name]())["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("name", PLANS)
def test_no_port_of_the_host_is_taken_twice(name: str, file: str) -> None:
    document = yaml.safe_load(texts(PLANS[name]())[file])
    ports = [port for service in document["services"].values() for port in service.get("ports", [])]
    taken = [(port.rpartition(":")[0], port.endswith("/udp")) for port in ports]
    assert len(taken) == len(set(taken))


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("name", PLANS)
def test_what_is_named_is_there(name: str, file: str) -> None:
    document = yaml.safe_load(texts(PLANS[name]())[file])
    for service in document["services"].values():
        assert set(service.get("networks", [])) <= set(document["networks"])
        assert set(service.get("secrets", [])) <= set(document.get("secrets", {}))
        assert set(service.get("depends_on", {})) <= set(document["services"])
        named = {text.partition(":")[0] for text in service.get("volumes", [])}
        assert {volume for volume in named if volume != "."} <= set(document.get("volumes", {}))


@pytest.mark.parametrize("name", PLANS)
def test_what_is_waited_for_can_tell(name: str) -> None:
    services = production(PLANS[name]())["services"]
    for service in services.values():
        for other, need in service.get("depends_on", {}).items():
            if need["condition"] == "service_healthy":
                assert services[other]["healthcheck"]["test"][0] == "CMD"
            elif need["condition"] == "service_completed_successfully":
                assert services[other]["restart"] == "no"


@pytest.mark.parametrize("name", PLANS)
def test_no_password_is_written_down(name: str) -> None:
    plan = PLANS[name]()
    secrets = {v.name for image in plan.images for v in image.workload.variables if v.secret}
    for document in (production(plan), development(plan)):
        for service in document["services"].values():
            for variable, value in service.get("environment", {}).items():
                if variable in secrets and value and "@" in value:
                    assert "${" in value
                if variable.upper().endswith(("PASSWORD", "PASS", "PASSWORD_FILE")):
                    random = variable == "MYSQL_RANDOM_ROOT_PASSWORD"
                    assert random or str(value).startswith(("${", "/run/secrets/"))


@pytest.mark.parametrize("name", PLANS)
def test_all_that_is_wanted_is_in_the_example(name: str) -> None:
    found = texts(PLANS[name]())
    both = found["compose.yaml"] + found["compose.dev.yaml"]
    wanted = set(re.findall(r"\$\{(\w+):\?", both))
    secrets = production(PLANS[name]()).get("secrets", {}).values()
    wanted |= {secret["environment"] for secret in secrets if "environment" in secret}
    example = found.get(".env.example", "")
    given = set(re.findall(r"^(\w+)=.+$", example, re.MULTILINE))
    assert wanted <= given


def test_migrations_end_before_the_program_starts() -> None:
    services = production(plans.migrating_plan())["services"]
    migration = services["api-migrate"]
    assert migration["command"] == ["migrate", "up"]
    assert migration["depends_on"]["postgres"]["condition"] == "service_healthy"
    assert migration["environment"] == services["api"]["environment"]
    wait = services["api"]["depends_on"]["api-migrate"]
    assert wait == {"condition": "service_completed_successfully"}


def test_volumes_get_their_owner_first() -> None:
    services = production(plans.cgo_plan())["services"]
    owner = services["notes-volumes"]
    assert owner["command"] == ["chown", "65532:65532", "/data"]
    assert owner["cap_add"] == ["CHOWN"] and owner["network_mode"] == "none"
    assert owner["volumes"] == services["notes"]["volumes"] == ["notes-data:/data"]
    assert "notes-volumes" in services["notes"]["depends_on"]


def test_a_folder_with_files_of_the_image_is_not_hidden() -> None:
    text = texts(plans.awkward_plan())["compose.yaml"]
    service = yaml.safe_load(text)["services"]["2048.web_app"]
    mounted = [mount.partition(":")[0] for mount in service["tmpfs"]]
    assert mounted == ["/tmp", "/var/cache/A_b"]
    assert service["volumes"] == ["2048.web_app-data:/data"]
    assert "/app is written to (log.go:1), but holds files of the image" in text


def test_a_program_that_only_consumes_is_on_the_inner_network() -> None:
    services = production(plans.workspace_plan())["services"]
    assert services["worker"]["networks"] == ["backend"]
    assert services["api"]["networks"] == ["frontend", "backend"]
    assert "ports" not in services["worker"]


def test_a_command_line_program_waits_to_be_asked_for() -> None:
    service = production(plans.cli_plan())["services"]["tare"]
    assert service["profiles"] == ["cli"]
    assert service["restart"] == "no"
    assert "ports" not in service


def test_ports_that_collide_move() -> None:
    services = production(plans.awkward_plan())["services"]
    assert services["2048.web_app"]["ports"] == ["80:80", "53:53/udp"]
    assert services["second"]["ports"] == ["81:80", "54:53/udp"]
    mine = development(plans.awkward_plan())["services"]["2048.web_app"]["ports"]
    assert mine == ["127.0.0.1:8080:80", "127.0.0.1:8053:53/udp", "127.0.0.1:6060:6060"]


def test_ports_at_the_end_of_the_range() -> None:
    made = [
        replace(plans.image(name), workload=Workload(ports=(Port(65535, "http"),)))
        for name in ("a", "b")
    ]
    services = production(plans.plan(*made))["services"]
    assert services["a"]["ports"] == ["65535:65535"]
    assert services["b"]["ports"] == ["1024:65535"]


def test_stand_ins_are_for_development_only() -> None:
    inside = set(production(plans.backends_plan())["services"])
    both = set(development(plans.backends_plan())["services"])
    assert both - inside == {"s3", "smtp", "otel", "vault"}
    assert not {"kubernetes", "docker", "ldap"} & both


def test_kafka_has_a_listener_for_the_host_in_development() -> None:
    service = development(plans.workspace_plan())["services"]["kafka"]
    advertised = service["environment"]["KAFKA_ADVERTISED_LISTENERS"]
    assert advertised == "PLAINTEXT://kafka:9092,HOST://localhost:29092"
    assert service["ports"] == ["127.0.0.1:29092:29092"]


def test_images_made_by_gotare_are_not_built() -> None:
    service = production(plans.api_plan(), Choices(builder="gotare"))["services"]["api"]
    assert "build" not in service
    assert service["image"] == "api:${TAG:-local}"


def test_what_lies_beyond_the_context_is_passed() -> None:
    sources = SourceTree(
        name="shop", go="1.26", control=("go.mod",), outside=("../shared", "../../lib/shared"),
        private=("git.example.com/*",),
    )  # fmt: skip
    plan = plans.plan(plans.image("api"), sources=sources)
    build = production(plan)["services"]["api"]["build"]
    assert build["additional_contexts"] == {"shared": "../shared", "shared-2": "../../lib/shared"}
    assert build["secrets"] == ["netrc"]
    assert production(plan)["secrets"]["netrc"] == {"file": "${NETRC:-/dev/null}"}
    mounts = development(plan)["services"]["api"]["volumes"]
    assert mounts[:3] == [
        ".:/src/project/project",
        "../shared:/src/project/shared",
        "../../lib/shared:/src/lib/shared",
    ]


def test_development_reloads_as_the_user_who_owns_the_sources() -> None:
    services = development(plans.workspace_plan())["services"]
    assert services["worker"]["command"] == ["-c", ".air.worker.toml"]
    assert services["worker"]["build"]["args"] == {"UID": "${UID:-1000}", "GID": "${GID:-1000}"}
    assert services["worker-volumes"]["command"][1] == "${UID:-1000}:${GID:-1000}"
    paths = [entry["path"] for entry in services["api"]["develop"]["watch"]]
    assert paths == [
        "Dockerfile.dev", "go.work", "api/go.mod", "worker/go.mod", "shared/go.mod",
    ]  # fmt: skip
    assert services["api"]["environment"]["LOG_LEVEL"] == "debug"


def test_several_images_have_the_stages_of_the_dockerfile() -> None:
    plan = plans.awkward_plan()
    services = production(plan)["services"]
    stages = re.findall(r"^FROM .* AS (\S+)$", dockerfiles(plan, CHOICES)[0].content, re.MULTILINE)
    assert {services[image.name]["build"]["target"] for image in plan.images} <= set(stages)


def test_digests_pin_the_images_of_backends() -> None:
    digest = "sha256:" + "a" * 64
    pins = {"postgres:18-alpine": digest, "busybox:1.37": digest}
    api = production(plans.api_plan(), Choices(pins=pins))["services"]
    assert api["postgres"]["image"] == f"postgres:18-alpine@{digest}"
    notes = production(plans.cgo_plan(), Choices(pins=pins))["services"]
    assert notes["notes-volumes"]["image"] == f"busybox:1.37@{digest}"


def test_dollars_are_not_replaced() -> None:
    environment = production(plans.awkward_plan())["services"]["second"]["environment"]
    assert environment["DOLLAR"] == "a$$HOME $${X} $$(Y)"
    assert environment["OPTIONAL"] is None
    assert environment["SENTRY_DSN"] is None


@pytest.mark.parametrize("kind", CONTAINERS)
def test_backends_are_whole(kind: str) -> None:
    backend = next(b for b in plans.backends_plan().images[0].workload.backends if b.kind == kind)
    container = container_of(backend, development=True)
    assert container and ":" in container.reference and not container.reference.endswith(":latest")
    assert bool(container.credential) == ("{password}" in container.address) or container.stand_in
    assert not (container.credential_file and container.credential_variable)
    assert container.credential or not (container.credential_file or container.credential_variable)
