"""Do the names of stages and bases in a Dockerfile mean something?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Final

from gotare.findings import Edit, Fix, Severity
from gotare.lint.dockerfile.copies import copies_in
from gotare.lint.dockerfile.edit import replace
from gotare.lint.dockerfile.model import Stage
from gotare.lint.dockerfile.syntax import Span
from gotare.lint.rule import Found, Rule
from gotare.lint.rules.scope import undefined_in_from
from gotare.lint.subjects import DockerfileSubject

_STAGE_WORD: Final = re.compile(
    r"(?:go|app|web|ui|frontend|backend)?[-_]?"
    r"(?:build(?:er|s|ing)?|base|deps|dependencies|modules|compiler?|binaries|certs)"
    r"(?:[-_]?(?:stage|env|base|image))?\d?",
    re.IGNORECASE,
)
"""Names that stages have, and images of Docker Hub do not."""

_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}")
_RESERVED: Final = frozenset({"scratch", "context"})


def _unknown_from_stage(subject: DockerfileSubject) -> Iterator[Found]:
    told: set[Span] = set()
    for problem in subject.build.problems:
        if problem.kind in ("unknown-stage", "cycle", "forward-reference"):
            told.add(problem.span)
            yield Found(problem.message, problem.span, "name a stage that comes before this one")
    for stage in subject.build.stages:
        for name, span, in_from in _images(subject, stage):
            if span not in told:
                yield from _missing_stage(subject, stage, name, span, sure=not in_from)


def _images(subject: DockerfileSubject, stage: Stage) -> Iterator[tuple[str, Span, bool]]:
    """Yield what a stage takes for images, in FROM and in --from, with its place and whether it is
    FROM: there a name may be that of a context, or be put in by a script."""
    if stage.base.kind == "image":
        yield stage.base.text, stage.base.span, True
    for copy in copies_in(subject.build, stage):
        if copy.origin and copy.origin.kind == "image":
            yield copy.origin.text, copy.origin.span, False


def _missing_stage(
    subject: DockerfileSubject, stage: Stage, name: str, span: Span, *, sure: bool
) -> Iterator[Found]:
    """Yield a name that is no stage, though it looks like one: near to one, or named as stages are.
    Other names may be images, or contexts that the builder is given."""
    from difflib import get_close_matches

    if re.search(r"[/:@.$]", name):
        return
    if any(name in build.contexts for build in subject.around.builds):
        return
    names = [each.name for each in subject.build.stages[: stage.index] if each.name]
    near = get_close_matches(name.lower(), names, 1, 0.8)
    if near or (sure and _STAGE_WORD.fullmatch(name)):
        hint = f"did you mean {near[0]}?" if near else f"name the stage that you mean: AS {name}"
        yield Found(f"no stage before this one is called {name}", span, hint)


def _duplicate_stage_name(subject: DockerfileSubject) -> Iterator[Found]:
    for problem in subject.build.problems:
        if problem.kind == "duplicate-name":
            yield Found(problem.message, problem.span, "give each stage a name of its own")


def _invalid_base(subject: DockerfileSubject) -> Iterator[Found]:
    told = {found.span for found in undefined_in_from(subject)}
    for problem in subject.build.problems:
        if problem.kind in ("empty-base", "bad-reference") and problem.span not in told:
            if problem.kind == "empty-base" and _is_given(subject, problem.stage):
                continue
            told.add(problem.span)
            yield Found(problem.message, problem.span, "name an image, a stage or scratch")
    for stage in subject.build.stages:
        base = stage.base
        plain = base.digest and "$" not in base.text and base.span not in told
        if plain and not _DIGEST.fullmatch(base.digest):
            what = f"{base.digest} is no digest: that is sha256: and 64 hexadecimal digits"
            hint = "docker buildx imagetools inspect IMAGE shows it"
            tag = f":{base.tag}" if base.tag else ""
            fix = Fix((replace(base.span, f"{base.name}{tag}"),), False, "leave the digest out")
            yield Found(what, base.span, hint, fix)


def _is_given(subject: DockerfileSubject, stage: int | None) -> bool:
    """Whether some file builds it with values for all variables of a stage's FROM."""
    wanted = set(subject.build.stages[stage].base.variables) if stage is not None else set()
    return bool(wanted) and any(wanted <= build.args for build in subject.around.builds)


