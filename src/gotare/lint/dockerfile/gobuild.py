"""Reads `go build` and its kin: flags, environment, output, and what the result is linked with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from gotare.lint.dockerfile.model import Stage
from gotare.lint.dockerfile.runs import Ran
from gotare.lint.dockerfile.syntax import Instruction, Span

Linking = Literal["static", "glibc", "musl", "unknown"]


@dataclass(frozen=True, slots=True)
class GoFlag:
    """A flag of a go command. `value` None: it has none, or it depends on something unknown
    (`text` then holds it as written). `span` is where flag and value stand."""

    name: str
    value: str | None
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Setting:
    """A variable of the environment of a go command. `value` None: set, to something unknown."""

    name: str
    value: str | None
    origin: Literal["prefix", "export", "env", "arg", "base", "makefile"]
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Stamp:
    """An `-X symbol=value`. `value` is after expansion (None unknown); `variables` are the names of
    the shell's variables in it."""

    symbol: str
    value: str | None
    variables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GoCommand:
    """Any command of go: `go mod download`, `go test`, … `action` is "mod download", "build",
    "install", "get", "generate", "run", "test", "vet", "env", "work sync", …"""

    action: str
    ran: Ran
    flags: tuple[GoFlag, ...]
    packages: tuple[str, ...]
    """The arguments after the flags, variables as written where they are unknown."""
    settings: Mapping[str, Setting]
    """CGO_ENABLED, GOOS, GOARCH, GOFLAGS, GO111MODULE, GOPROXY, … as far as they are set."""

    @property
    def stage(self) -> Stage:
        """The stage it runs in."""
        return self.ran.stage

    @property
    def instruction(self) -> Instruction:
        """The instruction that runs it."""
        return self.ran.instruction

    @property
    def span(self) -> Span:
        """Where it is written."""
        return self.ran.span

    def flag(self, name: str) -> GoFlag | None:
        """Return the last flag of a name, GOFLAGS' included ("trimpath", without the hyphen)."""
        return next((flag for flag in reversed(self.flags) if flag.name == name), None)

    def is_set(self, name: str) -> bool | None:
        """Whether a flag that is true or false is true; None where that depends on a variable."""
        flag = self.flag(name)
        if flag is None:
            return False
        return None if flag.value is None and flag.text else flag.value not in ("false", "0")


@dataclass(frozen=True, slots=True)
class GoBuild:
    """A command that makes Go programs."""

    command: GoCommand
    tool: Literal["go", "xx-go", "garble", "gox", "goreleaser", "tinygo", "other"]
    action: Literal["build", "install", "test"]
    ldflags: tuple[str, ...] | None
    """The words of -ldflags, after expansion where possible; None where they depend on a variable
    whose value is unknown; () without the flag."""
    stamps: tuple[Stamp, ...]
    tags: tuple[str, ...]
    buildmode: str
    """"" without the flag."""
    outputs: tuple[str, ...] | None
    """The absolute paths of the programs that it makes; None where they cannot be known."""
    output_folder: str | None
    """-o names a folder: the programs lie in it under the names of their packages."""
    remote: bool
    """`go install path@version`: somebody else's program."""
    cgo: bool | None
    """Whether cgo is on; None where that cannot be known."""
    cgo_why: str
    """Why, for a message: "CGO_ENABLED=0 before the command"."""
    uses_cgo: bool | None
    """Whether the program links C: the project imports "C" or net and os/user with cgo on."""
    linking: Linking
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
    def trimpath(self) -> bool | None:
        """Whether -trimpath is given; None where that depends on a variable."""
        return self.command.is_set("trimpath")

    @property
    def strips(self) -> bool | None:
        """Whether -s is among the linker's flags (it implies -w); None unknown."""
        return None if self.ldflags is None else "-s" in self.ldflags
