"""How times become medians, ratios and tables, and how commands that fail are told."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.measure import (
    Contender,
    FailedError,
    Series,
    Step,
    high_water,
    peak_memory,
    quartiles,
    race,
    ratio,
    run,
)

_times = st.lists(st.floats(0.001, 1000), min_size=1, max_size=30)


def python(code: str, cwd: Path) -> Step:
    """Return a command that runs a few lines of Python."""
    return Step((sys.executable, "-c", code), cwd, dict(os.environ))


def series(values: list[float]) -> Series:
    """Return a series with these rounds."""
    return Series("one", "one", dict(enumerate(values)))


@given(_times)
def test_quartiles_lie_between_the_extremes_in_order(values: list[float]) -> None:
    low, high = quartiles(values)
    assert min(values) <= low <= high <= max(values)


@given(_times)
def test_a_series_is_one_of_itself(values: list[float]) -> None:
    found = ratio(series(values), series(values))
    assert found
    assert (found.value, found.low, found.high) == (1, 1, 1)


def test_the_ratio_is_of_medians_and_its_spread_of_rounds() -> None:
    found = ratio(series([1, 4, 9]), series([2, 2, 3]))
    assert found
    assert (found.value, found.low, found.high) == (2, 0.5, 3)


def test_only_common_rounds_count_for_the_spread() -> None:
    slow = Series("slow", "one", {0: 10.0})
    found = ratio(series([1, 2, 3]), slow)
    assert found
    assert (found.low, found.high) == (0.1, 0.1)
    assert ratio(series([1]), Series("none", "one")) is None


def test_a_race_runs_in_turns_and_every_other_round_backwards(tmp_path: Path) -> None:
    log = tmp_path / "log"

    def contender(name: str, rounds: int | None = None) -> Contender:
        def note() -> None:
            with log.open("a") as file:
                file.write(name)

        return Contender(name, python("", tmp_path), "a", note, rounds)

    found = race([contender("a"), contender("b"), contender("c", 1)], 2)
    assert log.read_text() == "abcbaab"
    assert [len(one.seconds) for one in found] == [2, 2, 1]


def test_who_fails_takes_part_no_more_and_says_why(tmp_path: Path) -> None:
    step = python("import sys; sys.exit('broken')", tmp_path)
    (found,) = race([Contender("a", step, "a")], 3)
    assert found.seconds == {}
    assert found.failure == "exit code 1: broken"


def test_a_program_that_is_not_there_has_failed(tmp_path: Path) -> None:
    with pytest.raises(FailedError, match="no-such-program"):
        run(Step(("no-such-program",), tmp_path, {}))


def test_peak_memory_is_of_the_process_and_sees_what_it_gave_back(tmp_path: Path) -> None:
    little = peak_memory(python("import time; time.sleep(0.05)", tmp_path))
    much = "import time; x = b'x' * (64 << 20); time.sleep(0.05); del x; time.sleep(0.05)"
    assert peak_memory(python(much, tmp_path)) - little > 48 << 20


def test_peak_memory_of_a_failure_is_none(tmp_path: Path) -> None:
    with pytest.raises(FailedError, match="exit code 3"):
        peak_memory(python("raise SystemExit(3)", tmp_path))


def test_high_water_is_in_bytes() -> None:
    assert high_water("Name:\tx\nVmHWM:\t    12 kB\nVmRSS:\t 9 kB\n") == 12288
    assert high_water("Name:\tx\nState:\tZ (zombie)\n") == 0
