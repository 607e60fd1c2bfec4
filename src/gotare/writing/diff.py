"""Shows a change as a unified diff."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import unified_diff

from gotare.writing.changes import Change
from gotare.writing.text import decode


def diff_lines(change: Change) -> Iterator[str]:
    """Yield the lines of the diff, without line ends. Control characters are shown, not sent."""
    old = decode(change.before.data) if change.before else ""
    before, after = _lines(old), _lines(decode(change.after))
    source = f"a/{change.path}" if change.before else "/dev/null"
    for line in unified_diff(before, after, source, f"b/{change.path}", lineterm=""):
        yield _visible(line)


def _lines(text: str) -> list[str]:
    """Return the lines; the last is marked when nothing ends it, as diff does."""
    *lines, last = text.split("\n")
    return [*lines, f"{last}\n\\ No newline at end of file"] if last else lines


def _visible(line: str) -> str:
    printable = line.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return re.sub(
        r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", lambda match: f"\\x{ord(match[0]):02x}", printable
    )
