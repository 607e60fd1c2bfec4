"""The GitLab pipeline: against its schema and shellcheck, and what it may and may not do."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gotare.generate.files import Choices, GeneratedFile
from gotare.generate.gitlab import gitlab
from tests.generate import plans
from tests.generate.pipelines import CASES, DIFFERENT, Builder, document, pipelines, scripts
from tests.generate.plan_table import PLANS

BIN = Path(sys.executable).parent
JOBS = {"test", "vulnerabilities", "lint", "gotare-lint", "build", "scan", "publish"}


def pipeline(name: str, builder: Builder) -> GeneratedFile:
    return next(f for f in pipelines(name, builder) if f.part == "gitlab")


def test_the_schema_agrees(tmp_path: Path) -> None:
    for name, builder in DIFFERENT:
        (tmp_path / f"{name}-{builder}.yml").write_text(pipeline(name, builder).content)
    schema = ("--builtin-schema", "vendor.gitlab-ci")
    done = subprocess.run(
        [BIN / "check-jsonschema", *schema, *tmp_path.iterdir()], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def test_shellcheck_finds_nothing(tmp_path: Path) -> None:
    for name, builder in CASES:
        for job, script in scripts(document(pipeline(name, builder))):
            (tmp_path / f"{name}-{builder}-{job}.sh").write_text(f"#!/bin/sh -e\n{script}")
    done = subprocess.run([BIN / "shellcheck", *tmp_path.iterdir()], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("name", "builder"), CASES)
def test_the_jobs(name: str, builder: Builder) -> None:
    made = document(pipeline(name, builder))
    jobs = {job for job, body in made.items() if isinstance(body, dict) and "script" in body}
    assert jobs == JOBS | ({"hadolint"} if builder == "docker" else set())
    assert set(made["publish"]["needs"]) == jobs - {"publish"}


@pytest.mark.parametrize(("name", "builder"), CASES)
def test_only_the_default_branch_and_tags_publish(name: str, builder: Builder) -> None:
    made = document(pipeline(name, builder))
    rules = [rule["if"] for rule in made["publish"]["rules"]]
    assert rules == ["$CI_COMMIT_TAG", "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"]
    for job, script in scripts(made):
        pushes = "--push" in script or "docker://" in script or 'tar:candidate" "$REPO' in script
        assert pushes == (job == "publish"), job


@pytest.mark.parametrize(("name", "builder"), CASES)
def test_a_scan_reports_and_fails(name: str, builder: Builder) -> None:
    made = document(pipeline(name, builder))
    scan = made["scan"]
    assert scan["artifacts"]["when"] == "always"
    assert "container_scanning" in scan["artifacts"]["reports"]
    assert re.search(r"--severity HIGH,CRITICAL .*--exit-code 1", scan["script"][-1])
    assert made["include"] == [{"template": "Jobs/SAST.gitlab-ci.yml"}]


@pytest.mark.parametrize(("name", "builder"), CASES)
def test_the_files_are_linted_and_shown_also_where_that_fails(name: str, builder: Builder) -> None:
    job = document(pipeline(name, builder))["gotare-lint"]
    assert job["script"][-1] == "gotare lint"
    report = job["artifacts"]["reports"]["codequality"]
    assert job["script"][0] == f"gotare lint --format gitlab --fail-on never > {report}"
    assert job["artifacts"]["when"] == "always"


@pytest.mark.parametrize("name", PLANS)
def test_gotare_needs_no_engine(name: str) -> None:
    made = pipeline(name, "gotare")
    assert not any("services" in body for body in document(made).values() if isinstance(body, dict))
    for _, script in scripts(document(made)):
        assert not re.search(r"\bdocker (run|build|login|pull)", script)
    assert "services" in document(pipeline(name, "docker"))["build"]


@pytest.mark.parametrize("name", PLANS)
def test_an_engine_is_never_given_several_platforms(name: str) -> None:
    commands = document(pipeline(name, "docker"))["build"]["script"]
    builds = [command for command in commands if command.startswith("docker buildx build")]
    assert len(builds) == 2
    for command in builds:
        several = '--platform "$PLATFORMS"' in command
        assert ("--load" in command) != several
        assert ("type=oci" in command) == several


def images(made: dict[str, Any]) -> list[str]:
    found = [body.get("image") for body in made.values() if isinstance(body, dict)]
    return [i if isinstance(i, str) else i["name"] for i in found if i]


@pytest.mark.parametrize(("name", "builder"), CASES)
def test_images_have_versions(name: str, builder: Builder) -> None:
    found = images(document(pipeline(name, builder)))
    assert len(found) > 3
    for image in found:
        assert re.search(r":v?\d", image), image


def test_images_are_pinned() -> None:
    digest = "sha256:" + "1" * 64
    pins = {"golang:1.26-bookworm": digest, "aquasec/trivy:0.74.0": digest}
    made = document(gitlab(plans.api_plan(), Choices(pins=pins)))
    assert f"golang:1.26-bookworm@{digest}" in images(made)
    assert f"aquasec/trivy:0.74.0@{digest}" in images(made)


@pytest.mark.parametrize(
    ("image", "repository"),
    [
        ("", "$CI_REGISTRY_IMAGE"),
        ("ghcr.io/me", "$CI_REGISTRY_IMAGE"),
        ("registry.gitlab.com/me/shop", "$CI_REGISTRY_IMAGE"),
        ("harbor.example.com/team", "harbor.example.com/team"),
    ],
)
def test_the_registry(image: str, repository: str) -> None:
    variables = document(gitlab(plans.api_plan(), Choices(image=image)))["variables"]
    assert variables["REPOSITORY"] == repository
