"""Turns offsets into a text into lines and columns."""

from __future__ import annotations

from bisect import bisect_right

from gotare.findings import Location
from gotare.lint.dockerfile.syntax import Span


class Lines:
    """The lines of a text; they end at a newline, as in Dockerfiles, YAML and Go."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._starts = [0]
        position = text.find("\n")
        while position >= 0:
            self._starts.append(position + 1)
            position = text.find("\n", position + 1)

    def __len__(self) -> int:
        return len(self._starts)

    def number(self, offset: int) -> int:
        """Return the line of an offset, counted from 1."""
        return bisect_right(self._starts, offset)

    def start(self, line: int) -> int:
        """Return the offset where a line begins; that of the end for lines beyond it."""
        return self._starts[line - 1] if line <= len(self._starts) else len(self.text)

    def line(self, number: int) -> str:
        """Return a line without its end."""
        return self.text[self.start(number) : self.start(number + 1)].rstrip("\r\n")

    def column(self, offset: int) -> int:
        """Return the column of an offset, counted from 1."""
        return offset - self._starts[self.number(offset) - 1] + 1

    def locate(self, span: Span, path: str) -> Location:
        """Return the place of a span, without the blanks and line ends at its end."""
        start = min(max(span.start, 0), len(self.text))
        end = min(max(span.end, start), len(self.text))
        while end > start and self.text[end - 1].isspace():
            end -= 1
        return Location(
            path, self.number(start), self.column(start), self.number(end), self.column(end)
        )

    def span(self, at: Location) -> Span:
        """Return the offsets of a place, as `locate` has found it."""
        start = self.start(at.line) + at.column - 1
        end = self.start(at.end_line) + at.end_column - 1 if at.end_line else start
        return Span(start, max(start, end))
