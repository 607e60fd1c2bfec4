"""Which regular expression is a pattern of `.dockerignore`, matched in a time that has bounds?

A plain translation tries every way in which stars may share a path. Here a star settles for the
nearest place where what follows it matches, wherever the next star could make up for the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

LONGEST: Final = 4096
"""Characters of a path at most (PATH_MAX): a pattern that needs more matches none."""

MOST_OPEN: Final = 4
"""Stars that may try several places; a pattern with more matches nothing."""

NOTHING: Final = re.compile(r"(?!)")

_TOKEN: Final = re.compile(r"\*\*/?|\*|\?|\\.|\[\^?(?:\\.|[^\]\\])+\]|.", re.DOTALL)
_STARS: Final = {"**": ".*", "**/": "(?:.*/)?", "*": "[^/]*"}
_NEAREST: Final = {"**": ".*?", "**/": "(?:.*?/)??", "*": "[^/]*?"}


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """Return the expression of a pattern that is clean, relative and without `!`; of one that
    cannot be read, one that matches nothing: a build with it fails anyway."""
    tokens = list(_collapsed(_tokens(pattern)))
    if sum(token not in _STARS for token in tokens) > LONGEST:
        return NOTHING
    parts = list(_expressions(tokens))
    if sum(part in _STARS.values() for part in parts) > MOST_OPEN:
        return NOTHING
    try:
        return re.compile("".join(parts), re.DOTALL)
    except re.error:
        return NOTHING


def _tokens(pattern: str) -> Iterator[str]:
    found = _TOKEN.findall(pattern)
    for number, part in enumerate(found):
        yield "**" if part == "**/" and number == len(found) - 1 else part


def _collapsed(tokens: Iterator[str]) -> Iterator[str]:
    """Make one star of those that stand side by side and mean no more than one."""
    last = ""
    for token in tokens:
        if {last, token} <= _STARS.keys() and {last, token} != {"*", "**/"}:
            last = last if last == token else "**"
            continue
        if last:
            yield last
        last = token
    if last:
        yield last


def _expressions(tokens: list[str]) -> Iterator[str]:
    """Yield the expressions of the tokens, those of a star and what follows it as one where the
    nearest place will do."""
    at = 0
    while at < len(tokens):
        star = tokens[at]
        end = at + 1
        if star in _STARS:
            while end < len(tokens) and tokens[end] not in _STARS:
                end += 1
            following = tokens[end] if end < len(tokens) else ""
            piece = tokens[at + 1 : end]
            text = "".join(map(_unit, piece))
            if _nearest_will_do(star, piece, following):
                yield f"(?>{_NEAREST[star]}{text})"
            else:
                yield from (_STARS[star], text)
        else:
            yield _unit(star)
        at = end


def _nearest_will_do(star: str, piece: list[str], following: str) -> bool:
    """Whether a match further on is of no more use: the next star takes what lies between. A class
    may match a slash, at which `*` ends."""
    folder = piece[-1:] == ["/"]
    if following == "**":
        return True
    if star == "*":
        plain = not any(token.startswith("[") for token in piece)
        return plain and bool(following) and (following == "*" or folder)
    return following == "**/" and folder


def _unit(token: str) -> str:
    known = {"?": "[^/]", "[": "(?!)"}
    if token in known:
        return known[token]
    if token.startswith("[") and len(token) > 2:
        return "[" + token[1:-1].replace("[", r"\[") + "]"
    return re.escape(token[1]) if len(token) == 2 and token[0] == "\\" else re.escape(token)
