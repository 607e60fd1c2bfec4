"""Reads the recipes and variables of a Makefile, as far as rules ask for them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from gotare.lint.shellwords import Command, commands
from gotare.lint.subjects import Surroundings

_ASSIGNMENT: Final = re.compile(
    r"^(?:export[ \t]+|override[ \t]+)?(?P<name>[\w.-]+)[ \t]*(?P<how>\?|:{1,3}|\+|!)?=[ \t]*"
    r"(?P<value>(?:[^\n\\]|\\.|\\\r?\n)*)",
    re.MULTILINE,
)
_RECIPE: Final = re.compile(
    r"(?:(?<!\\\n)(?<!\\\r\n)^\t(?:[^\n\\]|\\[^\r\n]|\\\r?\n)*(?:\n|\Z))+", re.MULTILINE
)
_LINE: Final = re.compile(r"(?:[^\n\\]|\\\r?\n|\\.)+")
_VARIABLE: Final = re.compile(r"\$[({](\w+)[)}]")
_DEPTH: Final = 10
_LONGEST: Final = 4000


@dataclass(frozen=True)
class MakefileSubject:
    """A Makefile."""

    path: str
    text: str
    around: Surroundings = field(default_factory=Surroundings)

    @cached_property
    def variables(self) -> Mapping[str, str]:
        """The variables of the file with their text; what `+=` adds is added."""
        found: dict[str, str] = {}
        for each in _ASSIGNMENT.finditer(self.text):
            value = re.sub(r"[ \t]*\\\r?\n[ \t]*", " ", each["value"]).partition(" #")[0].strip()
            if each["how"] == "+" and each["name"] in found:
                value = f"{found[each['name']]} {value}"
            elif each["how"] == "?" and each["name"] in found:
                continue
            found[each["name"]] = value[:_LONGEST]
        return found

    @cached_property
    def commands(self) -> tuple[Command, ...]:
        """The commands of all recipes."""
        return tuple(self._commands())

    def _commands(self) -> Iterator[Command]:
        for recipe in _RECIPE.finditer(self.text):
            yield from commands(recipe[0], recipe.start())

    @property
    def shells(self) -> Iterator[Iterator[Command]]:
        """The commands of each line of all recipes: make starts a shell for each."""
        for recipe in _RECIPE.finditer(self.text):
            for line in _LINE.finditer(recipe[0]):
                yield commands(line[0], recipe.start() + line.start())

    def resolve(self, text: str) -> str:
        """Put in the values of variables; functions and what is not known stay."""
        for _ in range(_DEPTH):
            new = _VARIABLE.sub(lambda found: self.variables.get(found[1], found[0]), text)
            if new == text or len(new) > _LONGEST:
                break
            text = new
        return text


def makefile_of(path: str, text: str, around: Surroundings) -> MakefileSubject:
    """Read a Makefile."""
    return MakefileSubject(path, text, around)
