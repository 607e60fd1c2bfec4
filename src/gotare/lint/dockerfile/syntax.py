"""The parts of a Dockerfile. Every character belongs to exactly one item, in order.

All places are offsets into the file's text, so that edits replace slices. The text keeps
its line ends, byte order mark and trailing blanks. Source of the grammar: BuildKit's
`frontend/dockerfile/parser` and the Dockerfile reference.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass as quick
from dataclasses import field
from functools import cached_property
from typing import Literal

from gotare.frozen import dataclass

# Of `quick` classes there are many instances: gotare.frozen makes classes fast, not their values.

Form = Literal["json", "shell", "words", "pairs", "none"]


@quick(frozen=True, slots=True)
class Span:
    """From `start` up to, not including, `end`: offsets into the file's text."""

    start: int
    end: int


@quick(frozen=True, slots=True)
class Word:
    """A word of an instruction. `text` is without continuations and, for JSON, unescaped; quotes
    and variables of other forms stay in it, as they are written."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Pair:
    """KEY=VALUE of ENV, LABEL and ARG, or the legacy form `ENV KEY VALUE` (`legacy`). `value` None:
    an ARG without a default."""

    key: Word
    value: Word | None
    span: Span
    legacy: bool = False


@dataclass(frozen=True, slots=True)
class Flag:
    """--name=value of an instruction; `value` None where there is no `=`."""

    name: str
    value: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Heredoc:
    """<<NAME … NAME. `expand`: the name is not quoted, so variables are expanded; `chomp`: <<-."""

    name: str
    content: str
    span: Span
    """Its lines: content and terminator."""
    opener: Span
    """`<<NAME` in the instruction's own line."""
    expand: bool = True
    chomp: bool = False
    descriptor: int = 0


@dataclass(frozen=True, slots=True)
class Comment:
    """A whole line that is a comment, also between continued lines. `text` is after the `#`."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Blank:
    """A line with nothing but blanks."""

    span: Span


@dataclass(frozen=True, slots=True)
class Directive:
    """`# syntax=`, `# escape=` or `# check=` before anything else."""

    name: str
    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class Instruction:
    """An instruction with all its lines: continuations, comments between them, heredocs.

    `name` is in capitals, `keyword` as written. `value` is what stands after keyword and flags,
    with continuations joined as BuildKit joins them; `value[i]` stands at `offsets[i]` in the text.
    `words` are the words of the form: for "json" the strings, for "shell" one word (the whole
    command), for "words" (FROM, COPY, ADD, EXPOSE, USER, …) each; `pairs` for ENV, LABEL, ARG.
    `inner` is the instruction that ONBUILD holds, or the CMD of a HEALTHCHECK, whose form and words
    HEALTHCHECK has too (HEALTHCHECK NONE has the form "words" and the word NONE).
    An instruction that cannot be read has the form "none" and neither words nor pairs.
    `span` ends after the line's end, so that items leave no gaps.
    """

    name: str
    keyword: Span
    span: Span
    value: str = ""
    offsets: Sequence[int] = ()
    form: Form = "none"
    flags: tuple[Flag, ...] = ()
    words: tuple[Word, ...] = ()
    pairs: tuple[Pair, ...] = ()
    heredocs: tuple[Heredoc, ...] = ()
    comments: tuple[Comment, ...] = ()
    inner: Instruction | None = None

    def flag(self, name: str) -> Flag | None:
        """Return the last flag of a name."""
        return next((flag for flag in reversed(self.flags) if flag.name == name), None)

    def place(self, start: int, end: int) -> Span:
        """Return where a slice of `value` stands in the file."""
        if not self.offsets:
            return self.span
        first = self.offsets[min(start, len(self.offsets) - 1)]
        last = self.offsets[min(max(end - 1, start), len(self.offsets) - 1)]
        return Span(first, max(last + (end > start), first))


@dataclass(frozen=True, slots=True)
class Unread:
    """Text in which nothing is looked for: the whole of a binary file."""

    span: Span


Item = Instruction | Comment | Blank | Directive | Unread


@dataclass(frozen=True, slots=True)
class DockerfileError:
    """Why a build with this file fails before it starts. `hint` is the remedy."""

    message: str
    span: Span
    hint: str = ""


@quick(frozen=True)
class Dockerfile:
    """A whole file. `text` is as decoded, with the byte order mark if there is one; `items` cover
    it without gaps. `escape` is the escape character. `errors` are what BuildKit refuses (it stops
    at the first), `warnings` what it only tells of."""

    text: str
    items: tuple[Item, ...]
    escape: str = "\\"
    path: str = "Dockerfile"
    warnings: tuple[tuple[str, Span], ...] = field(default=())
    errors: tuple[DockerfileError, ...] = field(default=())

    @cached_property
    def instructions(self) -> tuple[Instruction, ...]:
        """The instructions, in order."""
        return tuple(item for item in self.items if isinstance(item, Instruction))

    def lines_of(self, span: Span) -> tuple[int, int]:
        """Return the first and the last line that a span touches, counted from 1."""
        return self.line_of(span.start), self.line_of(max(span.end - 1, span.start))

    @cached_property
    def _starts(self) -> tuple[int, ...]:
        return (0, *(found.end() for found in re.finditer("\n", self.text)))

    @cached_property
    def newline(self) -> str:
        """How lines end: as most of them do."""
        windows = self.text.count("\r\n")
        return "\r\n" if windows * 2 > self.text.count("\n") else "\n"

    def line_of(self, offset: int) -> int:
        """Return the line of an offset, counted from 1."""
        return bisect_right(self._starts, offset)

    def column_of(self, offset: int) -> int:
        """Return the column of an offset, counted from 1."""
        return offset - self._starts[self.line_of(offset) - 1] + 1

    def slice(self, span: Span) -> str:
        """Return the text of a span."""
        return self.text[span.start : span.end]
