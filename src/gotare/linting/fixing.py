"""Repairs the files of a project: what they would become, and the changes that writing it makes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from gotare.errors import TextError, WriteError
from gotare.findings import Finding
from gotare.lint.around import Neighbourhood
from gotare.lint.files import Target, find_targets
from gotare.lint.policy import Policy
from gotare.lint.reading import bytes_of, text_or_nothing
from gotare.lint.repair import Desk, Repaired, repair
from gotare.lint.run import lint_target
from gotare.writing.changes import Change
from gotare.writing.places import read

Keep = Callable[[Finding, str], bool]
"""Whether a finding in a text is to be repaired."""


class Fixing:
    """The repair of files in a folder; nothing is written."""

    def __init__(
        self,
        directory: Path,
        around: Neighbourhood,
        policy: Policy,
        *,
        unsafe: bool = False,
        root: Path | None = None,
        keep: Keep = lambda finding, text: True,
    ) -> None:
        self._directory, self._around, self._policy = directory, around, policy
        self._unsafe, self._root, self._keep = unsafe, root, keep
        self.desk = Desk(self._read)

    def repair(self, paths: Sequence[str], env: Iterable[tuple[str, str]] = ()) -> list[Repaired]:
        """Find and repair files: see `find_targets`."""
        return [self.repair_one(t) for t in find_targets(self._directory, paths, dict(env))]

    def repair_one(self, target: Target) -> Repaired:
        """Repair one file; one that cannot be read stays as it is."""
        try:
            self.desk.text(target.shown)
        except TextError:
            return Repaired()

        def check(path: str, text: str) -> list[Finding]:
            self._lay_out()
            found = lint_target(target, self._around.look, self._policy, self._root, text).findings
            return [finding for finding in found if self._keep(finding, text)]

        return repair(target.shown, self.desk, check, self._unsafe)

    def changes(self) -> list[Change]:
        """Return what writing would change. Raises WriteError for a file that cannot be written."""
        return [self._change(path, text) for path, text in sorted(self.desk.changed().items())]

    def _read(self, path: str) -> str:
        return text_or_nothing(self._directory / path)

    def _lay_out(self) -> None:
        changed = self.desk.changed()
        laid = {(self._directory / path).resolve(): text for path, text in changed.items()}
        self._around.overlay.clear()
        self._around.overlay.update(laid)

    def _change(self, path: str, text: str) -> Change:
        target = (self._directory / path).resolve()
        standing = read(target, path)
        after = bytes_of(text)
        if standing is None:
            return Change(path, target, "created", None, after)
        if not os.access(target, os.W_OK):
            raise WriteError(f"{path} cannot be written", "its mode says that it is read only")
        return Change(path, target, "updated", standing, after)


def without_edits(findings: Iterable[Finding], paths: Iterable[str]) -> list[Finding]:
    """Return the findings; those of these files lose their fixes, whose offsets are no more."""
    stale = set(paths)
    return [replace(f, fix=None) if f.at.path in stale else f for f in findings]
