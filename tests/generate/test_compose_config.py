"""The library behind `docker compose config` reads what is written, with `.env` as the example."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from gotare.generate.compose import compose
from tests.generate.go_tools import COMPOSE_LOADER, go_program
from tests.generate.golden_files import write_files
from tests.generate.plan_table import CHOICES, PLANS


@pytest.fixture(scope="module")
def loader(go: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return go_program(go, COMPOSE_LOADER, tmp_path_factory.mktemp("loader"))


def load(loader: Path, folder: Path, file: str) -> dict[str, Any]:
    """Return the project that a file describes."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    done = subprocess.run(
        [loader, file], capture_output=True, text=True, env=environment, cwd=folder
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return dict(json.loads(done.stdout))


def write(name: str, folder: Path, with_env: bool = True) -> None:
    files = {file.path: file.content for file in compose(PLANS[name](), CHOICES)}
    if with_env and ".env.example" in files:
        files[".env"] = files[".env.example"]
    write_files(folder, files)


@pytest.mark.parametrize("file", ["compose.yaml", "compose.dev.yaml"])
@pytest.mark.parametrize("name", PLANS)
def test_config(name: str, file: str, loader: Path, tmp_path: Path) -> None:
    write(name, tmp_path)
    model = load(loader, tmp_path, file)
    plan = PLANS[name]()
    assert {image.name for image in plan.images} <= set(model["services"])


def test_values_arrive_as_the_code_has_them(loader: Path, tmp_path: Path) -> None:
    write("awkward", tmp_path)
    environment = load(loader, tmp_path, "compose.yaml")["services"]["second"]["environment"]
    image = PLANS["awkward"]().images[1]
    for variable in image.workload.variables:
        if variable.value is not None:
            assert environment[variable.name] == variable.value
    assert environment["BASE_URL"] == "http://localhost"


def test_the_database_url_has_the_password_of_the_database(loader: Path, tmp_path: Path) -> None:
    write("api", tmp_path)
    model = load(loader, tmp_path, "compose.yaml")
    url = model["services"]["api"]["environment"]["DATABASE_URL"]
    assert url == "postgres://app:change-me@postgres:5432/app?sslmode=disable"
    assert model["secrets"]["postgres_password"]["environment"] == "POSTGRES_PASSWORD"


def test_development_takes_over_the_database(loader: Path, tmp_path: Path) -> None:
    write("api", tmp_path)
    service = load(loader, tmp_path, "compose.dev.yaml")["services"]["postgres"]
    assert service["image"] == "postgres:18-alpine"
    assert service["ports"][0]["host_ip"] == "127.0.0.1"
    assert service["healthcheck"]["test"][1] == "pg_isready"


def test_without_a_password_nothing_starts(loader: Path, tmp_path: Path) -> None:
    write("api", tmp_path, with_env=False)
    with pytest.raises(AssertionError, match=r"see \.env\.example"):
        load(loader, tmp_path, "compose.yaml")
