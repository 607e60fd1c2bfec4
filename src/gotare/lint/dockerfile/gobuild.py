"""Reads `go build` and its kin: what they make, and what the result is linked with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from gotare.frozen import dataclass
from gotare.lint.dockerfile.gocommand import GoCommand, Setting, Tool, go_commands
from gotare.lint.dockerfile.goflags import (
    UNKNOWN_VALUE,
    GoFlag,
    Stamp,
    rendered,
    split_quoted,
    stamps_of,
)
from gotare.lint.dockerfile.linking import Linking, cgo_of, linkage_of, uses_c
from gotare.lint.dockerfile.model import Build, Stage
from gotare.lint.dockerfile.outputs import outputs_of
from gotare.lint.dockerfile.packages import has_compiler
from gotare.lint.dockerfile.runs import Ran
from gotare.lint.dockerfile.syntax import Instruction, Span
from gotare.lint.subjects import Surroundings

__all__ = [
    "GoBuild", "GoCommand", "GoFlag", "Linking", "Setting", "Stamp", "go_builds", "go_commands",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class GoBuild:
    """A command that makes Go programs."""

    command: GoCommand
    tool: Tool
    action: Literal["build", "install", "test"]
    ldflags: tuple[str, ...]
    """The words of -ldflags; unknown variables stay in them as `${NAME}` and `$(…)`."""
    stamps: tuple[Stamp, ...]
    tags: tuple[str, ...]
    outputs: tuple[str, ...] | None
    """The absolute paths of the programs that it makes; None where they cannot be known."""
    output_folder: str | None
    """The folder that the programs lie in under the names of their packages, where -o (or go
    install) names one, or where there is no -o and the name is not known; None otherwise."""
    remote: bool
    """`go install path@version`: somebody else's program."""
    cgo: bool | None
    """Whether cgo is on; None where that cannot be known."""
    cgo_why: str
    """Why, for a message: "CGO_ENABLED=0 is set before the command"."""
    uses_c: bool | None
    """Whether the program links C code when cgo is on; None unknown."""
    linking: Linking
    """What it needs at run time. "glibc" and "musl" where cgo is on, unless the project is known
    not to use C."""
    linking_why: str

    @property
    def ran(self) -> Ran:
        """The command in its place."""
        return self.command.ran

    @property
    def stage(self) -> Stage:
        """The stage it runs in."""
        return self.command.stage

    @property
    def instruction(self) -> Instruction:
        """The instruction that runs it."""
        return self.command.instruction

    @property
    def span(self) -> Span:
        """Where it is written."""
        return self.command.span

    @property
    def packages(self) -> tuple[str, ...]:
        """What is built: ".", "./cmd/app", "main.go"; () is the folder it runs in."""
        return self.command.packages

    @property
    def buildmode(self) -> str:
        """The value of -buildmode; "" without."""
        flag = self.command.flag("buildmode")
        return flag.text if flag else ""

    @property
    def trimpath(self) -> bool | None:
        """Whether -trimpath is given; None where that depends on a variable."""
        return self.command.is_set("trimpath")

    @property
    def race(self) -> bool | None:
        """Whether -race is given; None where that depends on a variable."""
        return self.command.is_set("race")

    @property
    def ldflags_known(self) -> bool:
        """Whether no variable with an unknown value may hold more of them."""
        if self.command.uncertain and self.command.flag("ldflags") is None:
            return False
        return not any(word.startswith(UNKNOWN_VALUE) for word in self.ldflags)

    def links_with(self, flag: str) -> bool | None:
        """Whether -ldflags has a flag ("-s", "-w"); None where that depends on a variable. -s
        implies -w."""
        found = flag in self.ldflags or f"{flag}=true" in self.ldflags
        if flag == "-w":
            found = found or "-s" in self.ldflags
        return found or (False if self.ldflags_known else None)


def go_builds(build: Build, around: Surroundings) -> tuple[GoBuild, ...]:
    """Return every command that makes Go programs: `go build`, `go install`, `go test -c`, and
    what stands in for them, in the file's order."""
    return build.once("go builds", around, lambda: tuple(_all(build, around)))


def _all(build: Build, around: Surroundings) -> Iterator[GoBuild]:
    for command in go_commands(build, around):
        action = _action(command)
        if action is not None:
            yield _build(build, command, action, around)


def _action(command: GoCommand) -> Literal["build", "install", "test"] | None:
    if command.action == "build":
        return "build"
    if command.action == "install":
        return "install"
    return "test" if command.action == "test" and command.is_set("c") else None


def _build(
    build: Build,
    command: GoCommand,
    action: Literal["build", "install", "test"],
    around: Surroundings,
) -> GoBuild:
    ldflags = _ldflags(command, all_names=False)
    tags = tags_of(command)
    cgo = cgo_of(command, has_compiler(build, command.ran, around))
    uses = uses_c(command, around, tags)
    linkage = linkage_of(command, cgo, around, tags, ldflags)
    outputs = outputs_of(build, command, action, around)
    return GoBuild(
        command,
        command.tool,
        action,
        ldflags,
        tuple(stamps_of(ldflags, _ldflags(command, all_names=True))),
        tags,
        outputs.paths,
        outputs.folder,
        any("@" in package for package in command.packages),
        cgo.on,
        cgo.why,
        uses,
        linkage.kind,
        linkage.why,
    )


def _ldflags(command: GoCommand, *, all_names: bool) -> tuple[str, ...]:
    flag = command.flag("ldflags")
    if flag is None:
        return ()
    if flag.word is None:
        return split_quoted(flag.text)
    text = rendered(flag.word, command.ran, all_names=all_names)
    if flag.word.text.lstrip("-\"'").startswith("ldflags="):
        text = text.partition("=")[2]
    return split_quoted(re.sub(r"^[\w./]+=(?=-)", "", text))


def tags_of(command: GoCommand) -> tuple[str, ...]:
    """Return the build tags."""
    flag = command.flag("tags")
    return tuple(re.split(r"[,\s]+", flag.text.strip())) if flag and flag.text.strip() else ()
