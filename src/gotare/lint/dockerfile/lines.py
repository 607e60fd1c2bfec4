"""Where does an instruction's line go on? Joins continued lines as BuildKit does.

A line that ends in the escape character (blanks may follow) goes on in the next one. Comment lines
in between are dropped, and so are blank ones, with a warning. Source: `Parse` of BuildKit's
`frontend/dockerfile/parser`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import cache
from itertools import accumulate
from typing import NamedTuple, overload

from gotare.lint.dockerfile.syntax import Comment, Span

GO_SPACE = (
    "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)
"""What Go's unicode.IsSpace is true of. Python's own notion has four more characters."""

LONGEST = 65_535
"""Bytes that a line may have before its end: BuildKit reads with Go's bufio.Scanner."""


class Line(NamedTuple):
    """A line of the file: where it starts, where its text ends, and where the next line starts."""

    start: int
    text_end: int
    end: int


def split_lines(text: str) -> list[Line]:
    """Return the lines of a text. They end in LF; carriage returns before it are no text."""
    found = []
    start = 0
    while start < len(text):
        at = text.find("\n", start)
        end = len(text) if at < 0 else at + 1
        found.append(Line(start, start + len(text[start:end].rstrip("\r\n")), end))
        start = end
    return found


def is_too_long(text: str, line: Line) -> bool:
    """Whether BuildKit refuses to read a line."""
    if line.end - line.start <= LONGEST // 4:
        return False
    content = text[line.start : line.end].removesuffix("\n")
    return len(content.encode("utf-8", "surrogateescape")) > LONGEST


class Offsets(Sequence[int]):
    """Where the characters of a joined line stand in the file. Part i begins at character
    `begins[i]` of the joined line, and at `places[i]` in the file. An empty line has one place."""

    __slots__ = ("begins", "length", "places")

    def __init__(self, begins: tuple[int, ...], places: tuple[int, ...], length: int) -> None:
        self.begins = begins
        self.places = places
        self.length = length

    def __len__(self) -> int:
        return self.length

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(other) == len(self) and [*self] == [*other]

    def __hash__(self) -> int:
        return hash((self.begins, self.places, self.length))

    def __repr__(self) -> str:
        return f"Offsets({self.begins}, {self.places}, {self.length})"

    @overload
    def __getitem__(self, index: int) -> int: ...

    @overload
    def __getitem__(self, index: slice) -> Offsets: ...

    def __getitem__(self, index: int | slice) -> int | Offsets:
        if isinstance(index, slice):
            return self._part(*index.indices(self.length))
        if index < 0:
            index += self.length
        if not 0 <= index < self.length:
            raise IndexError(index)
        part = bisect_right(self.begins, index) - 1 if len(self.begins) > 1 else 0
        return self.places[part] + index - self.begins[part]

    def _part(self, start: int, stop: int, step: int) -> Offsets:
        if step != 1:
            raise ValueError("offsets have slices of step 1 only")
        if stop <= start:
            return Offsets((), (self.span(start, start).start,), 0)
        if len(self.begins) == 1:
            return Offsets((0,), (self.places[0] + start,), stop - start)
        first = bisect_right(self.begins, start) - 1
        last = bisect_right(self.begins, stop - 1)
        begins = (0, *(begin - start for begin in self.begins[first + 1 : last]))
        places = (self[start], *self.places[first + 1 : last])
        return Offsets(begins, places, stop - start)

    def span(self, start: int, end: int) -> Span:
        """Return where characters `start` up to `end` stand, from the first to the last."""
        if not self.length:
            return Span(self.places[0], self.places[0])
        first = self[min(start, self.length - 1)] + (start >= self.length)
        return Span(first, self[end - 1] + 1 if end > start else first)


class Joined(NamedTuple):
    """An instruction's line, continued ones joined. `next` is the index of the line after it,
    `blanks` are blank lines in between."""

    text: str
    offsets: Offsets
    next: int
    comments: tuple[Comment, ...] = ()
    blanks: tuple[Span, ...] = ()


@cache
def _continuation(escape: str) -> re.Pattern[str]:
    """An escape character at the end; after another one it is only a character."""
    mark = re.escape(escape)
    return re.compile(rf"(?<!{mark}){mark}[ \t]*\Z")


def join_lines(text: str, lines: Sequence[Line], index: int, begin: int, escape: str) -> Joined:
    """Join the lines from `index` on. `begin` is where the text of the first one begins."""
    pattern = _continuation(escape)
    parts: list[tuple[int, str]] = []
    comments: list[Comment] = []
    blanks: list[Span] = []
    going_on = True
    while going_on and index < len(lines):
        line = lines[index]
        content = text[begin : line.text_end]
        index += 1
        stripped = content.lstrip(GO_SPACE) if parts else content
        if parts and stripped.startswith("#"):
            comments.append(Comment(stripped[1:], Span(line.start, line.end)))
        elif parts and not stripped:
            blanks.append(Span(line.start, line.end))
        else:
            found = pattern.search(content)
            going_on = found is not None
            parts.append((begin, content[: found.start()] if found else content))
        begin = line.end
    offsets = _offsets(parts)
    joined = "".join(content for _, content in parts)
    return Joined(joined, offsets, index, tuple(comments), tuple(blanks))


def _offsets(parts: Sequence[tuple[int, str]]) -> Offsets:
    kept = [(place, len(content)) for place, content in parts if content]
    if not kept:
        return Offsets((), (parts[0][0],), 0)
    begins = tuple(accumulate((size for _, size in kept), initial=0))
    return Offsets(begins[:-1], tuple(place for place, _ in kept), begins[-1])
