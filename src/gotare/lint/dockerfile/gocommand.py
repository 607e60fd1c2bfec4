"""Finds the go commands that a Dockerfile runs, with their flags and environment."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal

from gotare.frozen import dataclass
from gotare.lint.dockerfile.goflags import (
    GoFlag,
    ReadFlags,
    arguments_of,
    flags_in_goflags,
    read_flags,
)
from gotare.lint.dockerfile.model import Build, Stage, State
from gotare.lint.dockerfile.runs import Ran, ran_in
from gotare.lint.dockerfile.syntax import Instruction, Span
from gotare.lint.subjects import Surroundings

Tool = Literal["go", "xx-go", "garble", "tinygo", "gox", "goreleaser"]
SETTINGS: Final = frozenset(
    {
        "CGO_ENABLED", "GOOS", "GOARCH", "GOARM", "GOAMD64", "GOARM64", "GOFLAGS", "GO111MODULE",
        "GOPROXY", "GOSUMDB", "GONOSUMDB", "GONOSUMCHECK", "GONOPROXY", "GOPRIVATE", "GOINSECURE",
        "GOTOOLCHAIN", "GOPATH", "GOBIN", "GOCACHE", "GOMODCACHE", "GOWORK", "GOEXPERIMENT",
        "GODEBUG", "GOVCS", "GOROOT", "CC", "CXX", "CGO_CFLAGS", "CGO_LDFLAGS",
    }
)  # fmt: skip
"""The variables that go reads and that matter here."""
_GO: Final = re.compile(r"go(?:1(?:\.\d+)+|tip)?$")
_TWO_WORDS: Final = frozenset({"mod", "work", "tool", "telemetry"})
_TOOLS: Final[Mapping[str, Tool]] = {
    "xx-go": "xx-go",
    "garble": "garble",
    "tinygo": "tinygo",
    "gox": "gox",
    "goreleaser": "goreleaser",
}


@dataclass(frozen=True, slots=True)
class Setting:
    """A variable of the environment of a go command. `value` None: it is set, nobody knows to what.
    origins: "prefix" (before the command, or by `env`), "export" (in the shell, by export or in a
    Makefile), "env" and "arg" (instructions), "base", "go env" (`go env -w`)."""

    name: str
    value: str | None
    origin: Literal["prefix", "export", "env", "arg", "base", "go env"]
    span: Span | None = None
    """Where it is set; None: in the base, or the place is not known."""


@dataclass(frozen=True, slots=True)
class GoCommand:
    """A command of go, or of what stands in for it."""

    tool: Tool
    action: str
    """"build", "install", "get", "generate", "run", "test", "vet", "mod download", "mod tidy",
    "env", "work sync", …; "" where none is given."""
    ran: Ran
    flags: tuple[GoFlag, ...]
    """Those of GOFLAGS first, then those of the command."""
    packages: tuple[str, ...]
    """The arguments after the flags; unknown variables stay in them as `${NAME}`."""
    settings: Mapping[str, Setting]
    """The variables of `SETTINGS` that are set."""
    uncertain: bool = False
    """A variable whose value is unknown may hold more flags or packages."""
    directory: str | None = None
    """Where go works: the folder, or what -C makes of it; None unknown."""

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
        """Return the last flag of a name ("trimpath", without the hyphen), GOFLAGS' included."""
        return next((flag for flag in reversed(self.flags) if flag.name == name), None)

    def is_set(self, name: str) -> bool | None:
        """Whether a flag that is true or false is true; None where that depends on a variable."""
        flag = self.flag(name)
        if flag is None:
            return None if self.uncertain else False
        if flag.value is None:
            return None if flag.text else True
        return flag.value.lower() not in ("false", "0", "f")

    def setting(self, name: str) -> str | None:
        """Return the value of a variable; None where it is unset or unknown."""
        found = self.settings.get(name)
        return found.value if found else None


def go_commands(build: Build, around: Surroundings) -> tuple[GoCommand, ...]:
    """Return the go commands of all RUN instructions, in the file's order."""
    return build.once("go commands", around, lambda: tuple(_all(build, around)))


def _all(build: Build, around: Surroundings) -> Iterator[GoCommand]:
    written: dict[int, dict[str, Setting]] = {}
    for stage in build.stages:
        known = dict(written.get(stage.parent.index, {})) if stage.parent else {}
        for ran in ran_in(build, stage, around):
            command = read_command(ran, known)
            if command is not None:
                yield command
                known |= _kept(command)
        written[stage.index] = known


