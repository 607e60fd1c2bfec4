"""Does the build choose versions with `go get`, and what comes of it?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gotare.findings import Edit, Fix, Severity
from gotare.lint.dockerfile.copies import copies_in
from gotare.lint.dockerfile.gocommand import GoCommand
from gotare.lint.dockerfile.packages import MANAGERS, packages_before
from gotare.lint.dockerfile.releases import go_minor
from gotare.lint.dockerfile.runs import Ran, ran_in
from gotare.lint.rule import Found
from gotare.lint.rules.declaring import Declaring
from gotare.lint.rules.go_steps import commands, commands_in, is_gopath, setting
from gotare.lint.rules.mounts import mounts_of
from gotare.lint.subjects import DockerfileSubject

_DECLARE: Final = Declaring("", "dockerfile", "go-build")
_GO_PACKAGE: Final = re.compile(
    r"go|golang(?:-go|-bin)?|(?:golang|go)-?(?P<version>1\.\d+)(?:-go)?"
)
_WITH_MODULES: Final = {"alpine": (3, 14), "debian": (12,), "ubuntu": (22, 4)}
"""The first releases of distributions whose own Go takes modules for granted: 1.16 and newer."""
_MODULES_BY_DEFAULT: Final = 16
_NO_MODULE: Final = frozenset(
    {*MANAGERS, "mkdir", "cd", "echo", "set", "export", "chmod", "chown", "rm", "true"}
)
"""Programs that bring no go.mod; redirections are looked at besides."""


def _get(subject: DockerfileSubject) -> Iterator[Found]:
    for command in commands(subject):
        if command.action != "get" or is_gopath(command) or _may_be_older(subject, command):
            continue
        named = [package for package in command.packages if not package.startswith(".")]
        if named and _is_outside(subject, command) and _installs_nothing(command):
            yield _get_outside(command, named)
        else:
            yield from _get_named(command, named) if named else _get_all(subject, command)


def _get_all(subject: DockerfileSubject, command: GoCommand) -> Iterator[Found]:
    """Without -u nothing happens where go.mod is complete: then it is but another download."""
    upgrades = command.flag("u") is not None
    yield Found(
        "`go get -u` takes the newest versions of everything while the image is built"
        if upgrades
        else "`go get` adds what go.mod lacks, in the newest versions, instead of failing",
        command.span,
        "`go mod download` fetches what go.mod and go.sum say",
        download_instead(command),
        severity=None if upgrades else Severity.INFO,
    )


def _get_outside(command: GoCommand, named: list[str]) -> Found:
    return Found(
        f"`go get {named[0]}` fails: there is no go.mod in {command.directory} or above it, and "
        "since Go 1.18 `go get` works in a module only",
        command.span,
        "`go install PACKAGE@VERSION` makes a tool; the program's own module needs its go.mod",
    )


def _get_named(command: GoCommand, named: list[str]) -> Iterator[Found]:
    """Before Go 1.18 `go get PACKAGE@VERSION` was the way to install a program."""
    pinned = all("@" in package and not package.endswith("@latest") for package in named)
    if not _installs_nothing(command):
        text = f"`go get {named[0]}` takes the newest version: another from day to day"
        if pinned:
            return
    else:
        text = f"`go get {named[0]}` changes go.mod in the image only, and since Go 1.18 it " \
               "installs no program"  # fmt: skip
    yield Found(
        text,
        command.span,
        "`go install PACKAGE@VERSION` makes a tool; what the program needs is in go.mod",
        severity=Severity.INFO if pinned else None,
    )


def _installs_nothing(command: GoCommand) -> bool:
    """Whether Go is surely 1.18 or newer: a Go that no official image brings may be any."""
    facts = command.stage.facts
    minor = go_minor(facts.go) if facts else None
    return minor >= 18 if minor is not None else facts is not None and facts.family == "golang"


def download_instead(command: GoCommand) -> Fix | None:
    """Return the fix that puts `go mod download` in a command's place."""
    ran = command.ran
    words = ran.plain.words
    if "mod init" in command.instruction.value:
        return None
    if ran.make or command.instruction.form != "shell" or command.uncertain or not words:
        return None
    start, end = ran.where(words[0]).start, ran.where(words[-1]).end
    return Fix((Edit(start, end, "go mod download"),), False, "download what go.mod says")


# where Go comes from, and where it works


def _may_be_older(subject: DockerfileSubject, command: GoCommand) -> bool:
    """Whether Go is a package of a distribution's, from before modules for all that is known, and
    nothing in its stage tells of modules."""
    packages = packages_before(subject.build, command.ran, subject.around)
    found = [match for p in packages if (match := _GO_PACKAGE.fullmatch(p.name))]
    facts = command.stage.facts
    if not found or (facts is not None and (facts.has_go or _is_recent(facts.release))):
        return False
    if any((go_minor(m["version"] or "") or 0) >= _MODULES_BY_DEFAULT for m in found):
        return False
    others = (each for link in command.stage.chain for each in commands_in(subject, link))
    tells = any(other.action.startswith("mod ") for other in others)
    return not tells and setting(command, "GO111MODULE") != "on"


def _is_recent(release: str) -> bool:
    name, _, version = release.partition(" ")
    numbers = tuple(int(part) for part in version.split(".") if part.isdecimal())
    return name in _WITH_MODULES and numbers >= _WITH_MODULES[name]


def _is_outside(subject: DockerfileSubject, command: GoCommand) -> bool:
    """Whether there is surely no go.mod where a command runs, nor above: an image of Go has none,
    and nothing is copied, mounted or written there."""
    folder, stage = command.directory, command.stage
    if folder is None or stage.facts is None or command.flag("modfile") is not None:
        return False
    if setting(command, "GO111MODULE") not in ("", "on") or _may_write(subject, command):
        return False
    targets = [c.destination for link in stage.chain for c in copies_in(subject.build, link)]
    mounts = mounts_of(subject.build, stage, command.instruction)
    targets += [mount.target for mount in mounts if mount.kind == "bind"]
    return not any(target is None or _is_above(target, folder) for target in targets)


def _is_above(target: str, folder: str) -> bool:
    """Whether a file may come to lie in a folder, or above it, by what is put to a target."""
    above = target.removesuffix("/go.mod").rstrip("/")
    return f"{folder.rstrip('/')}/".startswith(f"{above}/")


def _may_write(subject: DockerfileSubject, command: GoCommand) -> bool:
    """Whether a step before a command may make a go.mod."""
    start = command.span.start
    return any(
        ran.command.redirections or not (ran.plain.name in _NO_MODULE or _is_get(ran))
        for link in command.stage.chain
        for ran in ran_in(subject.build, link, subject.around)
        if ran.span.start < start and ran.plain.words
    )


def _is_get(ran: Ran) -> bool:
    return ran.plain.name == "go" and ran.plain.texts[:1] in (("get",), ("install",), ("env",))


RULES: Final = (
    _DECLARE.warning(
        "go-get-in-build",
        "`go get` chooses versions while the image is built.",
        _get,
        fixes="unsafe",
    ),
)
