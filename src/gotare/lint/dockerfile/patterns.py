"""What part of a value does a shell pattern of `${X#…}`, `${X%…}` or `${X/…/…}` match?

`*` is any number of characters, `?` is one, a backslash takes their meaning away; there are no
bracket expressions. All ways to match are followed at once, never tried one after another, and the
steps are counted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

MOST_STEPS = 300_000
"""Steps of matching that a word may cost: each is one place in a pattern at one character."""

STAR = "**"
ANY = "??"
"""Parts of a pattern that are no literal characters: those have one character."""


class PatternError(ValueError):
    """The pattern is wrong, or takes too long."""


@dataclass(eq=False, repr=False)
class Steps:
    """How many steps are left."""

    left: int = MOST_STEPS

    def spend(self, count: int) -> None:
        """Raise PatternError when too many have been taken."""
        self.left -= count
        if self.left < 0:
            raise PatternError("the pattern takes too long to match")


def parse_pattern(pattern: str) -> tuple[str, ...]:
    """Return the parts of a pattern. Raises PatternError."""
    parts: list[str] = []
    characters = iter(pattern)
    for character in characters:
        if character == "\\":
            escaped = next(characters, "")
            if not escaped or escaped not in "*?\\}/":
                raise PatternError(f"invalid escape '\\{escaped}' in pattern {pattern!r}")
            parts.append(escaped)
        else:
            parts.append({"*": STAR, "?": ANY}.get(character, character))
    return tuple(parts)


def match_end(
    parts: Sequence[str], value: str, start: int, steps: Steps, *, longest: bool
) -> int | None:
    """Return where a match that begins at `start` ends, or None. Raises PatternError."""
    states = _reached({0}, parts)
    found = None
    for at in range(start, len(value) + 1):
        if len(parts) in states:
            found = at
            if not longest:
                break
        if at == len(value) or not states:
            break
        steps.spend(len(states))
        states = _step(states, parts, value[at])
    return found


def _reached(states: set[int], parts: Sequence[str]) -> set[int]:
    """Add the places that stars reach by matching nothing."""
    waiting = list(states)
    while waiting:
        state = waiting.pop()
        if state < len(parts) and parts[state] == STAR and state + 1 not in states:
            states.add(state + 1)
            waiting.append(state + 1)
    return states


def _step(states: set[int], parts: Sequence[str], character: str) -> set[int]:
    after = set()
    for state in states:
        part = parts[state] if state < len(parts) else ""
        if part == STAR and character != "\n":
            after.add(state)
        elif part == character or (part == ANY and character != "\n"):
            after.add(state + 1)
    return _reached(after, parts)


def without_prefix(value: str, pattern: str, steps: Steps, *, longest: bool) -> str:
    """Return a value without what a pattern matches at its start. Raises PatternError."""
    end = match_end(parse_pattern(pattern), value, 0, steps, longest=longest)
    return value if end is None else value[end:]


def without_suffix(value: str, pattern: str, steps: Steps, *, longest: bool) -> str:
    """Return a value without what a pattern matches at its end. Raises PatternError."""
    parts = parse_pattern(_backwards(pattern))
    end = match_end(parts, value[::-1], 0, steps, longest=longest)
    return value if end is None else value[: len(value) - end]


def _backwards(pattern: str) -> str:
    """Reverse a pattern as BuildKit does: a backslash stays before what it escapes, and a last one,
    which escapes nothing, becomes the first."""
    return "".join(reversed(re.findall(r"\\.|.", pattern, re.DOTALL)))


def replaced(value: str, pattern: str, replacement: str, steps: Steps, *, everywhere: bool) -> str:
    """Replace the first longest match, or all of them, from the left. Raises PatternError."""
    parts = parse_pattern(pattern)
    found: list[str] = []
    at = kept = 0
    previous = -1
    while at <= len(value):
        end = match_end(parts, value, at, steps, longest=True)
        if end is None or (end == at == previous):
            at += 1
            continue
        made = _filled(replacement, value[at:end]) if everywhere else replacement
        found += [value[kept:at], made]
        steps.spend(1 + len(made) // 100)
        kept = previous = end
        if not everywhere:
            break
        at = end + (end == at)
    return "".join(found) + value[kept:]


def _filled(template: str, match: str) -> str:
    """BuildKit replaces all with Go's ReplaceAllString, to which `$0` means the match."""
    if "$" not in template:
        return template
    return re.sub(
        r"\$(?:(\$)|\{(\w+)\}|(\w+))",
        lambda m: "$" if m[1] else match if (m[2] or m[3]) == "0" else "",
        template,
    )
