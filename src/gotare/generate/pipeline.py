"""What GitHub's and GitLab's pipelines have in common: which code, which images, which registry."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

from gotare import __version__
from gotare.generate.dockerfile import variants
from gotare.generate.dockerfile_args import build_arguments
from gotare.generate.files import Choices
from gotare.generate.identity import repository
from gotare.generate.render import plain
from gotare.generate.smoke import docker_lines, explained
from gotare.generate.smoke_rootfs import rootfs_lines
from gotare.generate.tools import golang
from gotare.oci.reference import parse_reference
from gotare.oci.types import Platform
from gotare.plan import ImagePlan, Plan
from gotare.workload import SourceTree

GOLANGCI: Final = "v2.15.0"
GOVULNCHECK: Final = "v1.9.0"
GRYPE: Final = "v0.121.2"
TRIVY: Final = "0.74.0"
HADOLINT: Final = "v2.15.1"
DOCKER: Final = "29"
SKOPEO: Final = "v1.22.2"
PYTHON: Final = "3.13"
"""Versions of the tools that pipelines run."""

_USUAL: Final = (Platform.parse("linux/amd64"), Platform.parse("linux/arm64"))
_RUNNERS: Final = {"linux/amd64": "ubuntu-24.04", "linux/arm64": "ubuntu-24.04-arm"}
"""GitHub's machines, by the platform whose images they can run."""


@dataclass(frozen=True, slots=True)
class Code:
    """What is tested. `packages` are patterns for go, `control` the files that decide modules;
    `version_file` tells which Go; `private` are GOPRIVATE patterns."""

    packages: tuple[str, ...]
    version_file: str
    sums: tuple[str, ...]
    private: tuple[str, ...]

    @property
    def words(self) -> str:
        """The patterns as words for a shell."""
        return shlex.join(self.packages)


@dataclass(frozen=True, slots=True)
class Platforms:
    """Which platforms images are made for; `tried` is the one they are run on, "" for none."""

    all: tuple[str, ...]
    tried: str

    @property
    def loaded(self) -> str:
        """The one that goes into an engine."""
        return self.tried or self.all[0]

    @property
    def runner(self) -> str:
        """GitHub's machine."""
        return _RUNNERS.get(self.tried, "ubuntu-24.04")


def code_of(sources: SourceTree) -> Code:
    """Return what the tests of a project run on."""
    names = {PurePosixPath(path).name: path for path in reversed(sources.control)}
    return Code(
        packages=tuple(plain(_pattern(module)) for module in sources.modules),
        version_file=plain(names.get("go.work") or names.get("go.mod") or "go.mod"),
        sums=tuple(plain(path) for path in sources.control if path.endswith(".sum")),
        private=tuple(map(plain, sources.private)),
    )


def _pattern(module: str) -> str:
    return "./..." if module == "." else f"./{module}/..."


def platforms_of(plan: Plan) -> Platforms:
    """Return the platforms: those that were asked for, else the two that everybody runs, except
    where cgo ties the build to one."""
    asked = len(plan.platforms) > 1 or any(
        reason.decision == "platform" and reason.why == "as asked" for reason in plan.reasons
    )
    cgo = any(image.flags.cgo != "off" for image in plan.images)
    chosen = tuple(map(str, plan.platforms if asked or cgo else _USUAL))
    return Platforms(chosen, next((name for name in _RUNNERS if name in chosen), ""))


def registry_of(choices: Choices) -> str:
    """Return the registry's host, "" where nobody said which."""
    return parse_reference(f"{choices.image}/x").registry if choices.image else ""


def common(plan: Plan, choices: Choices) -> dict[str, Any]:
    """Return the values that every template of a pipeline takes."""
    code, platforms = code_of(plan.sources), platforms_of(plan)
    return {
        "code": code,
        "packages": code.words,
        "platforms": platforms,
        "images": plan.images,
        "several": len(plan.images) > 1,
        "candidate": lambda image: f"{repository(image, choices)}:candidate",
        "prefix": f"{choices.image.rstrip('/')}/" if choices.image else "",
        "registry": registry_of(choices),
        "gotare": __version__,
        "golangci": GOLANGCI,
        "govulncheck": GOVULNCHECK,
        "grype": GRYPE,
        "trivy": TRIVY,
        "hadolint": HADOLINT,
        "python": PYTHON,
        "golang": golang(plan.sources.go),
        "docker": DOCKER,
        "skopeo": SKOPEO,
        "builder": choices.builder,
        "pinned": choices.pinned,
        "arguments": build_arguments(plan),
        "dockerfile": "Dockerfile",
        "dockerfiles": ["Dockerfile", *(f"Dockerfile.{v}" for v in variants(plan, choices))],
        "docker_lines": _docker_lines,
        "rootfs_lines": _rootfs_lines,
        "explained": _explained(plan.images),
    }


def _explained(images: Iterable[ImagePlan]) -> list[str]:
    return [line for image in images for line in explained(image)]


def _docker_lines(image: ImagePlan, reference: str, host: str = "127.0.0.1") -> list[str]:
    return list(map(plain, docker_lines(image, reference, host)))


def _rootfs_lines(image: ImagePlan, platform: str) -> list[str]:
    return list(map(plain, rootfs_lines(image, platform)))
