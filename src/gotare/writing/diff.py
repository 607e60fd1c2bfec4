"""Shows a change as a unified diff."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final, Literal

from gotare.writing.changes import Change
from gotare.writing.text import decode

_CONTEXT: Final = 3
_LONG: Final = 5000
"""Lines, of both texts, beyond which comparing all with all takes too long."""

_Step = tuple[Literal["replace", "delete", "insert", "equal"], int, int, int, int]
"""What becomes of lines, as `SequenceMatcher.get_opcodes` tells it."""
_Grouped = tuple[str, int, int, int, int]
"""The same, as `get_grouped_opcodes` does."""


def diff_lines(change: Change) -> Iterator[str]:
    """Yield the lines of the diff, without line ends. Control characters are shown, not sent."""
    old = decode(change.before.data) if change.before else ""
    before, after = _lines(old), _lines(decode(change.after))
    groups = list(_groups(before, after))
    if groups:
        yield _visible(f"--- a/{change.path}" if change.before else "--- /dev/null")
        yield _visible(f"+++ b/{change.path}")
    for group in groups:
        (_, first, _, first_after, _), (_, _, last, _, last_after) = group[0], group[-1]
        yield f"@@ -{_range(first, last)} +{_range(first_after, last_after)} @@"
        for step in group:
            yield from (_visible(line) for line in _shown(step, before, after))


def _lines(text: str) -> list[str]:
    """Return the lines; the last is marked when nothing ends it, as diff does."""
    *lines, last = text.split("\n")
    return [*lines, f"{last}\n\\ No newline at end of file"] if last else lines


def _groups(before: Sequence[str], after: Sequence[str]) -> Iterable[list[_Grouped]]:
    return _Known(_joined(_steps(before, after))).get_grouped_opcodes(_CONTEXT)


class _Known(SequenceMatcher[str]):
    """Steps that are known, to be grouped as difflib does."""

    def __init__(self, steps: Iterable[_Step]) -> None:
        super().__init__()
        self._steps = list(steps)

    def get_opcodes(self) -> list[_Step]:
        return self._steps


def _steps(before: Sequence[str], after: Sequence[str]) -> Iterator[_Step]:
    """Yield the steps from one to the other. In long files lines that both have once, in the same
    order, belong together: between them little is left to compare."""
    anchors = _anchors(before, after) if len(before) + len(after) > _LONG else ()
    start = start_after = 0
    for end, end_after in [*anchors, (len(before), len(after))]:
        part = SequenceMatcher(None, before[start:end], after[start_after:end_after])
        for kind, a, b, c, d in part.get_opcodes():
            yield kind, start + a, start + b, start_after + c, start_after + d
        start, start_after = end, end_after


def _joined(steps: Iterator[_Step]) -> Iterator[_Step]:
    """Make one step of equal lines of those that follow each other."""
    last: _Step | None = None
    for step in steps:
        if last and last[0] == step[0] == "equal":
            last = ("equal", last[1], step[2], last[3], step[4])
            continue
        if last:
            yield last
        last = step
    if last:
        yield last


def _anchors(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[int, int]]:
    counts, others = Counter(before), Counter(after)
    places = {line: number for number, line in enumerate(after) if others[line] == 1}
    last = -1
    for number, line in enumerate(before):
        place = places.get(line, -1) if counts[line] == 1 else -1
        if place > last:
            last = place
            yield number, place


def _range(start: int, end: int) -> str:
    """Return where lines stand: a lone one by its number, none by that of the line before."""
    length = end - start
    return str(start + 1) if length == 1 else f"{start + 1 if length else start},{length}"


def _shown(step: _Grouped, before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    kind, first, last, first_after, last_after = step
    if kind == "equal":
        yield from (f" {line}" for line in before[first:last])
        return
    yield from (f"-{line}" for line in before[first:last])
    yield from (f"+{line}" for line in after[first_after:last_after])


def _visible(line: str) -> str:
    printable = line.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return re.sub(
        r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", lambda match: f"\\x{ord(match[0]):02x}", printable
    )
