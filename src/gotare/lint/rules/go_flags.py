"""Are the flags of `go build` those that a program in an image should be built with?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gotare.findings import Edit, Fix
from gotare.lint.dockerfile.gobuild import GoBuild
from gotare.lint.dockerfile.releases import go_minor
from gotare.lint.dockerfile.runs import ran_in
from gotare.lint.dockerfile.syntax import Span
from gotare.lint.rule import Found
from gotare.lint.rules import context, go_edits
from gotare.lint.rules.declaring import Declaring
from gotare.lint.rules.go_steps import (
    builds,
    called_build,
    is_development,
    is_modular,
    plain_builds,
    shipped_builds,
)
from gotare.lint.rules.go_stripping import for_debuggers, unstripped
from gotare.lint.subjects import DockerfileSubject

_DECLARE: Final = Declaring("", "dockerfile", "go-build")


def _fix(edit: Edit | None, title: str, *, safe: bool = True) -> Fix | None:
    return Fix((edit,), safe, title) if edit else None


# what is missing


def _no_trimpath(subject: DockerfileSubject) -> Iterator[Found]:
    for build, _ in plain_builds(subject):
        facts = build.stage.facts
        minor = go_minor(facts.go) if facts else None
        if build.trimpath is False and (minor is None or minor >= 13):
            folder = build.command.directory or "the stage"
            yield Found(
                f"{called_build(build)} writes the paths of {folder} and of the module cache into "
                "the program: it differs from the same build elsewhere",
                build.span,
                "go build -trimpath",
                _fix(go_edits.add_flag(subject.file, build.command, "-trimpath"), "-trimpath"),
            )


# what is meant for developers


def _debug_flags(subject: DockerfileSubject) -> Iterator[Found]:
    for build, _ in shipped_builds(subject):
        flag = build.command.flag("gcflags")
        if flag is not None and for_debuggers(build) and not _runs_debugger(subject):
            yield Found(
                f"{flag.text} switches optimising and inlining off: the program is slow, and made "
                "for a debugger",
                flag.span,
                "keep it for a stage that holds the debugger",
                _fix(
                    go_edits.remove_flag(subject.file, build.command, flag),
                    "compile with optimising",
                    safe=False,
                ),
            )


def _runs_debugger(subject: DockerfileSubject) -> bool:
    return "dlv" in subject.file.text


def _race(subject: DockerfileSubject) -> Iterator[Found]:
    for build, _ in shipped_builds(subject):
        flag = build.command.flag("race")
        if flag is None or not build.race or "std" in build.packages:
            continue
        if build.cgo is False:
            text = f"-race needs cgo, and it is off: go build fails ({build.cgo_why})"
        else:
            text = "-race takes five to ten times the memory, and two to twenty times the time"
        yield Found(
            text,
            flag.span,
            "keep it for tests",
            _fix(
                go_edits.remove_flag(subject.file, build.command, flag),
                "compile without -race",
                safe=False,
            ),
        )


def _upx(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        for ran in ran_in(subject.build, stage, subject.around):
            words = ran.plain.texts
            packs = not any(word in ("-d", "-t", "-l", "-V", "--version") for word in words)
            if ran.plain.name == "upx" and packs and words:
                yield Found(
                    "a packed program is unpacked into memory at each start, pages of it are never "
                    "shared, scanners cannot read it, and layers are compressed anyway",
                    ran.span,
                    'go build -trimpath -ldflags="-s -w" is what can be saved for nothing',
                )


def _named_files(subject: DockerfileSubject) -> Iterator[Found]:
    for build, _ in shipped_builds(subject):
        files = [package for package in build.packages if package.endswith(".go")]
        if build.action == "build" and files and is_modular(subject, build.stage):
            folder = files[0].rpartition("/")[0]
            name = f"./{folder.removeprefix('./')}" if folder else "."
            yield Found(
                f"`go build {' '.join(files[:2])}` takes these files for the whole program: others "
                "of the package, and the version of the module, are left out",
                _words_span(build, files),
                f"name the package: go build {name}",
                _by_package(subject, build, files, name),
            )


def _words_span(build: GoBuild, files: list[str]) -> Span:
    words = [w for w in build.ran.plain.arguments if w.shown in files]
    if not words or build.ran.make:
        return build.span
    return Span(build.ran.where(words[0]).start, build.ran.where(words[-1]).end)


def _by_package(
    subject: DockerfileSubject, build: GoBuild, files: list[str], name: str
) -> Fix | None:
    if len(files) != 1 or not go_edits.is_text(build.command):
        return None
    if build.command.flag("o") is None or not context.is_project(subject):
        return None
    span = _words_span(build, files)
    if span == build.span or "$" in files[0]:
        return None
    return Fix((Edit(span.start, span.end, name),), False, "name the package")


def _buildvcs(subject: DockerfileSubject) -> Iterator[Found]:
    for build in builds(subject):
        flag = build.command.flag("buildvcs")
        if flag is None or flag.value not in ("true", "1") or is_development(subject, build.stage):
            continue
        why = _no_repository(subject, build)
        if why:
            yield Found(
                f"-buildvcs=true fails: {why}",
                flag.span,
                "stamp the version with -ldflags -X and a build argument, or send .git",
            )


def _no_repository(subject: DockerfileSubject, build: GoBuild) -> str:
    """Return why go cannot read the repository; "" where it may."""
    pattern = context.left_out(subject, ".git") or context.left_out(subject, ".git/HEAD")
    if pattern is not None:
        return f"{subject.around.ignore_file} leaves .git out ({pattern.text})"
    facts = build.stage.facts
    if facts is None or facts.family != "golang" or "git" in facts.tools:
        return ""
    from gotare.lint.dockerfile.packages import packages_in

    names = {package.name for package in packages_in(subject.build, build.stage, subject.around)}
    return "" if names & {"git", "alpine-sdk"} else "the stage has no git"


RULES: Final = (
    _DECLARE.info(
        "no-trimpath",
        "The program holds the paths of the machine that built it.",
        _no_trimpath,
        fixes="safe",
    ),
    _DECLARE.warning(
        "no-strip",
        "The program carries symbols and debugging data.",
        unstripped,
        fixes="safe",
    ),
    _DECLARE.warning(
        "debug-gcflags",
        "The program is compiled for a debugger.",
        _debug_flags,
        fixes="unsafe",
    ),
    _DECLARE.warning(
        "race-build",
        "The program is compiled with the race detector.",
        _race,
        fixes="unsafe",
    ),
    _DECLARE.info(
        "upx",
        "The program is packed with UPX.",
        _upx,
    ),
    _DECLARE.info(
        "build-names-file",
        "`go build` is given files instead of a package.",
        _named_files,
        fixes="unsafe",
    ),
    _DECLARE.error(
        "buildvcs-without-git",
        "`-buildvcs=true` is given, and there is no repository to read.",
        _buildvcs,
    ),
)
