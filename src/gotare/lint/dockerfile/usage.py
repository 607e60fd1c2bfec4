"""Which variables does an instruction use so that nothing comes of them where they are not set?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from gotare.lint.dockerfile.syntax import Instruction, Span, Word
from gotare.lint.dockerfile.variables import expand, expandable

_PLAIN: Final = re.compile(r"\$(?:\{([A-Za-z_]\w*)[}#%/]|([A-Za-z_]\w*))")
"""$NAME and ${NAME}; ${NAME:-word}, ${NAME:+word} and ${NAME:?word} say what to do without it."""


def plain_names(text: str, escape: str = "\\") -> tuple[str, ...]:
    """Return the variables that a word uses without saying what stands in for them, in order."""
    if "$" not in text:
        return ()
    plain = {one or other for one, other in _PLAIN.findall(text)}
    return tuple(name for name in expand(text, {}, escape).used if name in plain)


def words_with_names(
    instruction: Instruction, escape: str
) -> Iterator[tuple[Word, tuple[str, ...]]]:
    """Yield the words of an instruction that the builder expands, with the names in each."""
    for word in expandable(instruction):
        names = plain_names(word.text, escape)
        if names:
            yield word, names


def shell_use(instruction: Instruction, name: str) -> Span | None:
    """Return where shell text of an instruction first uses a variable; None where it does not, or
    where it sets the variable itself somewhere."""
    texts = (instruction.value, *(heredoc.content for heredoc in instruction.heredocs))
    if any(_sets(text, name) for text in texts):
        return None
    found = _use(instruction.value, name)
    if found:
        return instruction.place(*found.span())
    return next((h.opener for h in instruction.heredocs if _use(h.content, name)), None)


def _use(text: str, name: str) -> re.Match[str] | None:
    if name not in text:
        return None
    word = re.escape(name)
    return re.search(rf"(?<![\\$])\$(?:\{{{word}[}}#%/]|{word}(?!\w))", text)


def _sets(text: str, name: str) -> bool:
    """Whether shell text sets a variable: an assignment, read, for, or getopts."""
    if name not in text:
        return False
    word = re.escape(name)
    assigns = rf"(?:^|[\s;&|(\"'`]){word}\+?="
    reads = rf"\b(?:read|for|getopts)\b[^;|&\n]*\b{word}\b"
    return re.search(f"{assigns}|{reads}", text) is not None
