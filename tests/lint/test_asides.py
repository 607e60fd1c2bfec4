"""What would harden a deployment is a lesser matter in files for tests, examples and documents."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gotare.findings import Severity
from gotare.lint.around import Neighbourhood
from gotare.lint.asides import LESSER, aside, says_aside
from gotare.lint.files import Target
from gotare.lint.own import OWN
from gotare.lint.policy import Flags, make_policy
from gotare.lint.rules import all_rules
from gotare.lint.run import Linted, lint_target
from gotare.settings import LintSettings

POD = """apiVersion: v1
kind: Pod
metadata: {name: a}
spec:
  containers:
    - {name: a, image: a}
"""
REMOVED = "apiVersion: batch/v1beta1\nkind: CronJob\nmetadata: {name: a}\n"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("test/pod.yaml", "the file is below test/"),
        ("internal/kinds/example/kube/pod.yml", "the file is below example/"),
        ("a/integrationtest/pod.yml", "the file is below integrationtest/"),
        ("systest/a/docker-compose.yml", "the file is below systest/"),
        ("e2e-tests/pod.yaml", "the file is below e2e-tests/"),
        ("backend/_example/memory/Dockerfile", "the file is below _example/"),
        (".devcontainer/compose.yaml", "the file is below .devcontainer/"),
        ("docs/snippets/pod.yaml", "the file is below docs/"),
        ("docker/dummy/webdav/Dockerfile", "the file is below dummy/"),
        ("cmd/stub/Dockerfile", "the file is below stub/"),
        ("fstest/testserver/images/sftp/Dockerfile", "the file is below fstest/"),
        ("internal/suites/compose/Dockerfile", "the file is below suites/"),
        ("docker/demo/Dockerfile", "the file is below demo/"),
        ("compose.dev.yaml", "the name compose.dev.yaml keeps it from production"),
        ("Dockerfile.test", "the name Dockerfile.test keeps it from production"),
        ("parser/testfile-line/Dockerfile", "the file is below testfile-line/"),
        ("parser/testfiles/nested/Dockerfile", "the file is below testfiles/"),
        ("code-samples/eventing/pod.yaml", "the file is below code-samples/"),
        ("a/bookstore-sample-app/pod.yaml", "the file is below bookstore-sample-app/"),
        ("docs-v2/content/Dockerfile", "the file is below docs-v2/"),
        ("manifests/quick-start/base/pod.yaml", "the file is below quick-start/"),
        ("deploy/pod.yaml", ""),
        ("sampler/resampled/documents/pod.yaml", ""),
        ("contest/latest/attest/pod.yaml", ""),
        ("cmd/test-server/Dockerfile", ""),
        ("deploy/dev/pod.yaml", ""),
        ("attestation.yaml", ""),
        ("cmd/debug.go", ""),
    ],
)
def test_what_a_path_says(path: str, expected: str) -> None:
    assert aside(path) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("## FOR ARMv7 TEST AND DEVELOPMENT ONLY ##\n\nservices: {}\n", True),
        ("# Do not use this in production.\nservices: {}\n", True),
        ("# This file is not meant for production use\n", True),
        ("# Only for local development\n", True),
        ("# Brings up an example instance of the proxy\n# for manual testing.\n", True),
        ("# For local development see compose.dev.yaml\n", False),
        ("# The tests run only on Linux\n", False),
        ("services: {}\n# do not use this in production\n", False),
        ("", False),
    ],
)
def test_what_the_first_comment_says(text: str, expected: bool) -> None:
    assert says_aside(text) is expected
    assert aside("compose.yaml", text) == (
        "the file's first comment keeps it from production" if expected else ""
    )


def test_what_a_manifest_is_made_from_counts() -> None:
    text = "# This is an auto-generated file. DO NOT EDIT\nkind: Pod\n"
    assert aside("install.yaml", text) == "the file is generated, and what it is made from counts"
    assert aside("Dockerfile", text) == ""
    assert aside("install.yaml", text.split("\n", 1)[1]) == ""


@given(st.text(alphabet="ab_-sample.", max_size=60))
def test_names_of_folders_take_no_time(name: str) -> None:
    assert aside(f"{name}/x.yaml") in ("", f"the file is below {name}/")


def test_every_rule_that_is_lesser_exists() -> None:
    assert {*all_rules(), *OWN} >= LESSER


def linted(root: Path, path: str, text: str, *severity: str) -> Linted:
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text)
    policy = make_policy(LintSettings(), Flags(severity=severity))
    target = Target(place.name, place, "kubernetes")
    return lint_target(target, Neighbourhood(place.parent, None).look, policy, None)


def found(made: Linted, rule: str) -> tuple[Severity, str]:
    finding = next(each for each in made.findings if each.rule == rule)
    return finding.severity, finding.hint


def test_hardening_is_info_below_a_folder_of_tests_wherever_the_linter_starts(
    tmp_path: Path,
) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    for path, expected in (("deploy/pod.yaml", False), ("test/kube/pod.yaml", True)):
        severity, hint = found(linted(tmp_path, path, POD), "k8s-run-as-non-root")
        assert severity == (Severity.INFO if expected else Severity.WARNING)
        assert hint.endswith("; info only: the file is below test/") is expected


def test_what_breaks_stays_as_it_is(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    made = found(linted(tmp_path, "docs/job.yaml", REMOVED), "k8s-removed-api")
    assert made == (Severity.ERROR, "batch/v1")


def test_a_file_may_be_broken_on_purpose(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    broken = f"{POD}  - ]\n"
    assert found(linted(tmp_path, "deploy/pod.yaml", broken), "syntax")[0] == Severity.ERROR
    assert found(linted(tmp_path, "test/pod.yaml", broken), "syntax")[0] == Severity.INFO
    settled = linted(tmp_path, "test/pod.yaml", broken, "syntax=warning")
    assert found(settled, "syntax")[0] == Severity.WARNING


def test_what_the_user_grades_stays_as_it_is(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    graded = linted(tmp_path, "test/pod.yaml", POD, "k8s-run-as-non-root=error")
    severity, hint = found(graded, "k8s-run-as-non-root")
    assert severity == Severity.ERROR
    assert "info only" not in hint
