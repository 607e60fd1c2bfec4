"""What kind of file is it? By name, and for YAML by content."""

from __future__ import annotations

import re
from typing import Final

from gotare.lint.rule import Kind

BY_CONTENT: Final = (".yaml", ".yml", ".go")
"""Ends of names that do not tell: the content decides."""

_DOCKERFILE: Final = re.compile(
    r"(?:dockerfile|containerfile)(?:[._-].+)?|.+[._-](?:dockerfile|containerfile)", re.IGNORECASE
)
_OTHERS: Final = re.compile(
    r".*\.(?:md|markdown|rst|txt|html?|go|py|js|ts|rb|sh|json|ya?ml|toml|lock|orig|rej|bak|swp|tmpl"
    r"|tpl|j2|jinja2?|erb|gotmpl|template|in)",
    re.IGNORECASE,
)
_COMPOSE: Final = re.compile(r"(?:docker-|podman-)?compose(?:[._-].+)?\.ya?ml", re.IGNORECASE)
_IGNORE: Final = re.compile(r"(?:.+)?\.(?:docker|container)ignore", re.IGNORECASE)
_MAKEFILE: Final = re.compile(r"GNUmakefile|[Mm]akefile|.+\.mk")
_KUSTOMIZATION: Final = re.compile(r"kustomization\.ya?ml|Kustomization")
_API: Final = re.compile(r"^(?:- )?[ ]*[\"']?apiVersion[\"']?[ ]*:[ ]*[\"']?[\w./-]+", re.MULTILINE)
_KIND: Final = re.compile(r"^(?:- )?[ ]*[\"']?kind[\"']?[ ]*:[ ]*[\"']?[A-Z]\w+", re.MULTILINE)
_FOREIGN: Final = re.compile(
    r"^(?:apiVersion|kind)[ ]*:[ ]*[\"']?(?:kind\.x-k8s\.io|k3d\.io|skaffold|ctlptl|tilt|v2"
    r"|backstage\.io|audit\.k8s\.io|kubeadm\.k8s\.io|client\.authentication)",
    re.MULTILINE,
)
_TEMPLATE: Final = re.compile(r"\{\{|^[ \t]*\{%", re.MULTILINE)
_FROM: Final = re.compile(r"^[ \t]*FROM[ \t]+[\w$\"'./-]", re.IGNORECASE | re.MULTILINE)
_MAIN: Final = re.compile(r"^package[ \t]+main\b", re.MULTILINE)


def kind_of_name(path: str) -> Kind | None:
    """Return the kind that a path's name tells; None where it tells none."""
    name = path.rpartition("/")[2]
    if _IGNORE.fullmatch(name):
        return "dockerignore"
    if _DOCKERFILE.fullmatch(name) and not _OTHERS.fullmatch(name):
        return "dockerfile"
    if _COMPOSE.fullmatch(name):
        return "compose"
    if _MAKEFILE.fullmatch(name):
        return "makefile"
    if _KUSTOMIZATION.fullmatch(name):
        return "kubernetes"
    return "workflow" if _is_workflow(path, name) else None


def _is_workflow(path: str, name: str) -> bool:
    if re.fullmatch(r"\.gitlab-ci\.ya?ml", name):
        return True
    if not name.endswith((".yml", ".yaml")):
        return False
    return bool(re.search(r"(?:^|/)\.github/workflows/[^/]+$", path)) or (
        bool(re.fullmatch(r"action\.ya?ml", name))
    )


def is_surely_dockerfile(path: str, text: str) -> bool:
    """Whether a file with the name of a Dockerfile is one: `Dockerfile.tmLanguage` is not."""
    name = path.rpartition("/")[2].lower()
    return name in ("dockerfile", "containerfile") or bool(_FROM.search(text))


def kind_of_text(path: str, text: str) -> Kind | None:
    """Return the kind that the content tells: Kubernetes manifests, and Go files of programs.

    Templates (Helm's, for instance) are no YAML before they are rendered, so they are none.
    """
    if path.endswith(".go"):
        return "go" if _MAIN.search(text) and not path.endswith("_test.go") else None
    if _TEMPLATE.search(text) or not (_API.search(text) and _KIND.search(text)):
        return None
    return None if _FOREIGN.search(text) else "kubernetes"
