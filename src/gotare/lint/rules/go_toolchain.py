"""Is the Go of the build image one that can, and should, build this?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gotare.findings import Fix, Severity
from gotare.golang.goversion import is_older
from gotare.lint.dockerfile.edit import replace
from gotare.lint.dockerfile.effects import HARMLESS
from gotare.lint.dockerfile.gocommand import GoCommand
from gotare.lint.dockerfile.model import Stage
from gotare.lint.dockerfile.releases import NEWEST_GO, go_end_of_life, go_minor
from gotare.lint.dockerfile.runs import Ran, ran_in
from gotare.lint.dockerfile.shipping import shipped
from gotare.lint.rule import Found
from gotare.lint.rules import context
from gotare.lint.rules.declaring import Declaring
from gotare.lint.rules.go_steps import (
    called,
    commands,
    commands_in,
    is_development,
    is_gopath,
    is_modular,
    reads_modules,
    setting,
)
from gotare.lint.subjects import DockerfileSubject

_DECLARE: Final = Declaring("", "dockerfile", "go-build")
_OLD_SYSTEM: Final = re.compile(r"(-alpine)[\d.]+|()-(?:jessie|stretch|buster|bullseye)")
"""Variants of an image that may not be there for a new Go."""
_MAY_COMPILE: Final = re.compile(
    r"\bmake\b|\.sh\b|(?<![\w/.])\./\w|build|install|generate|\b(?:mage|task|ko|goreleaser|gox)\b"
)
_CHECKS: Final = frozenset(
    {"golangci-lint", "staticcheck", "gofmt", "goimports", "go vet", "go fmt"}
)
_BESIDE: Final = HARMLESS - {"go"} | {"go version", "go env", "go mod", "go list"}
_DIRECTIVE: Final = re.compile(r"^go[ \t]+(\d\S*)", re.MULTILINE)


# the version


def _too_old(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        image = _go_of(stage)
        command = next(filter(_reads_go_mod, commands_in(subject, stage)), None)
        if not image or command is None or not _stays(command, image):
            continue
        said = _directive(subject, command)
        if said is not None and _is_too_old(image, said[0]):
            yield _old_image(stage, image, *said)


def _reads_go_mod(command: GoCommand) -> bool:
    return reads_modules(command) or command.action == "mod download"


def _directive(subject: DockerfileSubject, command: GoCommand) -> tuple[str, str] | None:
    """Return the Go that a command's go.mod asks for, and where it says so."""
    path = context.go_mod_of(subject, command)
    text = subject.around.texts.get(path) if path else None
    found = _DIRECTIVE.search(text) if text else None
    if not text or not found:
        return None
    return found[1], f"{path}:{text.count(chr(10), 0, found.start()) + 1}"


def _go_of(stage: Stage) -> str:
    """Return the Go of the image that a stage itself names; "" unknown."""
    facts = stage.facts
    is_own = stage.parent is None and facts is not None and facts.family == "golang"
    return facts.go if is_own and facts else ""


def _is_too_old(image: str, asked: str) -> bool:
    """Whether an image's Go is surely older: the tag 1.24 may be any 1.24.x."""
    if image.count(".") == 1:
        mine, theirs = go_minor(image), go_minor(asked)
        return mine is not None and theirs is not None and mine < theirs
    return is_older(image, asked)


def _stays(command: GoCommand, image: str) -> bool:
    """Whether go does not fetch the newer toolchain by itself."""
    minor = go_minor(image)
    if minor is not None and minor < 21:
        return minor >= 11 and setting(command, "GO111MODULE") != "off"
    return setting(command, "GOTOOLCHAIN") == "local"


def _old_image(stage: Stage, image: str, asked: str, place: str) -> Found:
    base = stage.base
    if (go_minor(image) or 0) >= 21:
        why = "GOTOOLCHAIN=local, which the image sets, lets it fetch no other"
    else:
        why = "before Go 1.21 it tries, and fails at the first thing that it does not know"
    return Found(
        f"{base.name}:{base.tag} has Go {image}, and {place} asks for go {asked}: {why}",
        base.span,
        f"{base.name}:{_newer(base.tag, image, asked)}",
        _newer_image(stage, image, asked, "take the Go that go.mod asks for"),
    )


def _newer(tag: str, image: str, asked: str) -> str:
    """Return the tag with a version that is new enough. The distribution of an old image may not
    be there for a new Go."""
    minor = ".".join(asked.split(".")[:2])
    version = asked if image.count(".") == 2 and asked.count(".") == 2 else minor
    rest = tag.removeprefix("v").removeprefix(image)
    return version + _OLD_SYSTEM.sub(r"\1", rest)


