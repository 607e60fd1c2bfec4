"""Do images come from registries that the project may take them from? gotare.yaml says which."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Final

from gotare.findings import Severity
from gotare.lint.dockerfile.resolve import split_reference
from gotare.lint.rule import Found, Rule
from gotare.lint.rules.security import images_taken

if TYPE_CHECKING:
    from gotare.lint.compose import ComposeSubject
    from gotare.lint.kubernetes import KubernetesSubject
    from gotare.lint.subjects import DockerfileSubject

_WHERE: Final = "take it from there, or name its registry in gotare.yaml: lint: allow-registries"


def is_allowed(reference: str, allowed: Collection[str]) -> bool:
    """Whether an image is in one of the registries (`ghcr.io`) or below one of the repositories
    (`ghcr.io/me`). Without any every one is allowed; so is what a variable hides."""
    registry, repository, _, _ = split_reference(reference)
    if not allowed or "$" in registry + repository:
        return True
    library = "/" if registry != "docker.io" or "/" in repository else "/library/"
    whole = f"{registry}{library}{repository}/"
    return any(whole.startswith(f"{_whole(each)}/") for each in allowed)


def _whole(place: str) -> str:
    """Write an entry of the list as images are written: those of Docker Hub with its name."""
    first = place.strip("/").partition("/")[0]
    has_host = "." in first or ":" in first or first == "localhost"
    return place.strip("/") if has_host else f"docker.io/{place.strip('/')}"


def _said(reference: str, allowed: Collection[str]) -> str:
    return f"{reference} comes from none of the registries that are allowed: {', '.join(allowed)}"


def _of_dockerfile(subject: DockerfileSubject) -> Iterator[Found]:
    allowed = subject.around.allow_registries
    for base in images_taken(subject) if allowed else ():
        whole = base.reference or base.text
        if not is_allowed(whole, allowed):
            yield Found(_said(base.name, allowed), base.span, _WHERE)


def _of_compose(subject: ComposeSubject) -> Iterator[Found]:
    allowed = subject.around.allow_registries
    for service in subject.services:
        image = service.image
        if image and not service.is_built and not is_allowed(image.text, allowed):
            yield Found(_said(image.name, allowed), service.node["image"].span, _WHERE)


def _of_kubernetes(subject: KubernetesSubject) -> Iterator[Found]:
    allowed = subject.around.allow_registries
    for workload in subject.workloads:
        for container in workload.containers:
            image = container.image
            if image and not is_allowed(image.text, allowed):
                yield Found(_said(image.name, allowed), container.node["image"].span, _WHERE)


RULES: Final = (
    Rule(
        id="registry-not-allowed",
        kind="dockerfile",
        family="security",
        severity=Severity.ERROR,
        title="A base image comes from a registry that gotare.yaml does not allow.",
        check=_of_dockerfile,
        equivalents={"hadolint": ("DL3026",)},
    ),
    Rule(
        id="compose-registry-not-allowed",
        kind="compose",
        family="security",
        severity=Severity.ERROR,
        title="A service's image comes from a registry that gotare.yaml does not allow.",
        check=_of_compose,
    ),
    Rule(
        id="k8s-registry-not-allowed",
        kind="kubernetes",
        family="security",
        severity=Severity.ERROR,
        title="A container's image comes from a registry that gotare.yaml does not allow.",
        check=_of_kubernetes,
    ),
)
