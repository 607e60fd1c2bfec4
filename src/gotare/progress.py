"""How long work tells what it is doing, without knowing who listens."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """A listener for steps of long work. Implementations must be safe to call from any thread."""

    def step(self, stage: str, subject: str, done: int = 0, total: int | None = None) -> None:
        """Report that `subject` (an image, platform or blob) is in `stage` (compile, pack, push…).

        `done` and `total` are bytes where the stage moves bytes; `total` None means unknown.
        """

    def end(self, stage: str, subject: str, note: str = "") -> None:
        """Report that `stage` of `subject` has ended; `note` is a word such as "reused"."""

    def warn(self, message: str) -> None:
        """Report something the user should know that does not stop the work."""


class Silent:
    """Drops every report."""

    def step(self, stage: str, subject: str, done: int = 0, total: int | None = None) -> None:
        """Drop it."""

    def end(self, stage: str, subject: str, note: str = "") -> None:
        """Drop it."""

    def warn(self, message: str) -> None:
        """Drop it."""


SILENT: Progress = Silent()
