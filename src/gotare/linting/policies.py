"""Which policy governs a file? That of the nearest gotare.yaml above it, under the flags."""

from __future__ import annotations

import os
from pathlib import Path

from gotare.frozen import dataclass
from gotare.lint.policy import Flags, Policy, make_policy
from gotare.settings import LintSettings


@dataclass(frozen=True, slots=True)
class Ruling:
    """What counts in files. `root` is the folder that the globs of `per-path` are relative to."""

    policy: Policy
    root: Path


class Policies:
    """The policies of a run in a folder. The nearest `gotare.yaml` counts alone: nothing is taken
    over from those above it. `every_rule`: all rules count, whatever is settled."""

    def __init__(self, directory: Path, flags: Flags, every_rule: bool = False) -> None:
        self._directory, self._flags, self._every_rule = directory.resolve(), flags, every_rule
        self._folders: dict[Path, Path | None] = {}
        self._rulings: dict[Path | None, Ruling] = {}

    def of(self, place: Path | None) -> Ruling:
        """Return what counts in the file at a place. Raises ConfigError, UsageError."""
        folder = place.parent.resolve() if place else self._directory
        if folder not in self._folders:
            from gotare.config import folder_above

            self._folders[folder] = folder_above(folder)
        return self._ruling(self._folders[folder])

    def _ruling(self, folder: Path | None) -> Ruling:
        if folder not in self._rulings:
            self._rulings[folder] = Ruling(self._policy(folder), folder or self._directory)
        return self._rulings[folder]

    def _policy(self, folder: Path | None) -> Policy:
        if self._every_rule:
            return Policy()
        if folder is None:
            return make_policy(LintSettings(), self._flags)
        from gotare.config import FILE_NAME, load_config

        shown = os.path.relpath(folder / FILE_NAME, self._directory)
        return make_policy(load_config(folder, shown).lint, self._flags)
