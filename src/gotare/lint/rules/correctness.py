"""Is the Dockerfile what its author means? Instructions that do not do what they look like."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Final

from gotare.findings import Edit, Fix, Severity
from gotare.lint.dockerfile.edit import delete, replace
from gotare.lint.dockerfile.model import Stage
from gotare.lint.dockerfile.spans import arguments, written
from gotare.lint.dockerfile.state import is_absolute, joined, value_in
from gotare.lint.dockerfile.syntax import Instruction, Pair
from gotare.lint.rule import Found, Rule
from gotare.lint.subjects import DockerfileSubject

# what is deprecated


def _maintainer(subject: DockerfileSubject) -> Iterator[Found]:
    for instruction in subject.file.instructions:
        if instruction.name == "MAINTAINER":
            yield Found(
                "MAINTAINER is deprecated and ignored by many tools",
                written(instruction),
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


def _legacy_env(subject: DockerfileSubject) -> Iterator[Found]:
    for instruction in subject.file.instructions:
        for pair in instruction.pairs:
            if pair.legacy and pair.value is not None:
                text = _as_pair(pair, subject.file.escape)
                plain = text is not None and not instruction.comments
                edits = (replace(pair.span, text),) if plain and text else ()
                yield Found(
                    f"{instruction.name} {pair.key.text} has its value after a blank, "
                    "a form that is deprecated",
                    pair.span,
                    f"write {text}" if text else f"write {pair.key.text}=…",
                    Fix(edits, True, "write NAME=value") if edits else None,
                )


def _as_pair(pair: Pair, escape: str) -> str | None:
    """Return NAME=value that means the same; None where quotes make that uncertain."""
    value = pair.value.text.strip() if pair.value else ""
    if re.fullmatch(r"""[^\s'"\\`]+|"[^"\\`]*"|'[^']*'""", value):
        return f"{pair.key.text}={value}"
    return None if re.search(r"""['"\\`]""", value) else f'{pair.key.text}="{value}"'


def _empty_continuation(subject: DockerfileSubject) -> Iterator[Found]:
    for message, span in subject.file.warnings:
        if message.startswith("blank lines"):
            yield Found(
                "a blank line stands inside a continued instruction, which is deprecated",
                span,
                "delete it, or make it a comment",
                Fix((Edit(span.start, _line_end(subject.file.text, span.start), ""),), True),
            )


def _line_end(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end + 1


# what is said twice


def _several(subject: DockerfileSubject, name: str) -> Iterator[Found]:
    for stage in subject.build.stages:
        for instruction in stage.named(name)[:-1]:
            yield Found(
                f"a later {name} in {stage.title} replaces this one",
                written(instruction),
                "delete it: only the last one of a stage counts",
                Fix((delete(subject.file, instruction),), True, "delete it"),
            )


def _duplicate_label(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        last: dict[str, Pair] = {}
        for instruction in stage.named("LABEL"):
            for pair in instruction.pairs:
                before = last.get(pair.key.text)
                if before is not None:
                    what = f"a later label replaces this {pair.key.text}"
                    yield Found(what, before.span, "delete one of them")
                last[pair.key.text] = pair


def _cmd_dropped(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        entrypoint, cmd = stage.state.entrypoint, stage.state.cmd
        if not entrypoint or entrypoint.form != "shell" or not cmd or cmd.at is None:
            continue
        if cmd.at in stage.instructions:
            yield Found(
                "the shell form of ENTRYPOINT drops what CMD says",
                written(cmd.at),
                'write ENTRYPOINT as a JSON array: ["program", "argument"]',
            )


# folders


def _relative_workdir(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        for instruction in stage.named("WORKDIR"):
            state = stage.state_at(instruction)
            said = value_in(state, instruction.value.strip(), subject.file.escape)
            if said and not is_absolute(said) and state.workdir_at is None:
                whole = joined(state.workdir, said)
                plain = whole is not None and "$" not in instruction.value
                edits = (replace(arguments(instruction), whole),) if plain and whole else ()
                yield Found(
                    f"WORKDIR {said} depends on the folder that the base begins in",
                    arguments(instruction),
                    f"write WORKDIR {whole or '/' + said}",
                    Fix(edits, True, "write the whole path") if edits else None,
                )


def _copy_to_relative(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        for instruction in stage.named("COPY", "ADD"):
            state = stage.state_at(instruction)
            if state.workdir_at is not None or state.workdir is None or not instruction.words[1:]:
                continue
            said = value_in(state, instruction.words[-1].text, subject.file.escape)
            if said is not None and not is_absolute(said):
                whole = instruction.words[0].text in (".", "./") and not instruction.flag("from")
                yield Found(
                    f"{instruction.name} goes to {state.workdir}, as no WORKDIR says otherwise",
                    instruction.words[-1].span,
                    "set WORKDIR before, or write an absolute path",
                    severity=Severity.WARNING if whole else None,
                )


def _copy_several(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        for instruction in stage.named("COPY", "ADD"):
            words = instruction.words
            if len(words) < 3 or not words or _is_folder(words[-1].text, stage, instruction):
                continue
            text = words[-1].text
            edit = replace(words[-1].span, f"{text}/")
            plain = instruction.form == "words" and re.fullmatch(r"[\w./-]+", text)
            yield Found(
                f"several files go to {text}, which does not end with a slash",
                words[-1].span,
                f"write {text}/",
                Fix((edit,), True, "add the slash") if plain else None,
            )


def _is_folder(text: str, stage: Stage, instruction: Instruction) -> bool:
    """Whether a destination is a folder for certain, or nobody can tell."""
    if text.endswith(("/", "\\", "/.", "/..")) or text in (".", "..") or "$" in text:
        return True
    state = stage.state_at(instruction)
    return joined(state.workdir, text) in (state.workdir, None)


def _invalid_expose(subject: DockerfileSubject) -> Iterator[Found]:
    for instruction in subject.file.instructions:
        for word in instruction.words if instruction.name == "EXPOSE" else ():
            said = _expose_problem(word.text.strip("\"'"))
            if said and "$" not in word.text:
                yield Found(f"EXPOSE {word.text}: {said[0]}", word.span, said[1])


def _expose_problem(text: str) -> tuple[str, str] | None:
    found = re.fullmatch(r"(\d+)(?:-(\d+))?(?:/(\w*))?", text)
    if not found:
        mapped = re.fullmatch(r"[\d.\[\]a-fA-F:]*:(\d+)(/\w+)?", text)
        if mapped:
            port = mapped[1] + (mapped[2] or "")
            return "it names ports of the container only, not of the host", f"write EXPOSE {port}"
        return "this is no port", "write a number from 1 to 65535"
    numbers = [int(found[1]), int(found[2] or found[1])]
    if min(numbers) < 1 or max(numbers) > 65535:
        return "ports are from 1 to 65535", "write the port that the program listens on"
    if numbers[0] > numbers[1]:
        return "the range ends before it begins", f"write EXPOSE {found[2]}-{found[1]}"
    if found[3] is not None and found[3].lower() not in ("tcp", "udp", "sctp"):
        return f"{found[3] or 'nothing'} is no protocol", "write tcp or udp"
    return None


# RUN


def _cd_instead_of_workdir(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        for instruction in stage.named("RUN"):
            said = re.fullmatch(r"\s*cd\s+(?:--\s+)?(\S+)\s*;?\s*", instruction.value)
            if said and instruction.form == "shell" and not instruction.heredocs:
                plain = re.fullmatch(r"[\w./-]+", said[1]) and not instruction.comments
                edit = Edit(written(instruction).start, written(instruction).end,
                            f"WORKDIR {said[1]}")  # fmt: skip
                yield Found(
                    "the next instruction does not begin in this folder: cd ends with its RUN",
                    written(instruction),
                    f"write WORKDIR {said[1]}",
                    Fix((edit,), False, "write WORKDIR") if plain else None,
                )


def _export_without_effect(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        for instruction in stage.named("RUN"):
            said = re.fullmatch(r"\s*export\s+(\w+)=(\S+)\s*;?\s*", instruction.value)
            if said and instruction.form == "shell" and not instruction.heredocs:
                plain = re.fullmatch(r"""[^`$()'"\\]*|"[^`$()"\\]*\"""", said[2])
                edit = Edit(written(instruction).start, written(instruction).end,
                            f"ENV {said[1]}={said[2]}")  # fmt: skip
                yield Found(
                    f"{said[1]} is set in this RUN only, so this does nothing",
                    written(instruction),
                    f"write ENV {said[1]}={said[2]}",
                    Fix((edit,), False, "write ENV") if plain else None,
                )


def _onbuild_in_app(subject: DockerfileSubject) -> Iterator[Found]:
    final = subject.build.final
    runs = final and any(i.name in ("CMD", "ENTRYPOINT") for i in final.instructions)
    for instruction in final.named("ONBUILD") if final and runs else ():
        yield Found(
            "ONBUILD does nothing here: it waits for an image that is made from this one",
            written(instruction),
            "write the instruction itself, if this image is for running",
        )


# the table

_rule = partial(Rule, kind="dockerfile", family="correctness")

RULES: Final = (
    _rule(
        id="maintainer-deprecated",
        severity=Severity.WARNING,
        title="MAINTAINER is deprecated: a label names the authors.",
        check=_maintainer,
        fixes="safe",
        equivalents={
            "hadolint": ("DL4000",),
            "buildkit": ("MaintainerDeprecated",),
            "trivy": ("DS022",),
            "checkov": ("CKV_DOCKER_6",),
        },
    ),
    _rule(
        id="legacy-env",
        severity=Severity.INFO,
        title="ENV or LABEL has the deprecated form without an equals sign.",
        check=_legacy_env,
        fixes="safe",
        equivalents={"buildkit": ("LegacyKeyValueFormat",)},
    ),
    _rule(
        id="empty-continuation",
        severity=Severity.WARNING,
        title="A blank line stands inside an instruction.",
        check=_empty_continuation,
        fixes="safe",
        equivalents={"buildkit": ("NoEmptyContinuation",)},
    ),
    _rule(
        id="several-cmd",
        severity=Severity.WARNING,
        title="A stage has more than one CMD: only the last counts.",
        check=partial(_several, name="CMD"),
        fixes="safe",
        equivalents={
            "hadolint": ("DL4003",),
            "buildkit": ("MultipleInstructionsDisallowed",),
            "trivy": ("DS016",),
        },
    ),
    _rule(
        id="several-entrypoint",
        severity=Severity.WARNING,
        title="A stage has more than one ENTRYPOINT: only the last counts.",
        check=partial(_several, name="ENTRYPOINT"),
        fixes="safe",
        equivalents={
            "hadolint": ("DL4004",),
            "buildkit": ("MultipleInstructionsDisallowed",),
            "trivy": ("DS007",),
        },
    ),
    _rule(
        id="several-healthchecks",
        severity=Severity.WARNING,
        title="A stage has more than one HEALTHCHECK: only the last counts.",
        check=partial(_several, name="HEALTHCHECK"),
        fixes="safe",
        equivalents={
            "hadolint": ("DL3012",),
            "buildkit": ("MultipleInstructionsDisallowed",),
            "trivy": ("DS023",),
        },
    ),
    _rule(
        id="duplicate-label",
        severity=Severity.INFO,
        title="A label is set twice: the later value counts.",
        check=_duplicate_label,
        equivalents={"tally": ("tally/labels/no-duplicate-keys",)},
    ),
    _rule(
        id="cmd-dropped-by-entrypoint",
        severity=Severity.WARNING,
        title="The shell form of ENTRYPOINT drops CMD.",
        check=_cmd_dropped,
    ),
    _rule(
        id="relative-workdir",
        severity=Severity.WARNING,
        title="WORKDIR is relative to a folder that the base decides.",
        check=_relative_workdir,
        fixes="safe",
        equivalents={
            "hadolint": ("DL3000",),
            "buildkit": ("WorkdirRelativePath",),
            "trivy": ("DS009",),
            "checkov": ("CKV_DOCKER_10",),
        },
    ),
    _rule(
        id="copy-to-relative-without-workdir",
        severity=Severity.INFO,
        title="COPY has a relative destination, and no WORKDIR says where that is.",
        check=_copy_to_relative,
        equivalents={"hadolint": ("DL3045",)},
    ),
    _rule(
        id="copy-several-without-slash",
        severity=Severity.WARNING,
        title="COPY has several sources, and its destination does not end with a slash.",
        check=_copy_several,
        fixes="safe",
        equivalents={"hadolint": ("DL3021",), "trivy": ("DS011",)},
    ),
    _rule(
        id="invalid-expose",
        severity=Severity.ERROR,
        title="EXPOSE names something that is no port.",
        check=_invalid_expose,
        equivalents={
            "hadolint": ("DL3011",),
            "buildkit": ("ExposeInvalidFormat",),
            "trivy": ("DS008",),
        },
    ),
    _rule(
        id="cd-instead-of-workdir",
        severity=Severity.WARNING,
        title="RUN does nothing but cd, which ends with it.",
        check=_cd_instead_of_workdir,
        fixes="unsafe",
        equivalents={"hadolint": ("DL3003",), "trivy": ("DS013",)},
    ),
    _rule(
        id="export-without-effect",
        severity=Severity.WARNING,
        title="RUN does nothing but export, which ends with it.",
        check=_export_without_effect,
        fixes="unsafe",
    ),
    _rule(
        id="onbuild-in-app",
        severity=Severity.INFO,
        title="ONBUILD stands in an image that is for running.",
        check=_onbuild_in_app,
    ),
)
