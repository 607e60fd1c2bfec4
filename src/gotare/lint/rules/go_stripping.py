"""Which programs carry symbols and debugging data that nothing in their image reads?"""

from __future__ import annotations

from collections.abc import Iterator

from gotare.findings import Fix, Severity
from gotare.lint.dockerfile.fileset import Held
from gotare.lint.dockerfile.gobuild import GoBuild
from gotare.lint.dockerfile.model import Stage
from gotare.lint.dockerfile.runs import ran_in
from gotare.lint.dockerfile.shipping import shipped
from gotare.lint.rule import Found
from gotare.lint.rules import go_edits
from gotare.lint.rules.go_steps import called_build, plain_builds
from gotare.lint.subjects import DockerfileSubject


def for_debuggers(build: GoBuild) -> bool:
    """Whether -gcflags switch optimising off."""
    flag = build.command.flag("gcflags")
    words = flag.text.replace("=", " ").split() if flag else []
    return "-N" in words or "-l" in words


def unstripped(subject: DockerfileSubject) -> Iterator[Found]:
    """Yield the commands whose programs keep symbols, and are not stripped later."""
    stripping = _stripping_stages(subject)
    for build, places in plain_builds(subject):
        if build.links_with("-s") is not False or build.stage.index in stripping:
            continue
        if _may_be_debugged(build):
            continue
        has_w = build.links_with("-w")
        kept = "the symbol table" if has_w else "symbols and debugging data, about a third of it"
        flags = "-s" if has_w else "-s -w"
        is_little = has_w or _lies_beside_go(subject, build, places)
        edit = go_edits.add_ldflags(subject.file, build.command, flags)
        yield Found(
            f"{called_build(build)} leaves {kept} in the program; stack traces and profiles do not "
            "need them",
            build.span,
            f'-ldflags="{flags}"',
            Fix((edit,), True, f"link with {flags}") if edit else None,
            severity=Severity.INFO if is_little else None,
        )


def _stripping_stages(subject: DockerfileSubject) -> set[int]:
    return {
        stage.index
        for stage in subject.build.stages
        for ran in ran_in(subject.build, stage, subject.around)
        if ran.plain.name.endswith("strip") or ran.plain.name == "upx"
    }


def _may_be_debugged(build: GoBuild) -> bool:
    """Whether -gcflags are for a debugger, or come from outside, as `skaffold debug` gives them."""
    flag = build.command.flag("gcflags")
    return for_debuggers(build) or (flag is not None and flag.value is None)


def _lies_beside_go(
    subject: DockerfileSubject, build: GoBuild, places: tuple[tuple[Stage, Held], ...]
) -> bool:
    """Whether the images with the program hold Go itself, beside which symbols are nothing."""
    images = [stage for stage, _ in places] or [
        stage for stage in shipped(subject.build) if build.stage in subject.build.needed_by(stage)
    ]
    return bool(images) and all(s.facts is not None and s.facts.has_go for s in images)
