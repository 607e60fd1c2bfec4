"""Are the platforms that BuildKit tells of asked for, and taken as they are?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gotare.findings import Edit, Fix, Severity
from gotare.lint.dockerfile.edit import insert_before
from gotare.lint.dockerfile.model import Stage
from gotare.lint.dockerfile.resolve import AUTOMATIC
from gotare.lint.dockerfile.shipping import shipped, titled
from gotare.lint.dockerfile.syntax import Flag, Instruction, Pair, Span
from gotare.lint.dockerfile.usage import shell_use, words_with_names
from gotare.lint.rule import Found
from gotare.lint.rules.declaring import Declaring
from gotare.lint.rules.go_steps import builds_by, called, prefix
from gotare.lint.rules.text_edits import without
from gotare.lint.subjects import DockerfileSubject

_DECLARE: Final = Declaring("", "dockerfile", "platform")


def _undeclared(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        seen: set[str] = set()
        for instruction in stage.instructions:
            known = stage.state_at(instruction).variables
            for name, span in _uses(subject, instruction):
                if name in known or name in seen or name not in AUTOMATIC:
                    continue
                seen.add(name)
                yield _no_argument(subject, stage, instruction, name, span)


def _uses(subject: DockerfileSubject, instruction: Instruction) -> Iterator[tuple[str, Span]]:
    """Yield the variables of BuildKit that an instruction uses, with the places."""
    if instruction.name == "RUN":
        for name in sorted(AUTOMATIC) if instruction.form == "shell" else ():
            span = shell_use(instruction, name) or _defaulted(subject, instruction, name)
            if span is not None:
                yield name, span
        return
    for word, names in words_with_names(instruction, subject.file.escape):
        yield from ((name, word.span) for name in names)


def _defaulted(subject: DockerfileSubject, instruction: Instruction, name: str) -> Span | None:
    """Return where a go command takes `${NAME:-default}`, which is always the default."""
    for build in builds_by(subject, instruction):
        if f"${{{name}:-" in prefix(build, "GOARCH"):
            setting = build.command.settings.get("GOARCH")
            return (setting.span if setting else None) or build.span
    return None


def _no_argument(
    subject: DockerfileSubject, stage: Stage, instruction: Instruction, name: str, span: Span
) -> Found:
    outside = name in subject.build.global_args
    why = "the ARG before FROM does not reach into stages" if outside else "no ARG declares it"
    edit = insert_before(subject.file, instruction, [f"ARG {name}"])
    return Found(
        f"{name} is empty in {called(stage)}: {why}",
        span,
        f"ARG {name} in this stage",
        Fix((edit,), True, f"declare {name}"),
    )


def _default(subject: DockerfileSubject) -> Iterator[Found]:
    for pair in _defaults(subject):
        name, value = pair.key.text, pair.value.text if pair.value else ""
        where = "machine" if name.startswith("BUILD") else "platform"
        lesser = where == "machine" or _is_linux(name, value) or _is_given(subject, name)
        lesser = lesser or _needs_arguments(subject)
        edit = Edit(pair.key.span.end, pair.span.end, "")
        yield Found(
            f"the default {value} stands in for what BuildKit knows: {name} is {value} on every "
            f"{where}",
            pair.span,
            f"ARG {name}",
            Fix((edit,), True, "leave the default out"),
            severity=Severity.INFO if lesser else None,
        )


def _defaults(subject: DockerfileSubject) -> Iterator[Pair]:
    """Yield the ARGs that give a variable of BuildKit a value, before the first FROM too."""
    for instruction in subject.file.instructions:
        for pair in instruction.pairs if instruction.name == "ARG" else ():
            value = pair.value.text if pair.value else ""
            if pair.key.text in AUTOMATIC and value and pair.key.text not in value:
                yield pair


def _is_linux(name: str, value: str) -> bool:
    """Whether it says Linux, for which nearly all images are, whatever the processor."""
    return name.endswith("OS") and value.strip("\"'") == "linux"


def _is_given(subject: DockerfileSubject, name: str) -> bool:
    """Whether all builds that are known give an argument, so that its default does not count."""
    builds = subject.around.builds
    return (
        all(name in each.args for each in builds) if builds else name in subject.around.given_args
    )


def _needs_arguments(subject: DockerfileSubject) -> bool:
    """Whether a base depends on an argument without a default: only scripts build such a file, and
    may give the platform as well."""
    known = subject.build.global_args
    return any(
        name in known and not known[name].value and f"{{{name}:" not in stage.base.text
        for stage in subject.build.stages
        for name in stage.base.variables
    )


def _constant(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        flag = stage.source.flag("platform")
        if flag is None or not flag.value or "$" in flag.value:
            continue
        arch = flag.value.split("/")[1:2]
        if arch and (arch[0] in stage.name or _is_chosen(subject, stage)):
            continue
        yield Found(
            f"{called(stage)} is for {flag.value}, whatever the image is built for",
            flag.span,
            "leave it out, or write --platform=$BUILDPLATFORM for stages that compile",
            _on_builder(subject, stage, flag),
            severity=Severity.INFO if arch and _is_for_one(subject, arch[0]) else None,
        )


_OTHER_NAMES: Final = {"amd64": "x86_64|x64", "arm64": "aarch64"}


def _is_for_one(subject: DockerfileSubject, arch: str) -> bool:
    """Whether commands of the file fetch or build for that processor too, so that the platform is
    what they need."""
    named = re.compile(rf"(?<![a-z0-9])(?:{arch}|{_OTHER_NAMES.get(arch, arch)})(?![a-z0-9])")
    return any(
        instruction.name == "RUN" and named.search(instruction.value)
        for stage in subject.build.stages
        for instruction in stage.instructions
    )


def _is_chosen(subject: DockerfileSubject, stage: Stage) -> bool:
    """Whether a stage is one of several, for one platform each."""
    others = [s.platform for s in subject.build.stages if s.platform and "$" not in s.platform]
    return len(set(others)) > 1


def _on_builder(subject: DockerfileSubject, stage: Stage, flag: Flag) -> Fix | None:
    edit = without(subject.file, flag.span)
    return Fix((edit,), False, "leave the platform out")


def _redundant(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        flag = stage.source.flag("platform")
        if flag is not None and re.fullmatch(r"\$\{?TARGETPLATFORM\}?", flag.value or ""):
            yield Found(
                "--platform=$TARGETPLATFORM is what FROM takes anyway",
                flag.span,
                "leave it out",
                Fix((without(subject.file, flag.span),), True, "leave it out"),
            )


def _shipped_from_builder(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in shipped(subject.build):
        source = stage.chain[0].source
        flag = source.flag("platform")
        if flag is None or not re.match(r"\$\{?BUILDPLATFORM\b", flag.value or ""):
            continue
        facts = stage.facts
        has_programs = facts is None or not facts.minimal or facts.libc != "none"
        yield Found(
            f"{titled(subject.build, stage)} has a base for the builder's platform, and a label of "
            "the one that is asked for"
            + (": programs of the base do not start there" if has_programs else ""),
            flag.span,
            "leave it out: only stages that compile belong on the builder",
            Fix((without(subject.file, flag.span),), False, "leave the platform out"),
            severity=None if has_programs else Severity.INFO,
        )


RULES: Final = (
    _DECLARE.error(
        "targetarch-without-arg",
        "A variable of BuildKit is used in a stage that does not declare it.",
        _undeclared,
        fixes="safe",
        equivalents={"buildkit": ("UndefinedVar",)},
    ),
    _DECLARE.error(
        "targetarch-default",
        "A default stands in for what BuildKit knows of the platform.",
        _default,
        fixes="safe",
    ),
    _DECLARE.warning(
        "platform-constant",
        "A stage is for one platform, whatever the image is built for.",
        _constant,
        fixes="unsafe",
        equivalents={
            "hadolint": ("DL3029",),
            "buildkit": ("FromPlatformFlagConstDisallowed",),
        },
    ),
    _DECLARE.error(
        "builder-platform-shipped",
        "The image that is shipped stands on a base for the builder's platform.",
        _shipped_from_builder,
        fixes="unsafe",
    ),
    _DECLARE.info(
        "platform-redundant",
        "`--platform=$TARGETPLATFORM` says what is the default.",
        _redundant,
        fixes="safe",
        equivalents={"hadolint": ("DL3065",), "buildkit": ("RedundantTargetPlatform",)},
    ),
)
