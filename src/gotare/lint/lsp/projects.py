"""Reads Go projects in the background, so that typing never waits for `go`."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from threading import Lock
from typing import Final

from gotare.lint.around import Known, Load

SOURCES: Final = ("go.mod", "go.sum", "go.work", "gotare.yaml")
"""Names of files that change what a project is, beside its Go files."""


def changes_projects(name: str) -> bool:
    """Tell whether saving a file may change the facts of a project."""
    return name in SOURCES or name.endswith(".go")


class Projects:
    """The projects of an editor's folders. Calling it gives what is known by now."""

    def __init__(self, load: Load, executor: Executor, tell: Callable[[Path], None]) -> None:
        self._load, self._executor, self._tell = load, executor, tell
        self._known: dict[Path, Known] = {}
        self._busy: dict[Path, Future[None]] = {}
        self._stale: set[Path] = set()
        self._lock = Lock()

    def __call__(self, root: Path) -> Known:
        """Return what is known of the project in a folder. Nothing is known of one that is asked
        for the first time: it is read, and `tell` is called when it has been."""
        with self._lock:
            if root not in self._known and root not in self._busy:
                self._start(root)
            return self._known.get(root, Known())

    def refresh(self, changed: Path) -> None:
        """Read the projects again that a changed file belongs to; what was known stays until then.
        A project that is being read is read once more."""
        with self._lock:
            for root in {*self._known, *self._busy}:
                if not changed.is_relative_to(root):
                    continue
                if root in self._busy:
                    self._stale.add(root)
                else:
                    self._start(root)

    def _start(self, root: Path) -> None:
        self._busy[root] = self._executor.submit(self._read, root)

    def _read(self, root: Path) -> None:
        try:
            known = self._load(root)
        except Exception as error:
            known = Known(problem=f"{type(error).__name__}: {error}")
        with self._lock:
            before = self._known.get(root)
            failed = known.project is None and before is not None
            self._known[root] = before if failed and before else known
            self._busy.pop(root, None)
            if root in self._stale:
                self._stale.discard(root)
                self._start(root)
        self._tell(root)