def _reserved_stage_name(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        if stage.name in _RESERVED and stage.name_word:
            what = f"{stage.title} is a name that the builder keeps for itself"
            yield Found(what, stage.name_word.span, "choose another name for the stage")


def _unreachable_stage(subject: DockerfileSubject) -> Iterator[Found]:
    final = subject.build.final
    for stage in subject.build.unreachable:
        if final and stage in subject.build.targets and not _may_be_target(subject, stage):
            yield Found(
                f"{final.title} needs nothing of {stage.title}, so it is never built",
                stage.source.keyword,
                "delete it, or name it after what it is for and build it with --target",
            )


def _may_be_target(subject: DockerfileSubject, stage: Stage) -> bool:
    """Whether somebody may build it with --target: it has a command, or a name of its own kind, or
    a file names it."""
    if any(stage.name == build.target.lower() for build in subject.around.builds):
        return True
    own = any(i.name in ("CMD", "ENTRYPOINT") for i in stage.instructions)
    return bool(stage.name) and (own or not _STAGE_WORD.fullmatch(stage.name))


def _stage_name_casing(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        word = stage.name_word
        if word and word.text != stage.name:
            edits = (replace(word.span, stage.name), *_references(subject, stage))
            yield Found(
                f"the name of the stage {word.text} is not in lower case",
                word.span,
                f"write {stage.name}: the builder compares names in lower case",
                Fix(edits, True, "write it in lower case"),
            )


def _references(subject: DockerfileSubject, stage: Stage) -> Iterator[Edit]:
    """Yield the edits that write a stage's name in lower case where others name it."""
    for other in subject.build.stages:
        if other.parent is stage and other.base.text != stage.name:
            yield replace(other.base.span, stage.name)
        for instruction in other.instructions:
            flag = instruction.flag("from")
            if flag and flag.value and flag.value.lower() == stage.name != flag.value:
                yield replace(flag.span, f"--from={stage.name}")


def _from_as_casing(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        words, keyword = stage.source.words, subject.file.slice(stage.source.keyword)
        wanted = "as" if keyword.islower() else "AS"
        if len(words) == 3 and words[1].text != wanted:
            yield Found(
                f"{words[1].text} is not in the same case as {keyword}",
                words[1].span,
                f"write {wanted}",
                Fix((replace(words[1].span, wanted),), True, f"write {wanted}"),
            )


def _keyword_casing(subject: DockerfileSubject) -> Iterator[Found]:
    written = [(i.keyword, subject.file.slice(i.keyword)) for i in subject.file.instructions]
    lower = sum(word.islower() for _, word in written)
    as_most = str.lower if lower * 2 > len(written) else str.upper
    for place, word in written:
        if word != as_most(word):
            yield Found(
                f"{word} is not in the case of the other instructions",
                place,
                f"write {as_most(word)}",
                Fix((replace(place, as_most(word)),), True, f"write {as_most(word)}"),
            )


_rule = partial(Rule, kind="dockerfile", family="correctness")

RULES: Final = (
    _rule(
        id="unknown-from-stage",
        severity=Severity.ERROR,
        title="FROM or --from names a stage that does not exist.",
        check=_unknown_from_stage,
        equivalents={"hadolint": ("DL3022", "DL3023"), "trivy": ("DS006",)},
    ),
    _rule(
        id="duplicate-stage-name",
        severity=Severity.ERROR,
        title="Two stages have the same name.",
        check=_duplicate_stage_name,
        equivalents={
            "hadolint": ("DL3024",),
            "buildkit": ("DuplicateStageName",),
            "trivy": ("DS012",),
            "checkov": ("CKV_DOCKER_11",),
        },
    ),
    _rule(
        id="invalid-base",
        severity=Severity.ERROR,
        title="FROM names nothing that can be an image.",
        check=_invalid_base,
        fixes="unsafe",
        equivalents={"buildkit": ("InvalidDefaultArgInFrom",)},
    ),
    _rule(
        id="reserved-stage-name",
        severity=Severity.ERROR,
        title="A stage has a name that the builder keeps for itself.",
        check=_reserved_stage_name,
        equivalents={"hadolint": ("DL3063",), "buildkit": ("ReservedStageName",)},
    ),
    _rule(
        id="unreachable-stage",
        severity=Severity.INFO,
        title="A stage is never built, as the final image needs nothing of it.",
        check=_unreachable_stage,
        equivalents={"tally": ("tally/no-unreachable-stages",)},
    ),
    _rule(
        id="stage-name-casing",
        severity=Severity.INFO,
        title="The name of a stage is not in lower case.",
        check=_stage_name_casing,
        fixes="safe",
        equivalents={"buildkit": ("StageNameCasing",)},
    ),
    _rule(
        id="from-as-casing",
        severity=Severity.INFO,
        title="FROM and AS are not in the same case.",
        check=_from_as_casing,
        fixes="safe",
        equivalents={"buildkit": ("FromAsCasing",)},
    ),
    _rule(
        id="keyword-casing",
        severity=Severity.INFO,
        title="Instructions are not all in the same case.",
        check=_keyword_casing,
        fixes="safe",
        equivalents={"buildkit": ("ConsistentInstructionCasing",)},
    ),
)
