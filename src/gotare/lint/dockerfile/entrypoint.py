"""Says which program ENTRYPOINT, CMD or HEALTHCHECK runs."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from gotare.lint.dockerfile.environment import spoken
from gotare.lint.dockerfile.fileset import Held
from gotare.lint.dockerfile.gobuild import GoBuild
from gotare.lint.dockerfile.model import Answer, Exec, Stage
from gotare.lint.shell.commands import commands_of
from gotare.lint.shell.wrappers import script_of, unwrapped


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


def words_of(command: Exec, stage: Stage) -> list[str | None]:
    """Return the words of what is run in the end, without a shell, tini and the like; None where a
    word cannot be known."""
    if command.form == "json":
        first = command.words[:1]
        script = _script_of_json(command)
        if first and script is not None:
            return _first_command(script, stage)
        return _without_init(list(command.words))
    return _first_command(command.words[0] if command.words else "", stage)


def _without_init(words: list[str]) -> list[str | None]:
    """tini -- /app and dumb-init /app run /app."""
    if words and posixpath.basename(words[0]) in ("tini", "dumb-init", "catatonit"):
        rest = [word for word in words[1:] if not word.startswith("-")]
        return list(rest) or list(words)
    return list(words)


def _script_of_json(command: Exec) -> str | None:
    words = command.words
    if len(words) < 3 or posixpath.basename(words[0]) not in ("sh", "bash", "ash", "dash"):
        return None
    return words[2] if words[1].startswith("-") and words[1].endswith("c") else None


def _first_command(text: str, stage: Stage) -> list[str | None]:
    values = stage.state.env
    for command in commands_of(text):
        plain = unwrapped(command)
        if not plain.words or plain.name in ("cd", "export", "set", "echo", "exec", "umask"):
            continue
        script = script_of(plain)
        if script is not None and script.text != text:
            return _first_command(script.text, stage)
        return [spoken(word, values, stage.state.complete) for word in plain.words]
    return []
