"""The parts of shell text that rules look at. Places are offsets into the text that was read."""

from __future__ import annotations

from dataclasses import dataclass as standard
from typing import Final, Literal

from gotare.frozen import dataclass

UNKNOWN: Final = "$(:)"
"""What stands in shell text for something that cannot be known: a substitution that says nothing.
Words know it even between single quotes."""
Operator = Literal["", "&&", "||", ";", "|", "|&", "&"]
Around = Literal[
    "loop", "condition", "branch", "case", "subshell", "group", "function", "substitution",
    "negated", "inner",
]  # fmt: skip
"""What a command stands in. "condition": tested by if or while; "branch": done or not; "inner": the
text of `sh -c` or eval."""


@standard(frozen=True, slots=True)
class Part:
    """A piece of a word: literal text, `$NAME` or `${NAME…}` ("variable", `text` is as written and
    `name` the variable), or "other": a command substitution, arithmetic, an array, …"""

    kind: Literal["literal", "variable", "other"]
    text: str
    name: str = ""
    quoted: bool = False


@standard(frozen=True, slots=True)
class ShellWord:
    """A word. `text` is as written; `parts` are its pieces, without quotes."""

    text: str
    start: int
    end: int
    parts: tuple[Part, ...] = ()

    @property
    def literal(self) -> str | None:
        """What it says, without quotes; None where variables or substitutions are in it."""
        if all(part.kind == "literal" for part in self.parts):
            return "".join(part.text for part in self.parts)
        return None

    @property
    def shown(self) -> str:
        """What it says, without quotes, with `$NAME` and `$(…)` left as they are written."""
        return "".join(part.text for part in self.parts)

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the variables in it."""
        return tuple(part.name for part in self.parts if part.kind == "variable")


@dataclass(frozen=True, slots=True)
class Assignment:
    """NAME=value before a command, alone, or after export/local/declare. `append`: `+=`."""

    name: str
    value: ShellWord
    start: int
    end: int
    append: bool = False
    choices: tuple[ShellWord, ...] = ()
    """For the variable of a `for` loop: the words that it goes through."""


@dataclass(frozen=True, slots=True)
class Redirection:
    """`> file`, `2>&1`, `< file`. `target` None: a here-document (its text is `body`)."""

    operator: str
    target: ShellWord | None
    start: int
    end: int
    descriptor: int | None = None
    body: str = ""


@dataclass(frozen=True, slots=True)
class Command:
    """A simple command, or an assignment that stands alone (then `words` is empty).

    `operator` stands before it, "" at the start; `following` after it. `pipeline` numbers the
    pipeline it belongs to, so commands of one have the same number. `around` is from the outside
    inwards.
    """

    words: tuple[ShellWord, ...]
    start: int
    end: int
    assignments: tuple[Assignment, ...] = ()
    redirections: tuple[Redirection, ...] = ()
    operator: Operator = ""
    following: Operator = ""
    pipeline: int = 0
    around: tuple[Around, ...] = ()
    scope: tuple[int, ...] = ()
    """The subshells, substitutions and functions that it is in, by number: what is exported or
    changed in a scope does not reach commands outside it."""
    broken: bool = False
    """The grammar found an error in it: do not trust its words."""
    exports: bool = False
    """`assignments` are those of `export`, so that they last."""

    @property
    def name(self) -> str:
        """The name of the program as written, without a folder: "go" for /usr/local/go/bin/go."""
        return self.program.rpartition("/")[2]

    @property
    def program(self) -> str:
        """The first word, without quotes; "" for an assignment alone."""
        return self.words[0].shown if self.words else ""

    @property
    def arguments(self) -> tuple[ShellWord, ...]:
        """The words after the first."""
        return self.words[1:]

    @property
    def texts(self) -> tuple[str, ...]:
        """The arguments without quotes, variables as written."""
        return tuple(word.shown for word in self.words[1:])

    @property
    def is_certain(self) -> bool:
        """Whether it runs whenever the text runs: in no branch, case, function, nor after ||."""
        doubtful = {"branch", "case", "function"}
        return doubtful.isdisjoint(self.around) and self.operator != "||"
