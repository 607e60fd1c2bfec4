"""Says which program ENTRYPOINT, CMD or HEALTHCHECK runs."""

from __future__ import annotations

import posixpath
from typing import Final

from gotare.frozen import dataclass
from gotare.lint.dockerfile.environment import Frame, after
from gotare.lint.dockerfile.fileset import Held
from gotare.lint.dockerfile.gobuild import GoBuild
from gotare.lint.dockerfile.model import Answer, Exec, Stage
from gotare.lint.shell.commands import commands_of
from gotare.lint.shell.wrappers import SHELLS, script_of, unwrapped

MAX_INNER: Final = 8
_PREPARING: Final = frozenset({"cd", "export", "set", "echo", "umask", "ulimit", "exec"})


@dataclass(frozen=True, slots=True)
class Program:
    """What ENTRYPOINT, CMD or HEALTHCHECK runs."""

    name: str
    """As it is written."""
    path: str | None
    """Absolute; None where it is not known which file that is."""
    there: Answer
    held: Held | None
    """What put the file there, where an instruction did."""
    arguments: tuple[str, ...] = ()

    @property
    def go_build(self) -> GoBuild | None:
        """The command that made it, where it is a Go program of this file."""
        return self.held.go_build if self.held else None


@dataclass(frozen=True, slots=True)
class Invocation:
    """The words of what is run in the end, without a shell, tini and the like (None: a word cannot
    be known), and the folder that it starts in."""

    words: tuple[str | None, ...]
    directory: str | None


def invocation_of(command: Exec, stage: Stage) -> Invocation:
    """Return what a command of the config runs."""
    folder = stage.state.workdir
    if command.form == "json":
        script = _script_of_json(command)
        if script is not None:
            return _first_command(script, stage, 0)
        return Invocation(_without_init(command.words), folder)
    return _first_command(command.words[0] if command.words else "", stage, 0)


def _without_init(words: tuple[str, ...]) -> tuple[str, ...]:
    """tini -- /app and dumb-init /app run /app."""
    if words and posixpath.basename(words[0]) in ("tini", "dumb-init", "catatonit"):
        return tuple(word for word in words[1:] if not word.startswith("-")) or words
    return words


def _script_of_json(command: Exec) -> str | None:
    words = command.words
    if len(words) < 3 or posixpath.basename(words[0]) not in SHELLS:
        return None
    return words[2] if words[1].startswith("-") and words[1].endswith("c") else None


def _first_command(text: str, stage: Stage, depth: int) -> Invocation:
    """Return the first command that is no preparation, following cd."""
    state = stage.state
    frame = Frame(state.workdir, state.env, frozenset(state.env), state.complete)
    for command in commands_of(text):
        plain = unwrapped(command)
        if not plain.words or plain.name in _PREPARING:
            frame = after(frame, plain if plain.words else command)
            continue
        script = script_of(plain)
        if script is not None and depth < MAX_INNER:
            return _first_command(script.text, stage, depth + 1)
        return Invocation(tuple(frame.said(word) for word in plain.words), frame.directory)
    return Invocation((), state.workdir)
