"""Follows the commands that RUN and shell forms run: in which folder, with which variables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gotare.lint.dockerfile.model import Stage
from gotare.lint.dockerfile.syntax import Instruction, Span
from gotare.lint.shell.model import Command, ShellWord


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that an instruction runs."""

    command: Command
    stage: Stage
    instruction: Instruction
    span: Span
    """Where it is written in the Dockerfile; for a command of a Makefile: where `make` is."""
    directory: str | None
    """Absolute; None where a `cd` into something unknown came before."""
    environment: Mapping[str, str | None]
    """What it finds in its environment, its own prefix included. A name that is missing is unset
    (where the base is known), None is set to something unknown."""
    values: Mapping[str, str | None]
    """What $NAME means in its words: the environment, and variables that are not exported."""
    make: str = ""
    """The Makefile and target that run it, "Makefile: build"; "" for the Dockerfile's own."""
    options: frozenset[str] = frozenset()
    """What `set` has switched on: "e", "x", "u", "pipefail"."""

    def word(self, index: int) -> str | None:
        """Return what an argument says after expansion; None where it cannot be known."""
        return spoken(self.command.arguments[index], self.values)


def spoken(word: ShellWord, values: Mapping[str, str | None]) -> str | None:
    """Return what a word says after expansion; None where it cannot be known."""
    said = []
    for part in word.parts:
        text = values.get(part.name) if part.kind == "variable" else part.text
        if text is None or part.kind == "other":
            return None
        said.append(text)
    return "".join(said)
