"""Times commands side by side, in turns, so that what disturbs one disturbs all."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_PATIENCE = 900.0
"""Seconds after which a command counts as failed."""


class FailedError(Exception):
    """A command that is to be measured failed; the message is the end of its output."""


@dataclass(frozen=True, slots=True)
class Step:
    """A command with its directory and its whole environment. `codes` are the exit codes that are
    no failure."""

    args: tuple[str, ...]
    cwd: Path
    env: Mapping[str, str]
    codes: frozenset[int] = frozenset({0})


@dataclass(frozen=True, slots=True)
class Contender:
    """Somebody who does the job. `before` runs untimed ahead of each run.

    `equal` names the contender that does the same job and is compared with this one. `rounds`
    limits how often a slow one runs.
    """

    name: str
    step: Step
    equal: str
    before: Callable[[], None] = lambda: None
    rounds: int | None = None


@dataclass(slots=True)
class Series:
    """What one contender took in each round, in seconds, by round; or why it took part no more."""

    name: str
    equal: str
    seconds: dict[int, float] = field(default_factory=dict)
    failure: str = ""

    @property
    def median(self) -> float:
        """The median of all rounds."""
        return statistics.median(self.seconds.values())

    @property
    def spread(self) -> tuple[float, float]:
        """The fastest and the slowest round."""
        return min(self.seconds.values()), max(self.seconds.values())


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio of medians, and the quartiles of the ratios of the rounds."""

    value: float
    low: float
    high: float


def ratio(ours: Series, other: Series) -> Ratio | None:
    """Return ours in units of the other's; None when there are no rounds in which both ran."""
    common = sorted(ours.seconds.keys() & other.seconds.keys())
    if not common:
        return None
    each = [ours.seconds[number] / other.seconds[number] for number in common]
    return Ratio(ours.median / other.median, *quartiles(each))


def quartiles(values: Sequence[float]) -> tuple[float, float]:
    """Return the lower and upper quartile; of fewer than four values the extremes."""
    if len(values) < 4:
        return min(values), max(values)
    first, _, third = statistics.quantiles(values, n=4, method="inclusive")
    return first, third


def run(step: Step) -> str:
    """Run a command and return its standard output. Raises FailedError."""
    try:
        done = subprocess.run(
            step.args,
            cwd=step.cwd,
            env=dict(step.env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PATIENCE,
        )
    except subprocess.TimeoutExpired:
        raise FailedError(f"not done after {_PATIENCE:.0f} s") from None
    except OSError as error:
        raise FailedError(str(error)) from error
    if done.returncode not in step.codes:
        lines = (done.stderr or done.stdout).strip().splitlines()
        raise FailedError(f"exit code {done.returncode}: " + " / ".join(lines[-4:])[-500:])
    return done.stdout


def timed(step: Step) -> float:
    """Run a command; return the seconds from its start to its end. Raises FailedError."""
    start = time.perf_counter()
    run(step)
    return time.perf_counter() - start


def race(contenders: Sequence[Contender], rounds: int, *, warm_up: bool = True) -> list[Series]:
    """Let all run in turns, every other round backwards; what was written before is on disk.

    With `warm_up` each runs once beforehand, untimed, except those with fewer rounds.
    """
    series = {one.name: Series(one.name, one.equal) for one in contenders}
    for number in range(-1 if warm_up else 0, rounds):
        for one in contenders if number % 2 else reversed(contenders):
            if one.rounds is None or 0 <= number < one.rounds:
                _take_part(one, number, series[one.name])
    return list(series.values())


def _take_part(one: Contender, number: int, series: Series) -> None:
    if series.failure:
        return
    try:
        one.before()
        os.sync()
        seconds = timed(one.step)
    except FailedError as error:
        series.failure = str(error)
        return
    if number >= 0:
        series.seconds[number] = seconds


def peak_memory(step: Step) -> int:
    """Run a command; return the most bytes of memory that its own process held.

    Read from the kernel's high-water mark (VmHWM in proc_pid_status(5)), which only rises; the
    children of the process do not count. Raises FailedError.
    """
    process = subprocess.Popen(
        step.args,
        cwd=step.cwd,
        env=dict(step.env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    status, peak = Path(f"/proc/{process.pid}/status"), 0
    while process.poll() is None:
        peak = max(peak, high_water(status.read_text()))
        time.sleep(0.001)
    if process.returncode not in step.codes:
        raise FailedError(f"exit code {process.returncode}")
    return peak


def high_water(status: str) -> int:
    """Return VmHWM of the text of /proc/PID/status in bytes; 0 when the process has ended."""
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0
