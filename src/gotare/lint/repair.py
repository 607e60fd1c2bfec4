"""Repairs files: applies the fixes of findings, lints again, until nothing changes.

Fixes that touch each other wait for the next round. A fix after which the file cannot be read any
more is not applied. Nothing is written here: the new texts lie on a desk.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from gotare.findings import Edit, Finding
from gotare.frozen import dataclass
from gotare.lint.dockerfile.syntax import Span

ROUNDS: Final = 10
"""Rounds at most; fixes that have not come to rest by then undo each other."""

TRIES: Final = 60
"""Sets of fixes that one round tries at most, in search of those that do no harm."""

FAULTS: Final = frozenset({"syntax", "internal"})
"""Findings that no repair may add."""

Check = Callable[[str, str], Sequence[Finding]]
"""Lints a file: path and text in, findings out."""


class Desk:
    """The texts that files would have. `read` returns a file's text as it stands, "" for none."""

    def __init__(self, read: Callable[[str], str]) -> None:
        self._read = read
        self._before: dict[str, str] = {}
        self._texts: dict[str, str] = {}
        self._rounds: dict[str, list[tuple[str, tuple[Edit, ...]]]] = {}
        self.touched: set[str] = set()
        """The paths of the files that were edited since the last `begin`."""

    def begin(self) -> None:
        """Begin the repair of one more file: `touched` and `snapshot` are about that."""
        self.touched.clear()

    def text(self, path: str) -> str:
        """Return the text of a file with all that was repaired so far."""
        if path not in self._texts:
            self._texts[path] = self._before[path] = self._read(path)
        return self._texts[path]

    def original(self, path: str) -> str:
        """Return the text of a file as it was before anything was repaired."""
        self.text(path)
        return self._before[path]

    def edit(self, path: str, edits: Iterable[Edit]) -> None:
        """Change the text of a file by edits that do not overlap."""
        self.touched.add(path)
        before, made = self.text(path), tuple(sorted(edits, key=_order))
        self._rounds.setdefault(path, []).append((before, made))
        self._texts[path] = apply_edits(before, made)

    def undo(self, path: str) -> None:
        """Take the last edits of a file back."""
        self._texts[path], _ = self._rounds[path].pop()

    def origin(self, path: str, span: Span) -> Span:
        """Return the place that a span of the text now has in the original one: what was edited is
        the whole that it stands for."""
        for _, edits in reversed(self._rounds.get(path, ())):
            span = _before(edits, span)
        return span

    def changed(self) -> dict[str, str]:
        """Return the new texts of the files that are others now."""
        return {path: new for path, new in self._texts.items() if new != self._before[path]}

    def snapshot(self) -> frozenset[tuple[str, str]]:
        """Return what was edited since the last `begin`, to be compared."""
        changed = (path for path in self.touched if self._texts[path] != self._before[path])
        return frozenset((path, self._texts[path]) for path in changed)


@dataclass(frozen=True, slots=True)
class Repaired:
    """The findings that were repaired in a file, in how many rounds. `restless`: rules whose fixes
    have not come to rest."""

    fixed: tuple[Finding, ...] = ()
    rounds: int = 0
    restless: tuple[str, ...] = ()


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """Return the text with edits that do not overlap."""
    parts: list[str] = []
    at = 0
    for edit in sorted(edits, key=_order):
        parts += [text[at : edit.start], edit.text]
        at = edit.end
    return "".join([*parts, text[at:]])


def _order(edit: Edit) -> tuple[int, int]:
    return edit.start, edit.end


def _before(edits: Iterable[Edit], span: Span) -> Span:
    """Return the place that a span had before edits, which are in order."""
    start = end = None
    shift = 0
    for edit in edits:
        first = edit.start + shift
        last = first + len(edit.text)
        if start is None and span.start < last:
            start = min(span.start - shift, edit.start)
        if end is None and span.end <= last:
            end = span.end - shift if span.end <= first else edit.end
        shift = last - edit.end
    start = span.start - shift if start is None else start
    end = span.end - shift if end is None else end
    return Span(min(start, end), max(start, end))


