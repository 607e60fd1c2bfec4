"""Is the Dockerfile what its author means? Names, tags and instructions that do not hold."""

from __future__ import annotations

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
                _label(instruction),
            )


def _label(instruction: Instruction) -> Fix:
    value = instruction.value.strip().strip('"').replace("\\", "\\\\").replace('"', '\\"')
    end = instruction.offsets[-1] + 1 if instruction.offsets else instruction.keyword.end
    text = f'LABEL org.opencontainers.image.authors="{value}"'
    return Fix((Edit(instruction.keyword.start, end, text),), True, "write a label")


RULES: Final = (
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
