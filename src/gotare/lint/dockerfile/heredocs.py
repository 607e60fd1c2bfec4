"""Which heredocs does an instruction's line open, and where does each end?

Only RUN, COPY and ADD (also within ONBUILD) have any, and only when not in JSON form.
Source: `heredocsFromLine` of BuildKit's `frontend/dockerfile/parser`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from gotare.lint.dockerfile.lexer import Lexer, LexError
from gotare.lint.dockerfile.lines import Line
from gotare.lint.dockerfile.syntax import Heredoc, Span
from gotare.lint.dockerfile.words import Token

INSTRUCTIONS = frozenset({"RUN", "COPY", "ADD"})

_OPENER = re.compile(r"([0-9]*)<<(-?)[\t\n\f\r ]*([^<]*)\Z")
_MOST_DESCRIPTOR = 2**64 - 1


class Opener(NamedTuple):
    """`<<NAME` and where it stands in the joined line."""

    name: str
    expand: bool
    chomp: bool
    descriptor: int
    start: int
    end: int


def _unset(_name: str) -> None:
    return None


def openers(line: str) -> list[Opener]:
    """Return the heredocs that a joined line opens; none where its quotes do not match.
    Raises LexError for a name that cannot be read."""
    if "<<" not in line:
        return []
    lexer = Lexer(line, _unset, raw_quotes=True, raw_escapes=True, keep_unset=True)
    try:
        _, words = lexer.read()
    except LexError:
        return []
    return [found for word in words if (found := opener(word)) is not None]


def opener(word: Token) -> Opener | None:
    """Return the heredoc that a word opens. Raises LexError."""
    match = _OPENER.match(word.text)
    if not match or not match[3]:
        return None
    name = _names(match[3], raw=False)
    if len(name) != 1:
        return None
    raw = _names(match[3], raw=True)
    descriptor = min(int(match[1][:20] or "0"), _MOST_DESCRIPTOR)
    quoted = _quotes(name[0].text) != _quotes(raw[0].text if raw else "")
    return Opener(name[0].text, not quoted, bool(match[2]), descriptor, word.start, word.end)


def _names(text: str, *, raw: bool) -> list[Token]:
    return Lexer(text, _unset, raw_quotes=raw, keep_unset=True).read()[1]


def _quotes(text: str) -> int:
    return text.count("'") + text.count('"')


def read_heredoc(
    text: str, lines: Sequence[Line], index: int, opened: Opener, place: Span
) -> tuple[Heredoc, int, bool]:
    """Return a heredoc whose content begins at line `index`, the line after it, and whether its
    end was found. One without an end reaches to the end of the file."""
    begin = lines[index].start if index < len(lines) else len(text)
    for at in range(index, len(lines)):
        line = lines[at]
        word = text[line.start : line.text_end]
        if (word.lstrip("\t") if opened.chomp else word) == opened.name:
            content = text[begin : line.start]
            return _heredoc(opened, content, Span(begin, line.end), place), at + 1, True
    found = _heredoc(opened, text[begin:], Span(begin, len(text)), place)
    return found, len(lines), False


def _heredoc(opened: Opener, content: str, span: Span, place: Span) -> Heredoc:
    return Heredoc(
        opened.name, content, span, place, opened.expand, opened.chomp, opened.descriptor
    )
