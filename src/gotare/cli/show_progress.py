"""Shows long work: a live display on a terminal, a line for each finished step elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from gotare.progress import Progress

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID


class PlainProgress:
    """Prints a line when a step ends; with `verbose` also when it starts."""

    def __init__(self, verbose: bool) -> None:
        self._verbose = verbose
        self._seen: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def step(self, stage: str, subject: str, done: int = 0, total: int | None = None) -> None:
        """Print the start of a step once, when verbose."""
        with self._lock:
            if self._verbose and (stage, subject) not in self._seen:
                self._seen.add((stage, subject))
                click.echo(f"{stage} {subject} …", err=True)

    def end(self, stage: str, subject: str, note: str = "") -> None:
        """Print the end of a step; single blobs only when verbose."""
        if stage == "copy" and not self._verbose:
            return
        with self._lock:
            click.echo(f"{stage} {subject}" + (f": {note}" if note else ""), err=True)

    def warn(self, message: str) -> None:
        """Print a warning."""
        with self._lock:
            click.echo(f"warning: {message}", err=True)


@contextmanager
def plain_progress(verbose: bool) -> Iterator[Progress]:
    """Return a progress that prints plain lines on stderr."""
    yield PlainProgress(verbose)


class LiveProgress:
    """A row for each step on the way, with bytes where they are counted."""

    def __init__(self, rows: RichProgress) -> None:
        self._rows = rows
        self._tasks: dict[tuple[str, str], TaskID] = {}
        self._lock = threading.Lock()

    def step(self, stage: str, subject: str, done: int = 0, total: int | None = None) -> None:
        """Add or move the row."""
        with self._lock:
            task = self._tasks.get((stage, subject))
            if task is None:
                task = self._rows.add_task("", stage=stage, subject=subject, note="", total=total)
                self._tasks[stage, subject] = task
            self._rows.update(task, completed=done, total=total, note=_bytes(done, total))

    def end(self, stage: str, subject: str, note: str = "") -> None:
        """Mark the row as done."""
        self.step(stage, subject)
        with self._lock:
            task = self._tasks[stage, subject]
            self._rows.update(task, completed=1, total=1, note=note)

    def warn(self, message: str) -> None:
        """Print a warning above the rows."""
        self._rows.console.print(f"warning: {message}", style="yellow", markup=False)


def _bytes(done: int, total: int | None) -> str:
    if not total:
        return f"{done} packages" if done else ""
    return f"{done / 1e6:.1f}/{total / 1e6:.1f} MB"


@contextmanager
def live_progress(env: Mapping[str, str]) -> Iterator[Progress]:
    """Return a progress that redraws itself on stderr, and disappears when the work is done."""
    from rich.console import Console
    from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as RichProgress

    columns = (
        SpinnerColumn(finished_text="✓"),
        TextColumn("{task.fields[stage]}"),
        TextColumn("{task.fields[subject]}", markup=False),
        BarColumn(20),
        TextColumn("{task.fields[note]}", markup=False),
        TimeElapsedColumn(),
    )
    console = Console(stderr=True, no_color="NO_COLOR" in env)
    with RichProgress(*columns, console=console, transient=True) as rows:
        yield LiveProgress(rows)