def read_command(ran: Ran, written: Mapping[str, Setting]) -> GoCommand | None:
    """Return the go command that one is; None for others. `written` is what `go env -w` said."""
    tool = tool_of(ran)
    if tool is None:
        return None
    settings = {**written, **_settings(ran)}
    if tool in ("gox", "goreleaser"):
        return _other(tool, ran, settings)
    words = ran.plain.arguments
    arguments = list(arguments_of(words, ran))
    first = read_flags(arguments, ran)
    before = len(arguments) - len(first.rest)
    rest = arguments[before:]
    action, taken = _action([argument.text for argument in rest])
    read = read_flags(rest[taken:], ran)
    goflags = settings.get("GOFLAGS")
    flags = (*_goflags(goflags, ran), *first.flags, *read.flags)
    return GoCommand(
        tool,
        action,
        ran,
        flags,
        tuple(a.text for a in rest[taken:][len(rest[taken:]) - len(read.rest) :]),
        settings,
        _is_uncertain(first, read, goflags),
        _directory(ran, flags),
    )


def _is_uncertain(first: ReadFlags, read: ReadFlags, goflags: Setting | None) -> bool:
    unknown = goflags is not None and goflags.value is None
    return first.uncertain or read.uncertain or unknown


def tool_of(ran: Ran) -> Tool | None:
    """Return which tool a command runs, if it is go or stands in for go."""
    if not ran.plain.words:
        return None
    said = ran.said(ran.plain.words[0]) or _guess(ran)
    name = said.rpartition("/")[2]
    return "go" if _GO.match(name) else _TOOLS.get(name)


def _guess(ran: Ran) -> str:
    """`$GO build`: an unknown variable of that name is go."""
    variables = ran.plain.words[0].variables
    return (
        "go" if variables and variables[-1].upper() in ("GO", "GOCMD", "GO_CMD", "GOBINARY") else ""
    )


def _action(texts: Sequence[str]) -> tuple[str, int]:
    if not texts:
        return "", 0
    if texts[0] in _TWO_WORDS and len(texts) > 1:
        return f"{texts[0]} {texts[1]}", 2
    return texts[0], 1


def _other(tool: Tool, ran: Ran, settings: Mapping[str, Setting]) -> GoCommand:
    arguments = list(arguments_of(ran.plain.arguments, ran))
    action = "build"
    if tool == "goreleaser":
        action = next((a.text for a in arguments if not a.text.startswith("-")), "")
    read = read_flags(arguments[tool == "goreleaser" :], ran)
    packages = tuple(word.shown for word in read.rest)
    return GoCommand(tool, action, ran, tuple(read.flags), packages, settings, True, ran.directory)


def _goflags(setting: Setting | None, ran: Ran) -> tuple[GoFlag, ...]:
    if setting is None or not setting.value:
        return ()
    return tuple(flags_in_goflags(setting.value, setting.span or ran.span))


def _directory(ran: Ran, flags: Sequence[GoFlag]) -> str | None:
    from gotare.lint.dockerfile.state import joined

    change = next((flag for flag in flags if flag.name == "C"), None)
    return joined(ran.directory, change.value) if change else ran.directory


# the environment


def _settings(ran: Ran) -> dict[str, Setting]:
    state = ran.stage.state_at(ran.instruction)
    names = SETTINGS & ran.environment.keys()
    found = {name: _setting(name, ran, state) for name in sorted(names)}
    return {name: setting for name, setting in found.items() if setting is not None}


def _setting(name: str, ran: Ran, state: State) -> Setting | None:
    value = ran.environment[name]
    prefix = next((a for a in reversed(ran.plain.assignments) if a.name == name), None)
    if prefix is not None:
        return Setting(name, value, "prefix", ran.place(prefix.start, prefix.end))
    variable = state.variables.get(name)
    if variable is None or (variable.value != value):
        return Setting(name, value, "export", None)
    if variable.kind == "arg":
        return Setting(name, value, "arg", variable.span)
    return Setting(name, value, "env" if variable.at else "base", variable.span)


def _kept(command: GoCommand) -> dict[str, Setting]:
    """Return what `go env -w NAME=value` sets for the commands that follow."""
    if command.action != "env" or command.flag("w") is None:
        return {}
    pairs = [text.partition("=") for text in command.packages]
    return {
        name: Setting(name, None if "$" in value else value, "go env", command.span)
        for name, equals, value in pairs
        if equals
    }
