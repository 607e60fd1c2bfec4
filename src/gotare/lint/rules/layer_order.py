"""Do steps that take long come before what changes with every build?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final

from gotare.findings import Edit, Fix, Severity
from gotare.golang.version_names import kind_of
from gotare.lint.dockerfile.edit import delete
from gotare.lint.dockerfile.effects import HARMLESS
from gotare.lint.dockerfile.gocommand import GoCommand
from gotare.lint.dockerfile.model import Stage
from gotare.lint.dockerfile.runs import ran_in
from gotare.lint.dockerfile.syntax import Instruction
from gotare.lint.rule import Found
from gotare.lint.rules.context import from_context, takes_all
from gotare.lint.rules.declaring import Declaring
from gotare.lint.rules.go_steps import called, commands_in, is_development
from gotare.lint.rules.mounts import mounts_of
from gotare.lint.subjects import DockerfileSubject

_DECLARE: Final = Declaring("", "dockerfile", "cache")
_TARGETS: Final = frozenset({"TARGETPLATFORM", "TARGETOS", "TARGETARCH", "TARGETVARIANT"})


def _arg_before_download(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        command = _download(subject, stage)
        if command is None or is_development(subject, stage):
            continue
        early = [i for i in _arguments_before(stage, command) if _is_early(subject, i, command)]
        fix = _moved(subject, early, command) if early else None
        for instruction in early:
            yield _too_early(subject, instruction, command, fix)


def _download(subject: DockerfileSubject, stage: Stage) -> GoCommand | None:
    """Return the step that downloads the modules, where nothing but its layer keeps them."""
    for command in commands_in(subject, stage):
        if command.action == "mod download" and not command.ran.make:
            mounts = mounts_of(subject.build, stage, command.instruction)
            return None if any(mount.kind == "cache" for mount in mounts) else command
    return None


def _arguments_before(stage: Stage, command: GoCommand) -> Iterator[Instruction]:
    for instruction in stage.named("ARG"):
        if instruction.span.start < command.instruction.span.start and len(instruction.pairs) == 1:
            yield instruction


def _is_early(subject: DockerfileSubject, instruction: Instruction, command: GoCommand) -> bool:
    """Whether nothing reads an argument up to the download, and it changes without the modules."""
    name, end = instruction.pairs[0].key.text, command.instruction.span.end
    between = subject.file.text[instruction.span.end : end]
    if re.search(rf"\b{re.escape(name)}\b|\benv\b", between) or _may_read(
        subject, instruction, command
    ):
        return False
    if name in _TARGETS:
        return command.stage.platform in ("$BUILDPLATFORM", "${BUILDPLATFORM}")
    after = subject.file.text[end : command.stage.instructions[-1].span.end]
    stamped = re.search(rf"-X[ =]?['\"]?[^\s'\"]+=['\"]?\$\{{?{re.escape(name)}\b", after)
    return stamped is not None or (kind_of(name) is not None and f"${name}" in _bare(after))


def _may_read(subject: DockerfileSubject, instruction: Instruction, command: GoCommand) -> bool:
    """Whether a step up to the download runs what may read its environment: xx, make, a script."""
    first, last = instruction.span.start, command.instruction.span.start
    return any(
        ran.plain.words and ran.plain.name not in HARMLESS
        for ran in ran_in(subject.build, command.stage, subject.around)
        if first < ran.instruction.span.start <= last
    )


def _bare(text: str) -> str:
    return text.replace("${", "$")


def _too_early(
    subject: DockerfileSubject, instruction: Instruction, command: GoCommand, fix: Fix | None
) -> Found:
    name, line = instruction.pairs[0].key.text, subject.file.line_of(command.span.start)
    of_target = name in _TARGETS
    why = "for each platform" if of_target else "whenever it is given another value"
    return Found(
        f"{name} is declared before `go mod download` in line {line}: "
        f"{called(command.stage)} fetches all modules again {why}",
        instruction.pairs[0].span,
        "declare it right before the step that reads it",
        fix,
        severity=Severity.INFO if of_target or _is_late(subject, instruction, command) else None,
    )


def _is_late(subject: DockerfileSubject, instruction: Instruction, command: GoCommand) -> bool:
    """Whether the whole context is copied between an argument and the download, which is then
    repeated for any change; another rule says so."""
    first, last = instruction.span.start, command.instruction.span.start
    return any(
        first < copy.instruction.span.start < last and takes_all(copy)
        for copy in from_context(subject, command.stage)
    )


def _moved(
    subject: DockerfileSubject, early: Sequence[Instruction], command: GoCommand
) -> Fix | None:
    """Return the fix that moves all of them behind the download."""
    text, end = subject.file.text, command.instruction.span.end
    spans = [delete(subject.file, instruction) for instruction in early]
    if not text[:end].endswith("\n") or any(a.end > b.start for a, b in pairwise(spans)):
        return None
    block = "".join(text[span.start : span.end] for span in spans)
    blank = "\n" if text[end:].startswith("\n") else ""
    edits = [*_without_gaps(text, spans), Edit(end, end, blank + block)]
    return Fix(tuple(edits), True, "declare it after the modules are fetched")


def _without_gaps(text: str, spans: Sequence[Edit]) -> Iterator[Edit]:
    """Yield deletions that leave one blank line where there was one on both sides."""
    for span, following in [*pairwise(spans), (spans[-1], None)]:
        opens = text[: span.start].endswith("\n\n") or any(s.end == span.start for s in spans)
        closes = text[span.end :].startswith("\n")
        alone = following is None or following.start != span.end
        yield Edit(span.start, span.end + (opens and closes and alone), "")


RULES: Final = (
    _DECLARE.warning(
        "arg-before-download",
        "An argument that changes with every build is declared before the modules are fetched.",
        _arg_before_download,
        fixes="safe",
    ),
)
