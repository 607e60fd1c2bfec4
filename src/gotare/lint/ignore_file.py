"""What does a `.dockerignore` leave out of the build context, and which line of it does?

The last pattern that matches a path, or a folder above it, decides. Source: the Dockerfile
documentation (".dockerignore files") and moby's patternmatcher.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

from gotare.lint.dockerfile.syntax import Span

MAX_PATTERNS: Final = 5000
"""What comes after so many lines is not read."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A line. `text` is the pattern as it is matched: clean, relative, without `!`."""

    text: str
    span: Span
    excepts: bool = False
    """It begins with `!`: what it matches stays in the context."""

    @property
    def written(self) -> str:
        """The pattern with its `!`."""
        return f"!{self.text}" if self.excepts else self.text

    def matches(self, path: str) -> bool:
        """Whether it matches a path itself; the folders above are not looked at."""
        return _compiled(self.text).fullmatch(path) is not None


@dataclass(frozen=True, slots=True)
class IgnoreFile:
    """The patterns of a `.dockerignore`, in order."""

    patterns: tuple[Pattern, ...]

    def excludes(self, path: str) -> Pattern | None:
        """Return the pattern that leaves a path of the context out; None: it is sent. The path is
        relative, with slashes; the context itself ("." or "") is always sent."""
        clean = posixpath.normpath(path.strip("/") or ".")
        if clean == "." or clean.startswith("../"):
            return None
        decided: Pattern | None = None
        above: frozenset[int] = frozenset()
        for place in _with_parents(clean):
            decided, above = self._decide(place, above)
        return decided

    def _decide(self, place: str, above: frozenset[int]) -> tuple[Pattern | None, frozenset[int]]:
        """Return what leaves a place out, and the patterns that hold for it; `above` are those that
        hold for the folder it lies in. As in moby, a pattern that would change nothing is not
        tried, and so does not hold for what lies below."""
        decided: Pattern | None = None
        holding = set()
        for number, pattern in enumerate(self.patterns):
            tried = pattern.excepts == (decided is not None)
            if number in above or (tried and pattern.matches(place)):
                holding.add(number)
                decided = None if pattern.excepts else pattern
        return decided, frozenset(holding)

    def may_except_below(self, folder: str) -> bool:
        """Whether an exception may bring back something in a folder that is left out."""
        head = folder.strip("/") + "/"
        return any(p.excepts and _may_lie_below(p.text, head) for p in self.patterns)


def _may_lie_below(pattern: str, head: str) -> bool:
    fixed = re.split(r"[*?\[\\]", pattern, maxsplit=1)[0]
    return fixed.startswith(head) or (fixed != pattern and head.startswith(fixed))


def _with_parents(path: str) -> list[str]:
    words = path.split("/")
    return ["/".join(words[: number + 1]) for number in range(len(words))]


@lru_cache(maxsize=16)
def read_ignore_file(text: str) -> IgnoreFile:
    """Read the text of a `.dockerignore`."""
    return IgnoreFile(tuple(_patterns(text)))


def _patterns(text: str) -> Iterator[Pattern]:
    at = 0
    for number, line in enumerate(text.split("\n")):
        start, at = at, at + len(line) + 1
        content = line.removeprefix("\ufeff") if number == 0 else line
        if number < MAX_PATTERNS and not content.startswith("#") and content.strip():
            yield _pattern(content.strip(), start + line.index(content.strip()))


def _pattern(word: str, start: int) -> Pattern:
    excepts = word.startswith("!")
    text = word[1:].strip() if excepts else word
    clean = posixpath.normpath(text) if text else ""
    clean = clean.lstrip("/").strip() if len(clean) > 1 else clean
    return Pattern(clean, Span(start, start + len(word)), excepts)


_TOKEN: Final = re.compile(r"\*\*/?|\*|\?|\\.|\[\^?(?:\\.|[^\]\\])+\]|.", re.DOTALL)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Return the regular expression of a pattern; of one that cannot be read, one that matches
    nothing: a build with it fails anyway."""
    parts = [_expression(token) for token in _tokens(pattern)]
    try:
        return re.compile("".join(parts), re.DOTALL)
    except re.error:
        return re.compile(r"(?!)")


def _tokens(pattern: str) -> Iterator[str]:
    found = _TOKEN.findall(pattern)
    for number, part in enumerate(found):
        yield "**" if part == "**/" and number == len(found) - 1 else part


def _expression(token: str) -> str:
    known = {"**": ".*", "**/": "(?:.*/)?", "*": "[^/]*", "?": "[^/]", "[": "(?!)"}
    if token in known:
        return known[token]
    if token.startswith("[") and len(token) > 2:
        return "[" + token[1:-1].replace("[", r"\[") + "]"
    return re.escape(token[1]) if len(token) == 2 and token[0] == "\\" else re.escape(token)
