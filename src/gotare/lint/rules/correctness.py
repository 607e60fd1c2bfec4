"""Is the Dockerfile what its author means? Names, tags and instructions that do not hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gotare.findings import Edit, Fix, Severity
from gotare.lint.dockerfile.syntax import Instruction
from gotare.lint.rule import Found, Rule
from gotare.lint.subjects import DockerfileSubject


def _maintainer(subject: DockerfileSubject) -> Iterator[Found]:
    for instruction in subject.file.instructions:
        if instruction.name == "MAINTAINER":
            yield Found(
                "MAINTAINER is deprecated and ignored by many tools",
                instruction.span,
                "a label says the same: org.opencontainers.image.authors",
                _label(instruction, subject.file.escape),
            )


def _label(instruction: Instruction, escape: str) -> Fix | None:
    """Return the fix; none where comments stand inside the instruction, which would be lost."""
    if instruction.comments or not instruction.offsets:
        return None
    value = " ".join(instruction.value.split()).strip('"')
    value = re.sub(r'["$' + re.escape(escape) + "]", lambda match: escape + match[0], value)
    text = f'LABEL org.opencontainers.image.authors="{value}"'
    edit = Edit(instruction.keyword.start, instruction.offsets[-1] + 1, text)
    return Fix((edit,), True, "write a label")


def _latest(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        base = stage.base
        if base.kind != "image" or base.reference is None or base.digest:
            continue
        if base.tag in ("", "latest"):
            how = "with the tag latest" if base.tag else "without a tag, which means latest"
            yield Found(
                f"{base.name} is named {how}: what it is changes from day to day",
                base.span,
                "name a version, and a digest to pin it",
            )


RULES: Final = (
    Rule(
        id="latest-tag",
        kind="dockerfile",
        family="correctness",
        severity=Severity.WARNING,
        title="A base image is named without a version.",
        check=_latest,
        equivalents={
            "hadolint": ("DL3006", "DL3007"),
            "trivy": ("DS001",),
            "checkov": ("CKV_DOCKER_7",),
            "dockle": ("DKL-DI-0006",),
        },
    ),
    Rule(
        id="maintainer-deprecated",
        kind="dockerfile",
        family="correctness",
        severity=Severity.WARNING,
        title="MAINTAINER is deprecated: a label names the authors.",
        check=_maintainer,
        fixes="safe",
        equivalents={"hadolint": ("DL4000",), "buildkit": ("MaintainerDeprecated",)},
    ),
)
