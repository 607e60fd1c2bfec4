"""What was selected before a repair, known again after it: by --diff, or by a baseline.

Lines and their words change when files are repaired. So a finding is known by its rule and by the
place that it had in the text as it was, to which the edits lead back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gotare.errors import TextError
from gotare.findings import Finding
from gotare.lint.dockerfile.syntax import Span
from gotare.lint.places import Lines
from gotare.lint.repair import Desk

_Places = dict[tuple[str, str], list[Span]]
"""Where each rule has found something in each file."""


class Selection:
    """The findings that count and those that were left out, on a desk's texts before any repair."""

    def __init__(
        self, counting: Iterable[Finding], left_out: Iterable[Finding], desk: Desk
    ) -> None:
        self._desk = desk
        self._lines: dict[str, Lines] = {}
        self._now: dict[str, Lines] = {}
        self._counting = self._places(counting)
        self._left_out = self._places(left_out)

    def repairs(self, finding: Finding) -> bool:
        """Return whether a finding in the text as it is now is one that counts."""
        return not self._left_out or self._is_among(self._counting, finding)

    def shows(self, finding: Finding) -> bool:
        """Return whether a finding in the text as it is now is to be told: it counts, or it is new
        and so was not left out."""
        return self.repairs(finding) or not self._is_among(self._left_out, finding)

    def _places(self, findings: Iterable[Finding]) -> _Places:
        found: _Places = {}
        for finding in findings:
            path = finding.at.path
            if path not in self._lines:
                self._lines[path] = Lines(_read(self._desk.original, path))
            span = self._lines[path].span(finding.at)
            found.setdefault((finding.rule, path), []).append(span)
        return found

    def _is_among(self, places: _Places, finding: Finding) -> bool:
        known = places.get((finding.rule, finding.at.path), ())
        if not known:
            return False
        path = finding.at.path
        origin = self._desk.origin(path, self._lines_of(path).span(finding.at))
        return any(_meet(origin, each) for each in known)

    def _lines_of(self, path: str) -> Lines:
        text = _read(self._desk.text, path)
        if path not in self._now or self._now[path].text is not text:
            self._now[path] = Lines(text)
        return self._now[path]


def _read(reader: Callable[[str], str], path: str) -> str:
    """Return the text of a file; "" of one that cannot be read, which nothing repairs."""
    try:
        return reader(path)
    except TextError:
        return ""


def _meet(a: Span, b: Span) -> bool:
    """Whether two spans overlap; an empty one does where it begins or ends."""
    return (a.start < b.end and b.start < a.end) or a.start == b.start or a.end == b.end
