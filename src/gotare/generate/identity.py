"""What a container is called, and who it runs as."""

from __future__ import annotations

import re
from typing import Final

from gotare.generate.files import Choices
from gotare.plan import ImagePlan, Plan

NONROOT: Final = 65532
"""The user of distroless' nonroot images, and of gotare's."""

_USERS: Final = {"nobody": 65534, "nonroot": NONROOT}
_LONGEST: Final = 40
_UNKNOWN_REGISTRY: Final = "registry.example.com"


def label(text: str) -> str:
    """Return text as a DNS label that begins with a letter (RFC 1035), short enough to have
    something added to it."""
    plain = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:_LONGEST].strip("-")
    return plain if plain[:1].isalpha() else f"app-{plain}".strip("-")


def project_name(plan: Plan) -> str:
    """Return the project's name as a DNS label."""
    return label(plan.sources.name or (plan.images[0].name if plan.images else ""))


def user_and_group(image: ImagePlan) -> tuple[int, int]:
    """Return the numbers that a container runs as: never root's, which no restricted container may
    have, and 65532 for a name that only the image knows."""
    user, _, group = (image.run.user or "").partition(":")
    number = int(user) if user.isdecimal() else _USERS.get(user, 0)
    if not number:
        return NONROOT, NONROOT
    return number, int(group) if group.isdecimal() else number


def user_reason(image: ImagePlan) -> str:
    """Return why the user is not the one that was asked for, "" where it is."""
    user = (image.run.user or "").partition(":")[0]
    if not user or user in _USERS or (user.isdecimal() and int(user)):
        return ""
    return f"Not {user}, as asked: the restricted standard wants a number, and not root's."


def repository(image: ImagePlan, choices: Choices) -> str:
    """Return the image's repository: a plain name where nobody said which registry."""
    return f"{choices.image.rstrip('/')}/{image.name}" if choices.image else image.name


def pushed_repository(image: ImagePlan, plan: Plan, choices: Choices) -> str:
    """Return the repository that a cluster can pull from; an example where nobody said which."""
    if choices.image:
        return repository(image, choices)
    return f"{_UNKNOWN_REGISTRY}/{project_name(plan)}/{image.name}"
