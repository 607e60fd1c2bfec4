"""How Compose builds a program's image: `build:`, and the secret that private modules want."""

from __future__ import annotations

import posixpath
from typing import Any, Final

from gotare.generate.dockerfile import targets
from gotare.generate.dockerfile_args import DEFAULTS, build_arguments
from gotare.generate.dockerfile_dev import air_path
from gotare.generate.dockerfile_source import contexts, root
from gotare.generate.yaml_text import Commented, Flow
from gotare.plan import ImagePlan, Plan

NETRC: Final = "netrc"
UID: Final = "${UID:-1000}"
GID: Final = "${GID:-1000}"
MODULES: Final = ("go-modules", "/go/pkg/mod")
BUILDS: Final = ("go-build", "/tmp/go-build")  # noqa: S108 - GOCACHE of Dockerfile.dev
_CACHES: Final = (
    "Modules and compiled packages survive the container. The image has these folders, so the "
    "volumes are its user's."
)


def release_build(image: ImagePlan, plan: Plan) -> dict[str, Any]:
    """Return `build:` of the image as it runs in production."""
    build: dict[str, Any] = {"context": ".", "dockerfile": "Dockerfile"}
    if len(plan.images) > 1:
        build["target"] = targets(plan)[image.name]
    arguments = {name: f"${{{name}:-{DEFAULTS[name]}}}" for name in build_arguments(plan)}
    build |= {"args": arguments} if arguments else {}
    return build | _reached(plan)


def development_build(plan: Plan) -> dict[str, Any]:
    """Return `build:` of the image that compiles again whenever a file changes."""
    why = "Yours, so that what is written into the sources is not root's."
    arguments = Commented({"UID": UID, "GID": GID}, why)
    return {"context": ".", "dockerfile": "Dockerfile.dev", "args": arguments} | _reached(plan)


def _reached(plan: Plan) -> dict[str, Any]:
    """Return what lies beyond the context: folders, and who may fetch private modules."""
    found: dict[str, Any] = {}
    beyond = dict(contexts(plan.sources))
    if beyond:
        found["additional_contexts"] = beyond
    if plan.sources.private:
        found["secrets"] = Flow([NETRC])
    return found


def build_secrets(plan: Plan) -> dict[str, Any]:
    """Return the secret of private modules; an empty file stands for none."""
    if not plan.sources.private:
        return {}
    why = "Private modules: NETRC=$HOME/.netrc docker compose build"
    return {NETRC: Commented({"file": "${NETRC:-/dev/null}"}, why)}


def air_command(image: ImagePlan, plan: Plan) -> Flow:
    """Return what makes air reload this program."""
    return Flow(["-c", air_path(plan, image)])


def source_mounts(plan: Plan) -> list[Any]:
    """Return the mounts of the sources and of the caches."""
    place = root(plan.sources)
    beyond = [f"{path}:{_beside(place, path)}" for path in plan.sources.outside]
    modules, builds = (f"{name}:{path}" for name, path in (MODULES, BUILDS))
    return [f".:{place}", *beyond, Commented(modules, _CACHES), builds]


def _beside(place: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(place, path))
