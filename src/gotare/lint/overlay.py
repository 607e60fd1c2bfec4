"""Texts that stand in for those of files: repaired and not yet written, or open in an editor."""

from __future__ import annotations

import os
from pathlib import Path


class Overlay(dict[Path, str]):
    """Texts by the real paths of files. `made` are the paths of files that do not exist yet."""

    def __init__(self) -> None:
        super().__init__()
        self.made: set[Path] = set()

    def __setitem__(self, path: Path, text: str) -> None:
        if path not in self and not os.path.lexists(path):
            self.made.add(path)
        super().__setitem__(path, text)

    def lift(self, path: Path) -> None:
        """Take a text away, if there is one."""
        self.pop(path, None)
        self.made.discard(path)

    def clear(self) -> None:
        """Take all texts away."""
        super().clear()
        self.made.clear()
