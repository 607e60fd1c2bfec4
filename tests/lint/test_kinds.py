"""What kind of file is it?"""

from __future__ import annotations

import re

import pytest
import yaml

from gotare.lint.files import kind_of_named
from gotare.lint.kinds import kind_of_name, kind_of_text
from tests.conftest import ROOT

NAMES = {
    "Dockerfile": "dockerfile",
    "dockerfile": "dockerfile",
    "build/Dockerfile.alpine": "dockerfile",
    "Dockerfile-dev": "dockerfile",
    "api.Dockerfile": "dockerfile",
    "Containerfile": "dockerfile",
    "Dockerfile.dockerignore": "dockerignore",
    ".dockerignore": "dockerignore",
    ".containerignore": "dockerignore",
    "compose.yaml": "compose",
    "docker-compose.prod.yml": "compose",
    "deploy/compose-dev.yml": "compose",
    ".github/workflows/ci.yml": "workflow",
    "sub/.github/workflows/ci.yaml": "workflow",
    ".gitlab-ci.yml": "workflow",
    "action.yml": "workflow",
    "Makefile": "makefile",
    "build/rules.mk": "makefile",
    "base/kustomization.yaml": "kubernetes",
    "Dockerfile.md": None,
    "dockerfile.go": None,
    "Dockerfile.tmpl": None,
    "mydockerfile": None,
    "dockerfile_test.go": None,
    ".github/dependabot.yml": None,
    ".github/workflows/sub/ci.yml": None,
    "composer.yaml": None,
    "deployment.yaml": None,
    "main.go": None,
}


@pytest.mark.parametrize(("path", "kind"), NAMES.items())
def test_names(path: str, kind: str | None) -> None:
    assert kind_of_name(path) == kind


@pytest.mark.parametrize(
    ("path", "text", "kind"),
    [
        ("a.yaml", "apiVersion: v1\nkind: Service\n", "kubernetes"),
        ("a.yaml", "---\nkind: Pod\napiVersion: v1\n", "kubernetes"),
        ("a.yaml", "items:\n- apiVersion: v1\n  kind: Pod\n", "kubernetes"),
        ("a.yaml", "apiVersion: v1\n", None),
        ("a.yaml", "# apiVersion: v1\n# kind: Pod\n", None),
        ("a.yaml", "apiVersion: v1\nkind: Pod\nname: {{ .Values.name }}\n", None),
        ("a.yaml", "{% raw %}\napiVersion: v1\nkind: Pod\n{% endraw %}\n", None),
        ("a.yaml", "apiVersion: v1\nkind: Pod\na: '{%'\n", "kubernetes"),
        ("a.yaml", "apiVersion: skaffold/v4beta6\nkind: Config\n", None),
        ("a.yaml", "openapi: 3.0.0\n", None),
        ("main.go", "// Command x.\npackage main\n", "go"),
        ("x.go", "package x // main\n", None),
        ("main_test.go", "package main\n", None),
    ],
)
def test_contents(path: str, text: str, kind: str | None) -> None:
    assert kind_of_text(path, text) == kind


@pytest.mark.parametrize(
    ("path", "text", "kind"),
    [
        ("odd-name", "FROM x", "dockerfile"),
        ("-", "FROM x", "dockerfile"),
        ("Dockerfile.tmpl", "FROM x", "dockerfile"),
        ("x.yaml", "services:\n  a: {}\n", "compose"),
        ("x.yaml", "a: b\n", "kubernetes"),
        ("x.go", "package x\n", "go"),
    ],
)
def test_what_a_user_names_has_a_kind(path: str, text: str, kind: str) -> None:
    assert kind_of_named(path, text) == kind


def test_the_hooks_are_given_what_names_tell() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert [hook["id"] for hook in hooks] == ["gotare-lint", "gotare-lint-fix"]
    for hook in hooks:
        assert hook["entry"].split()[:2] == ["gotare", "lint"]
        taken = {path for path in NAMES if re.search(hook["files"], path)}
        left = {path for path in taken if not re.search(hook["exclude"], path)}
        told = {path for path, kind in NAMES.items() if kind not in (None, "makefile")}
        assert left == told - {"action.yml"}
