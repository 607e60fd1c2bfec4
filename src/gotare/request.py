"""What is asked of a build, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path
from typing import Any

from gotare.frozen import dataclass
from gotare.golang.fingerprint import Stat
from gotare.oci.types import Platform
from gotare.result import BuildResult
from gotare.reuse import Memory
from gotare.settings import Settings
from gotare.ship import Destination

Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Request:
    """What a user asks for.

    `known` are facts about the project from an earlier build, `written` its files, as it left them.
    """

    directory: Path
    patterns: tuple[str, ...]
    overrides: Settings
    destinations: tuple[Destination, ...]
    host: Platform
    go: Path | None = None
    source_date_epoch: int | None = None
    version: str = ""
    revision: str = ""
    known: Mapping[str, Any] | None = None
    written: Mapping[str, Stat | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Built:
    """What a build made, and what to remember of it; None where no fingerprint can be trusted."""

    result: BuildResult
    memory: Memory | None


class Stopwatch:
    """Seconds spent in each step; steps that run side by side each count in full."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.timings: dict[str, float] = {}

    @contextmanager
    def __call__(self, step: str) -> Iterator[None]:
        """Add the time of the block to a step."""
        start = self._clock()
        try:
            yield
        finally:
            self.timings[step] = self.timings.get(step, 0.0) + self._clock() - start
