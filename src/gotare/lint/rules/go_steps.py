"""Which go commands does a Dockerfile run, and which of their programs reach an image?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gotare.lint.dockerfile.contents import contents_of
from gotare.lint.dockerfile.copies import Copy, copies_in
from gotare.lint.dockerfile.fileset import Held
from gotare.lint.dockerfile.gobuild import GoBuild, GoCommand, go_builds, go_commands
from gotare.lint.dockerfile.model import Stage
from gotare.lint.dockerfile.releases import go_minor
from gotare.lint.dockerfile.shipping import shipped
from gotare.lint.dockerfile.syntax import Instruction
from gotare.lint.rules.mounts import mounts_of
from gotare.lint.subjects import DockerfileSubject

_DEVELOPMENT: Final = re.compile(
    r"(?:^|[^a-z])(?:dev|devel|development|debug|debugger|dlv|delve|local|tests?|testing|lint|"
    r"e2e|bench|benchmark|fuzz|coverage|devcontainer|hot-?reload|air)(?:$|[^a-z])"
)
_FETCHING: Final = frozenset({
    "build", "install", "test", "generate", "vet", "list", "run", "get", "mod vendor", "mod tidy",
    "mod verify", "tool",
})  # fmt: skip


def commands(subject: DockerfileSubject) -> tuple[GoCommand, ...]:
    """Return the go commands that RUN instructions run, in the file's order."""
    return go_commands(subject.build, subject.around)


def commands_in(subject: DockerfileSubject, stage: Stage) -> list[GoCommand]:
    """Return the go commands of a stage."""
    return _by_stage(subject).get(stage.index, [])


def _by_stage(subject: DockerfileSubject) -> dict[int, list[GoCommand]]:
    def grouped() -> dict[int, list[GoCommand]]:
        found: dict[int, list[GoCommand]] = {}
        for command in commands(subject):
            found.setdefault(command.stage.index, []).append(command)
        return found

    return subject.build.once("go commands by stage", subject.around, grouped)


def builds(subject: DockerfileSubject) -> tuple[GoBuild, ...]:
    """Return the commands that make Go programs, in the file's order."""
    return go_builds(subject.build, subject.around)


def builds_by(subject: DockerfileSubject, instruction: Instruction) -> list[GoBuild]:
    """Return those that one instruction runs."""

    def grouped() -> dict[int, list[GoBuild]]:
        found: dict[int, list[GoBuild]] = {}
        for build in builds(subject):
            found.setdefault(id(build.instruction), []).append(build)
        return found

    by = subject.build.once("go builds by instruction", subject.around, grouped)
    return by.get(id(instruction), [])


def reads_modules(command: GoCommand) -> bool:
    """Whether a command reads the modules of the project, and fetches those that are missing."""
    remote = any("@" in package for package in command.packages)
    return command.action in _FETCHING and not remote


def landings(subject: DockerfileSubject, build: GoBuild) -> tuple[tuple[Stage, Held], ...]:
    """Return where the programs of a command lie in images that somebody runs."""
    return tuple(
        (stage, held)
        for stage in shipped(subject.build)
        for held in contents_of(subject.build, stage, subject.around).held
        if held.go_build is build
    )


def shipped_builds(
    subject: DockerfileSubject,
) -> Iterator[tuple[GoBuild, tuple[tuple[Stage, Held], ...]]]:
    """Yield the commands that make the project's programs for an image that somebody runs, with
    their places there. Where a program goes is not always known: then there are none."""
    for build in builds(subject):
        if build.remote or is_development(subject, build.stage):
            continue
        places = landings(subject, build)
        if places or _is_lost(subject, build):
            yield build, places


def plain_builds(
    subject: DockerfileSubject,
) -> Iterator[tuple[GoBuild, tuple[tuple[Stage, Held], ...]]]:
    """Yield those of them that run go itself."""
    for build, places in shipped_builds(subject):
        if build.tool in ("go", "xx-go") and build.action != "test" and not _only_checks(build):
            yield build, places


def _only_checks(build: GoBuild) -> bool:
    """Whether `go build` compiles several packages, or libraries, and writes nothing."""
    several = len(build.packages) > 1 or any("..." in package for package in build.packages)
    is_silent = build.action == "build" and several and build.command.flag("o") is None
    return is_silent or bool(build.packages and set(build.packages) <= {"std", "cmd", "all"})


def _is_lost(subject: DockerfileSubject, build: GoBuild) -> bool:
    """Whether nobody knows where the programs go, though an image needs their stage."""
    return (
        build.outputs is None
        and build.action != "test"
        and any(build.stage in subject.build.needed_by(s) for s in shipped(subject.build))
    )


def is_development(subject: DockerfileSubject, stage: Stage) -> bool:
    """Whether a stage, or the whole file, is by its name for developers, tests or debuggers."""
    name = subject.file.path.replace("\\", "/").rpartition("/")[2].lower()
    return bool(_DEVELOPMENT.search(stage.name) or _DEVELOPMENT.search(name))


def is_modular(subject: DockerfileSubject, stage: Stage) -> bool:
    """Whether a stage may compile a project, and not only files that the Dockerfile holds: it takes
    something from the context or elsewhere."""
    for link in stage.chain:
        if any(c.origin is not None or _has_files(c) for c in copies_in(subject.build, link)):
            return True
        for instruction in link.named("RUN"):
            if any(m.kind == "bind" for m in mounts_of(subject.build, link, instruction)):
                return True
            if re.search(r"\b(?:git|curl|wget|tar|go get|go mod)\b", instruction.value):
                return True
    return stage.root.kind != "scratch" and (stage.facts is None or bool(stage.named("ONBUILD")))


def is_gopath(command: GoCommand) -> bool:
    """Whether go works as before modules where a command runs."""
    facts = command.stage.facts
    minor = go_minor(facts.go) if facts else None
    return setting(command, "GO111MODULE") == "off" or (minor is not None and minor < 11)


def _has_files(copy: Copy) -> bool:
    return any(source.kind != "heredoc" for source in copy.sources)


def prefix(build: GoBuild, name: str) -> str:
    """Return what a variable right before a command says, as it is written: `$TARGETARCH`."""
    for assignment in build.ran.plain.assignments:
        if assignment.name == name:
            return assignment.value.text
    return ""


def called(stage: Stage) -> str:
    """Return what a message calls a stage: "stage builder", "stage 0"."""
    return f"stage {stage.name_word.text}" if stage.name_word else f"stage {stage.index}"


def called_build(build: GoBuild) -> str:
    """Return what a message calls a command: with its stage, and the Makefile that runs it."""
    via = f" (by {build.ran.make})" if build.ran.make else ""
    return f"`{build.tool} {build.action}` in {called(build.stage)}{via}"


def setting(command: GoCommand, name: str) -> str | None:
    """Return the value of a variable of a go command's environment: "" not set, None unknown."""
    found = command.settings.get(name)
    return "" if found is None else found.value
