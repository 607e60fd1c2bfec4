"""What does one instruction say? Reads its joined line: keyword, flags, arguments.

Source: `newNodeFromLine` of BuildKit's `frontend/dockerfile/parser`.
"""

from __future__ import annotations

from typing import NamedTuple

from gotare.lint.dockerfile.forms import INSTRUCTIONS, READERS, Arguments, PairToken
from gotare.lint.dockerfile.heredocs import INSTRUCTIONS as WITH_HEREDOCS
from gotare.lint.dockerfile.lines import GO_SPACE, Offsets
from gotare.lint.dockerfile.syntax import Comment, Flag, Heredoc, Instruction, Pair, Span, Word
from gotare.lint.dockerfile.words import BLANKS, FlagToken, Token, split_flags

NO_ARGUMENTS = Arguments()


class Read(NamedTuple):
    """An instruction's line, taken apart. Places are those in the joined line."""

    line: str
    offsets: Offsets
    name: str
    keyword: tuple[int, int]
    flags: tuple[FlagToken, ...] = ()
    value: tuple[int, int] = (0, 0)
    arguments: Arguments = NO_ARGUMENTS
    inner: Read | None = None
    too_long: bool = False

    @property
    def problem(self) -> str:
        """Why BuildKit's parser refuses it, or the instruction in it."""
        return self.arguments.problem or (self.inner.problem if self.inner else "")

    @property
    def doubtful(self) -> str:
        """The name of the instruction whose argument looks like JSON and is none."""
        if self.arguments.doubtful:
            return self.name
        return self.inner.doubtful if self.inner else ""

    @property
    def may_have_heredocs(self) -> bool:
        """Whether `<<` means anything in it."""
        subject = self.inner if self.name == "ONBUILD" and self.inner else self
        return subject.name in WITH_HEREDOCS and subject.arguments.form != "json"

    def instruction(
        self, span: Span, comments: tuple[Comment, ...] = (), bodies: tuple[Heredoc, ...] = ()
    ) -> Instruction:
        """Return it with places in the file."""
        start, end = self.value
        arguments = self.arguments
        return Instruction(
            name=self.name,
            keyword=self.offsets.span(*self.keyword),
            span=span,
            value=self.line[start:end],
            offsets=self.offsets[start:end],
            form=arguments.form,
            flags=tuple(map(self._flag, self.flags)),
            words=tuple(map(self._word, arguments.words)),
            pairs=tuple(map(self._pair, arguments.pairs)),
            heredocs=bodies,
            comments=comments,
            inner=self._inner(bodies),
        )

    def _inner(self, bodies: tuple[Heredoc, ...]) -> Instruction | None:
        if self.inner:
            start, end = self.value
            return self.inner.instruction(self.offsets.span(start, end), bodies=bodies)
        kind = self.arguments.type
        if self.name != "HEALTHCHECK" or not kind or self.arguments.form == "words":
            return None
        return self._health_command(kind)

    def _health_command(self, kind: Token) -> Instruction:
        after = self.line[kind.end : self.value[1]]
        start = kind.end + len(after) - len(after.lstrip(GO_SPACE))
        end = self.value[1]
        return Instruction(
            name=kind.text.upper(),
            keyword=self.offsets.span(kind.start, kind.end),
            span=self.offsets.span(*self.value),
            value=self.line[start:end],
            offsets=self.offsets[start:end],
            form=self.arguments.form,
            words=tuple(map(self._word, self.arguments.words)),
        )

    def _word(self, token: Token) -> Word:
        return Word(token.text, self.offsets.span(token.start, token.end))

    def _flag(self, token: FlagToken) -> Flag:
        name, sign, value = token.text[2:].partition("=")
        return Flag(name, value if sign else None, self.offsets.span(token.start, token.end))

    def _pair(self, token: PairToken) -> Pair:
        value = token.value
        span = self.offsets.span(token.key.start, value.end if value else token.key.end)
        return Pair(self._word(token.key), self._word(value) if value else None, span, token.legacy)


def read_instruction(line: str, offsets: Offsets, escape: str, readable: bool = True) -> Read:
    """Take a joined line apart. One that is too long gives its keyword only."""
    start = len(line) - len(line.lstrip(GO_SPACE))
    end = max(len(line.rstrip(GO_SPACE)), start)
    if not readable:
        return _unreadable(line, offsets, start, end)
    return _read(line, offsets, start, end, escape, inner=False)


def _unreadable(line: str, offsets: Offsets, start: int, end: int) -> Read:
    found = BLANKS.search(line, start, end)
    keyword = (start, min(found.start() if found else end, start + 20))
    return Read(line, offsets, _name(line[slice(*keyword)]), keyword, too_long=True)


def _name(keyword: str) -> str:
    upper = keyword.lower().upper()
    return upper if upper in INSTRUCTIONS else keyword.upper()


def _read(line: str, offsets: Offsets, start: int, end: int, escape: str, *, inner: bool) -> Read:
    found = BLANKS.search(line, start, end)
    keyword = (start, found.start() if found else end)
    name = _name(line[slice(*keyword)])
    flags, begin = split_flags(line, found.end() if found else end, end, escape)
    begin, end = _stripped(line, begin, end)
    made = Read(line, offsets, name, keyword, tuple(flags), (begin, end))
    return _with_arguments(made, escape, inner)


def _stripped(line: str, start: int, end: int) -> tuple[int, int]:
    content = line[start:end]
    begin = start + len(content) - len(content.lstrip(GO_SPACE))
    return begin, begin + len(content.strip(GO_SPACE))


def _with_arguments(read: Read, escape: str, inner: bool) -> Read:
    start, end = read.value
    if read.name == "ONBUILD":
        held = None
        if start < end and not inner:
            held = _read(read.line, read.offsets, start, end, escape, inner=True)
        return read._replace(inner=held)
    reader = READERS.get(read.name)
    if not reader:
        return read
    return read._replace(arguments=reader(read.line, start, end, escape))