def _newer_image(stage: Stage, image: str, asked: str, why: str) -> Fix | None:
    base = stage.base
    if base.digest or base.variables or not base.text.endswith(f":{base.tag}"):
        return None
    text = base.text.removesuffix(base.tag) + _newer(base.tag, image, asked)
    return Fix((replace(base.span, text),), False, why)


def _end_of_life(subject: DockerfileSubject) -> Iterator[Found]:
    for stage in subject.build.stages:
        image = _go_of(stage)
        ended = go_end_of_life(image) if image else ""
        if ended:
            yield Found(
                f"Go {image} gets no security fixes since {ended}: what it compiles keeps the "
                "known holes of its standard library",
                stage.base.span,
                f"the newest releases are Go 1.{NEWEST_GO} and Go 1.{NEWEST_GO - 1}",
                None
                if _lacks_modules(subject, stage)
                else _newer_image(stage, image, f"1.{NEWEST_GO}", "take the newest Go"),
                severity=Severity.INFO
                if _compiles_nothing(subject, stage) or _only_checks(subject, stage)
                else None,
            )


def _compiles_nothing(subject: DockerfileSubject, stage: Stage) -> bool:
    """Whether Go only looks after modules in a stage and those on it, and nothing else is run that
    may compile."""
    above = _on(subject, stage)
    actions = {command.action for each in above for command in commands_in(subject, each)}
    return (
        bool(actions)
        and all(action.startswith("mod ") or action == "list" for action in actions)
        and not any(each.named("CMD", "ENTRYPOINT") for each in above)
        and not any(_MAY_COMPILE.search(ran.value) for each in above for ran in each.named("RUN"))
    )


def _only_checks(subject: DockerfileSubject, stage: Stage) -> bool:
    """Whether nothing but linters is run in a stage and those on it."""
    above = _on(subject, stage)
    ran = [ran for each in above for ran in ran_in(subject.build, each, subject.around)]
    names = [_named(each) for each in ran if each.plain.words]
    return (
        not _CHECKS.isdisjoint(names)
        and all(name in _CHECKS or name in _BESIDE for name in names)
        and not any(each.named("CMD", "ENTRYPOINT") for each in above)
    )


def _named(ran: Ran) -> str:
    """Return the name of a command, of go with its action."""
    name = ran.plain.name
    return f"go {ran.plain.texts[0]}" if name == "go" and ran.plain.texts else name


def _on(subject: DockerfileSubject, stage: Stage) -> list[Stage]:
    """Return a stage and those that stand on it."""
    return [
        each
        for each in subject.build.stages
        if any(link.index == stage.index for link in each.chain)
    ]


def _lacks_modules(subject: DockerfileSubject, stage: Stage) -> bool:
    """Whether a stage fetches what it needs as before modules, which new releases refuse."""
    return any(
        command.action == "get" and is_gopath(command)
        for each in _on(subject, stage)
        for command in commands_in(subject, each)
    )


# what is not meant for an image build


def _go_run(subject: DockerfileSubject) -> Iterator[Found]:
    for target in subject.build.targets:
        state = target.state
        for command in (state.entrypoint, state.cmd):
            if command is None or command.at is None or is_development(subject, target):
                continue
            if not is_modular(subject, target):
                continue
            words = command.words if command.form == "json" else tuple(command.words[0].split())
            if words[:2] == ("go", "run"):
                yield Found(
                    f"the image of {called(target)} compiles the program each time it starts, and "
                    "needs the toolchain and the sources for that",
                    command.at.span,
                    "go build in a stage of its own, and copy the program",
                )
                break


def _tests(subject: DockerfileSubject) -> Iterator[Found]:
    needed = [s for image in shipped(subject.build) for s in subject.build.needed_by(image)]
    for command in commands(subject):
        is_run = command.action == "test" and not command.is_set("c")
        is_run = is_run and command.ran.command.is_certain
        if is_run and command.stage in needed and not is_development(subject, command.stage):
            yield Found(
                f"{called(command.stage)} runs tests whenever the image is built: a release "
                "waits for them, and an emulated platform may fail them",
                command.span,
                "put them into a stage of their own, for `docker build --target test`",
            )


RULES: Final = (
    _DECLARE.error(
        "go-image-too-old",
        "The image's Go is older than go.mod asks for.",
        _too_old,
        fixes="unsafe",
    ),
    _DECLARE.warning(
        "go-end-of-life",
        "The image's Go is no longer repaired.",
        _end_of_life,
        fixes="unsafe",
    ),
    _DECLARE.warning(
        "go-run-entrypoint",
        "The container compiles its program when it starts.",
        _go_run,
    ),
    _DECLARE.info(
        "tests-in-image-build",
        "Tests run whenever the image is built.",
        _tests,
    ),
)
