"""Turns offsets into a text into positions of the Language Server Protocol, and back.

A position is a line and a number of code units, both from 0. Lines end at a newline, a carriage
return, or both; units are of UTF-16 unless client and server agree on others. Source: Language
Server Protocol 3.17, Position.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING, Final, Literal

from gotare.findings import Location
from gotare.lint.places import Lines

if TYPE_CHECKING:
    from lsprotocol import types

Encoding = Literal["utf-8", "utf-16", "utf-32"]

_END: Final = re.compile(r"\r\n|\n|\r")
_BYTES: Final = {"utf-16": ("utf-16-le", 2), "utf-8": ("utf-8", 1)}


def units(text: str, encoding: Encoding) -> int:
    """Return how many code units a text has."""
    if encoding == "utf-32" or text.isascii():
        return len(text)
    codec, width = _BYTES[encoding]
    return len(text.encode(codec, "surrogatepass")) // width


class Positions:
    """The positions in a text."""

    def __init__(self, text: str, encoding: Encoding = "utf-16") -> None:
        self.text, self.encoding = text, encoding
        ends = [match.span() for match in _END.finditer(text)]
        self._starts = [0, *(end for _, end in ends)]
        self._ends = [*(start for start, _ in ends), len(text)]

    def position(self, offset: int) -> types.Position:
        """Return the position of an offset; within a line end, that of the end of the line."""
        from lsprotocol import types

        line = bisect_right(self._starts, min(max(offset, 0), len(self.text))) - 1
        start = self._starts[line]
        before = self.text[start : min(max(offset, start), self._ends[line])]
        return types.Position(line, units(before, self.encoding))

    def offset(self, position: types.Position) -> int:
        """Return the offset of a position; beyond a line it is the line's end, and in the middle of
        a character its beginning."""
        if position.line >= len(self._starts):
            return len(self.text)
        line = self.text[self._starts[position.line] : self._ends[position.line]]
        return self._starts[position.line] + self._characters(line, position.character)

    def _characters(self, line: str, wanted: int) -> int:
        """Return how many characters of a line have that many units."""
        if self.encoding == "utf-32" or line.isascii():
            return min(max(wanted, 0), len(line))
        count = 0
        for number, character in enumerate(line):
            count += units(character, self.encoding)
            if count > wanted:
                return number
        return len(line)

    def range(self, start: int, end: int) -> types.Range:
        """Return the range between two offsets."""
        from lsprotocol import types

        return types.Range(self.position(start), self.position(max(start, end)))

    def range_of(self, at: Location, lines: Lines) -> types.Range:
        """Return the range of a finding's place; an empty one becomes one character, to be seen."""
        start = lines.start(at.line) + at.column - 1
        end = lines.start(at.end_line or at.line) + max(at.end_column or at.column, 1) - 1
        return self.range(start, max(end, min(start + 1, len(self.text))))