def compatible(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings whose fixes can be applied to a file together, the first ones winning.
    Two that make the very same edits are both repaired by them."""
    accepted: list[Finding] = []
    known: set[Edit] = set()
    edits: list[Edit] = []
    for finding in findings:
        mine = finding.fix.edits if finding.fix else ()
        fresh = [edit for edit in mine if edit not in known]
        if mine and not any(_touches(edit, edits) for edit in fresh):
            accepted.append(finding)
            known.update(fresh)
            for edit in fresh:
                insort(edits, edit, key=_order)
    return accepted


def _touches(edit: Edit, edits: Sequence[Edit]) -> bool:
    """Whether an edit overlaps one of several that are in order and apart, or begins where it
    does."""
    place = bisect_right(edits, edit.start, key=lambda each: each.start)
    before, after = edits[max(place - 1, 0) : place], edits[place : place + 1]
    return any(each.start == edit.start or each.end > edit.start for each in before) or any(
        each.start < edit.end for each in after
    )


def repair(path: str, desk: Desk, check: Check, unsafe: bool = False) -> Repaired:
    """Repair one file, and what its fixes change elsewhere. Only safe fixes, unless `unsafe`."""
    check = _remembering(check, desk)
    fixed: list[Finding] = []
    desk.text(path)
    seen = {desk.snapshot()}
    for number in range(ROUNDS):
        done = _round(path, desk, check, unsafe)
        if not done:
            return Repaired(tuple(fixed), number)
        if desk.snapshot() in seen:
            return Repaired(tuple(fixed), number + 1, _rules(done))
        fixed += done
        seen.add(desk.snapshot())
    left = _fixable(check(path, desk.text(path)), unsafe)
    return Repaired(tuple(fixed), ROUNDS, _rules(left))


def _remembering(check: Check, desk: Desk) -> Check:
    """Return the check that lints no file again while nothing on the desk changes: what a round
    has tried is what the next one begins with."""
    last: tuple[object, Sequence[Finding]] = (None, ())

    def remembered(path: str, text: str) -> Sequence[Finding]:
        nonlocal last
        now = (path, text, desk.snapshot())
        if last[0] != now:
            last = (now, check(path, text))
        return last[1]

    return remembered


def _rules(findings: Iterable[Finding]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(finding.rule for finding in findings))


def _round(path: str, desk: Desk, check: Check, unsafe: bool) -> list[Finding]:
    """Apply one round of fixes; return what was repaired, nothing where nothing changed."""
    findings = check(path, desk.text(path))
    waiting = [_fixable(findings, unsafe)]
    for _ in range(TRIES):
        if not waiting:
            break
        fixable = waiting.pop(0)
        chosen = _together(path, fixable)
        if _try(path, chosen, desk, check, _faults(findings)):
            return chosen
        half = len(fixable) // 2  # one of them does harm, or all are no change
        waiting += [part for part in (fixable[:half], fixable[half:]) if half]
    return []


def _together(path: str, fixable: Sequence[Finding]) -> list[Finding]:
    """Return the findings of one round: in each file those whose fixes go together."""
    files = dict.fromkeys(_target(path, finding) for finding in fixable)
    return [
        finding
        for file in files
        for finding in compatible(f for f in fixable if _target(path, f) == file)
    ]


def _try(path: str, findings: Sequence[Finding], desk: Desk, check: Check, faults: int) -> bool:
    """Put the repaired texts on the desk, if they differ and can be read."""
    edits = _edits(path, findings)
    if all(apply_edits(desk.text(file), wanted) == desk.text(file) for file, wanted in edits):
        return False
    for file, wanted in edits:
        desk.edit(file, wanted)
    if _faults(check(path, desk.text(path))) <= faults:
        return True
    for file, _ in edits:
        desk.undo(file)
    return False


def _edits(path: str, findings: Iterable[Finding]) -> list[tuple[str, Iterable[Edit]]]:
    """Return the edits of fixes by the file that they change, each once."""
    edits: dict[str, dict[Edit, None]] = {}
    for finding in findings:
        wanted = finding.fix.edits if finding.fix else ()
        edits.setdefault(_target(path, finding), {}).update(dict.fromkeys(wanted))
    return list(edits.items())


def _target(path: str, finding: Finding) -> str:
    """Return the file that a finding's fix edits."""
    return (finding.fix.path if finding.fix else "") or path


def _fixable(findings: Iterable[Finding], unsafe: bool) -> list[Finding]:
    return [f for f in findings if f.fix and f.fix.edits and (f.fix.safe or unsafe)]


def _faults(findings: Iterable[Finding]) -> int:
    return sum(1 for finding in findings if finding.rule in FAULTS)
