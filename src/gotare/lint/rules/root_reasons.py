"""Is it on purpose that an image runs as root?"""

from __future__ import annotations

import re
from typing import Final

from gotare.lint.dockerfile.model import Build, Stage
from gotare.lint.dockerfile.run_programs import Image
from gotare.lint.dockerfile.shipping import command_of

_WITHOUT_ROOT: Final = r"(?:non-?root|rootless|unprivileged)"
_CLIENTS: Final = re.compile(r"docker(?:-ce)?-cli|docker(?:\.io|-ce)?|podman|buildah|nerdctl")


def never_runs(stage: Stage) -> bool:
    """Whether an image only carries files, for `docker build --output` or other stages: there is
    neither a command nor a shell for one."""
    return stage.root.kind == "scratch" and command_of(stage) is None


def has_reason(build: Build, image: Image) -> bool:
    """Whether the file says why an image is root's: it names root, makes another image for other
    users, keeps the tools of root's home, or talks to the engine of containers."""
    return (
        _names_root(image.stage)
        or _has_sibling(build, image.stage)
        or _works_at_home(image)
        or _holds_client(image)
    )


def _names_root(stage: Stage) -> bool:
    user = stage.state.variables.get("USER")
    return user is not None and user.kind == "env" and user.value == "root"


def _has_sibling(build: Build, stage: Stage) -> bool:
    """Whether another stage is named as the same image without root."""
    name = re.escape(stage.name)
    wanted = re.compile(rf"{name}[-_.]{_WITHOUT_ROOT}|{_WITHOUT_ROOT}[-_.]{name}")
    return bool(name) and any(
        wanted.fullmatch(other.name) and other.state.is_root is False for other in build.stages
    )


def _works_at_home(image: Image) -> bool:
    """Whether nothing is run by itself, and files lie in /root for commands that people give."""
    return command_of(image.stage) is None and any(
        held.copy is not None and held.path.startswith("/root/") for held in image.contents.held
    )


def _holds_client(image: Image) -> bool:
    """Whether there is a client of an engine, whose socket is root's."""
    packages = image.contents.packages
    return image.contents.tool("docker") == "yes" or any(
        _CLIENTS.fullmatch(package.name) for package in packages
    )
