"""Repairs the files of a project: what they would become, and the changes that writing it makes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from gotare.errors import TextError, WriteError
from gotare.findings import Finding
from gotare.lint.around import Neighbourhood
from gotare.lint.files import Target
from gotare.lint.reading import bytes_of, text_or_nothing
from gotare.lint.repair import FAULTS, Desk, Repaired, repair
from gotare.lint.run import Linted
from gotare.linting.selection import Selection
from gotare.writing.changes import Action, Change
from gotare.writing.places import read

Lint = Callable[[Target, str], Linted]
"""Lints a file with a text."""


class Fixing:
    """The repair of files in a folder; nothing is written. With findings that are `left_out`, only
    those that are `counting` are repaired."""

    def __init__(
        self,
        directory: Path,
        around: Neighbourhood,
        lint: Lint,
        *,
        unsafe: bool = False,
        counting: Sequence[Finding] = (),
        left_out: Sequence[Finding] = (),
        stdin: tuple[str, str] = ("", ""),
    ) -> None:
        self._directory, self._around, self._lint = directory, around, lint
        self._unsafe = unsafe
        self._stdin, self._input = stdin
        self._places: dict[str, Path] = {}
        self.desk = Desk(self._read)
        self.selection = Selection(counting, left_out, self.desk)

    def repair(self, targets: Iterable[Target], tell: Callable[[str], None]) -> int:
        """Repair files; return how many findings were repaired. `tell` hears of fixes that never
        come to rest."""
        repaired = [self.repair_one(target) for target in targets]
        for rule in dict.fromkeys(rule for each in repaired for rule in each.restless):
            tell(f"warning: the fix of {rule} never comes to rest, so it was stopped")
        return sum(len(each.fixed) for each in repaired)

    def repair_one(self, target: Target) -> Repaired:
        """Repair one file; one that cannot be read stays as it is."""
        try:
            self.desk.begin()
            self.desk.text(target.shown)
        except TextError:
            return Repaired()

        def check(path: str, text: str) -> list[Finding]:
            self._lay_out()
            found = self._lint(target, text).findings
            return [f for f in found if f.rule in FAULTS or self.selection.repairs(f)]

        return repair(target.shown, self.desk, check, self._unsafe)

    def changes(self) -> list[Change]:
        """Return what writing would change. Raises WriteError for a file that cannot be written."""
        return [self._change(path, text) for path, text in sorted(self.desk.changed().items())]

    def _read(self, path: str) -> str:
        if path == self._stdin:
            return self._input
        return text_or_nothing(self._directory / path)

    def _lay_out(self) -> None:
        for path in self.desk.touched:
            text = self.desk.text(path)
            if text == self.desk.original(path):
                self._around.overlay.lift(self._place(path))
            else:
                self._around.overlay[self._place(path)] = text

    def _place(self, path: str) -> Path:
        if path not in self._places:
            self._places[path] = (self._directory / path).resolve()
        return self._places[path]

    def _change(self, path: str, text: str) -> Change:
        return change_of(self._place(path), path, text)


def change_of(target: Path, shown: str, text: str) -> Change:
    """Return the change that gives a file a text. Raises WriteError for what cannot be written."""
    standing = read(target, shown)
    after = bytes_of(text)
    if standing is None:
        return Change(shown, target, "created", None, after)
    if not os.access(target, os.W_OK):
        raise WriteError(f"{shown} cannot be written", "its mode says that it is read only")
    action: Action = "unchanged" if standing.data == after else "updated"
    return Change(shown, target, action, standing, after)
