"""What does a `.dockerignore` leave out of the build context, and which line of it does?

The last pattern that matches a path, or a folder above it, decides. Source: the Dockerfile
documentation (".dockerignore files") and moby's patternmatcher.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from gotare.lint.dockerfile.syntax import Span
from gotare.lint.ignore_patterns import compiled

MAX_PATTERNS: Final = 2000
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
        return compiled(self.text).fullmatch(path) is not None


_Decision = tuple[Pattern | None, frozenset[int]]
"""What leaves a place out, and the numbers of the patterns that hold for it."""


@dataclass(frozen=True, slots=True)
class IgnoreFile:
    """The patterns of a `.dockerignore`, in order."""

    patterns: tuple[Pattern, ...]
    _decided: dict[str, _Decision] = field(default_factory=dict, repr=False, compare=False)

    def excludes(self, path: str) -> Pattern | None:
        """Return the pattern that leaves a path of the context out; None: it is sent. The path is
        relative, with slashes; the context itself ("." or "") is always sent."""
        clean = posixpath.normpath(path.strip("/") or ".")
        if clean == "." or clean.startswith("../"):
            return None
        decision: _Decision = (None, frozenset())
        for place in with_parents(clean):
            known = self._decided.get(place)
            if known is None:
                known = self._decided[place] = self._decide(place, decision[1])
            decision = known
        return decision[0]

    def _decide(self, place: str, above: frozenset[int]) -> _Decision:
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


def with_parents(path: str) -> list[str]:
    """Return a path and the folders that it lies in, the topmost first."""
    words = path.split("/")
    return ["/".join(words[: number + 1]) for number in range(len(words))]


@lru_cache(maxsize=64)
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
