"""Real kustomize builds the base and both overlays, and what it makes is valid and whole."""

from __future__ import annotations

import base64
import subprocess
from functools import cache
from pathlib import Path

import pytest
import yaml

from gotare.generate.kubernetes import kubernetes
from tests.generate.go_tools import KUSTOMIZE, go_tool
from tests.generate.golden_files import write_files
from tests.generate.manifests import (
    Manifest,
    containers,
    newest_versions,
    pods,
    restricted,
    validate,
)
from tests.generate.plan_table import CHOICES, PLANS

FOLDERS = ("base", "overlays/dev", "overlays/prod")


@pytest.fixture(scope="module")
def kustomize(go: Path) -> Path:
    return go_tool(go, KUSTOMIZE)


@cache
def built(program: Path, name: str, folder: str, root: Path) -> tuple[Manifest, ...]:
    """Return the objects that kustomize makes; secrets come from their examples."""
    files = {file.path: file.content for file in kubernetes(PLANS[name](), CHOICES)}
    for path in [path for path in files if path.endswith(".env.example")]:
        files[path.removesuffix(".example")] = files[path]
    write_files(root, files)
    done = subprocess.run([program, "build", root / "k8s" / folder], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "deprecated" not in done.stderr.lower()
    return tuple(yaml.safe_load_all(done.stdout))


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("name", PLANS)
def test_what_kustomize_builds(name: str, folder: str, kustomize: Path, tmp_path: Path) -> None:
    found = built(kustomize, name, folder, tmp_path)
    for item in found:
        validate(item, newest_versions()[-1])
    made = list(pods(found))
    assert len(made) == len(PLANS[name]().images)
    names = {(item["kind"], item["metadata"]["name"]): item for item in found}
    for _, template in made:
        assert restricted(template["spec"]) == []
        assert template["metadata"]["labels"]["app.kubernetes.io/part-of"]
        for container in containers(template["spec"]):
            for source in container.get("envFrom", []):
                assert ("ConfigMap", source["configMapRef"]["name"]) in names
            if folder == "overlays/dev":
                _check_secrets(container, names)


def _check_secrets(container: Manifest, names: dict[tuple[str, str], Manifest]) -> None:
    for variable in container.get("env", []):
        reference = variable.get("valueFrom", {}).get("secretKeyRef")
        if reference and not reference.get("optional"):
            assert reference["key"] in names["Secret", reference["name"]]["data"]


@pytest.mark.parametrize("name", PLANS)
def test_overlays_have_their_namespace_and_tag(name: str, kustomize: Path, tmp_path: Path) -> None:
    for overlay, tag in (("dev", "dev"), ("prod", "v0.0.0")):
        found = built(kustomize, name, f"overlays/{overlay}", tmp_path)
        namespace = next(o["metadata"]["name"] for o in found if o["kind"] == "Namespace")
        spaces = {o["metadata"].get("namespace") for o in found if o["kind"] != "Namespace"}
        assert spaces == {namespace}
        for _, template in pods(found):
            for container in containers(template["spec"]):
                assert container["image"].startswith("ghcr.io/me/")
                assert container["image"].endswith(f":{tag}")


def test_values_arrive_as_the_code_has_them(kustomize: Path, tmp_path: Path) -> None:
    found = built(kustomize, "awkward", "base", tmp_path)
    maps = [item["data"] for item in found if item["kind"] == "ConfigMap"]
    assert len(maps) == 2
    for image, data in zip(PLANS["awkward"]().images, maps, strict=True):
        expected = {v.name: v.value for v in image.workload.variables if v.value is not None}
        assert expected.items() <= data.items()
        assert data.keys() - expected.keys() == {"BASE_URL"}


def test_development_logs_more_and_has_its_secrets(kustomize: Path, tmp_path: Path) -> None:
    found = built(kustomize, "api", "overlays/dev", tmp_path)
    config = next(item["data"] for item in found if item["kind"] == "ConfigMap")
    assert config == {"LOG_LEVEL": "debug", "PORT": "8080", "REDIS_ADDR": "redis:6379"}
    secret = next(item["data"] for item in found if item["kind"] == "Secret")
    url = base64.b64decode(secret["DATABASE_URL"]).decode()
    assert url == "postgres://app:change-me@postgres:5432/app?sslmode=disable"


def test_production_has_no_secret_and_scales(kustomize: Path, tmp_path: Path) -> None:
    found = built(kustomize, "api", "overlays/prod", tmp_path)
    kinds = {item["kind"] for item in found}
    assert "Secret" not in kinds
    assert {"HorizontalPodAutoscaler", "PodDisruptionBudget"} <= kinds
