"""The lines of a file that a finding is about, fit for a terminal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from gotare.findings import Location

_WIDTH: Final = 160
"""Characters of a line that are shown at most."""

_LINES: Final = 3
"""Lines of a finding that are shown at most."""

_FAR: Final = 2000
"""Characters beyond which no part of a line is shown, even if most of them take no room."""

_CONTROL: Final = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def visible(text: str) -> str:
    """Return a text that a terminal takes for nothing but text."""
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text).replace("\t", "    ")


def excerpt(text: str, at: Location) -> Iterator[tuple[str, str]]:
    """Yield the lines as number and content; a line without number underlines the one above."""
    if not text:
        return
    lines = _lines(text)
    last = min(max(at.end_line, at.line), len(lines))
    if at.line > len(lines):
        return
    for number in range(at.line, min(last, at.line + _LINES - 1) + 1):
        line = lines[number - 1].removesuffix("\r")
        yield str(number), _cut(visible(line[: _WIDTH + 1]))
    if last == at.line:
        mark = _underline(lines[at.line - 1].removesuffix("\r"), at)
        if mark:
            yield "", mark
    elif last >= at.line + _LINES:
        yield "", f"… {last - at.line - _LINES + 1} more"


@lru_cache(maxsize=4)
def _lines(text: str) -> list[str]:
    """Return the lines of a text, which has many findings."""
    return text.split("\n")


def _cut(line: str) -> str:
    return line if len(line) <= _WIDTH else f"{line[:_WIDTH]}…"


def _underline(line: str, at: Location) -> str:
    """Return the mark below a part of a line; "" where it is all of it, or is not shown."""
    start, end = at.column - 1, at.end_column - 1
    if end <= start or end > _FAR or line[start:end].strip() == line.strip():
        return ""
    before, marked = _columns(line[:start]), _columns(line[start:end])
    if before + marked > _WIDTH:
        return ""
    return " " * before + "^" * marked


def _columns(text: str) -> int:
    """Return how many columns a text takes in a terminal."""
    shown = visible(text)
    wide = sum(1 for c in shown if unicodedata.east_asian_width(c) in "WF")
    combining = sum(1 for c in shown if unicodedata.combining(c))
    return len(shown) + wide - combining
