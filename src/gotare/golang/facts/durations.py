"""Durations as Go writes them: "1h30m", "15s", "250ms"."""

from __future__ import annotations

import re
from typing import Final

_SECONDS: Final = {
    "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0,
}  # fmt: skip
_PART: Final = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)")
_WHOLE: Final = re.compile(rf"[+-]?(?:{_PART.pattern})+")

UNITS: Final = {
    "time.Nanosecond": "1ns",
    "time.Microsecond": "1us",
    "time.Millisecond": "1ms",
    "time.Second": "1s",
    "time.Minute": "1m",
    "time.Hour": "1h",
}
"""The constants of package time."""

LONGEST: Final = 9.3e9
"""Seconds in the longest duration that Go has, 292 years."""


def parse_duration(text: str) -> float | None:
    """Return seconds, None for what time.ParseDuration refuses."""
    if text in ("0", "+0", "-0"):
        return 0.0
    if len(text) > 60 or not _WHOLE.fullmatch(text):
        return None
    total = sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(text))
    if total > LONGEST:
        return None
    return -total if text.startswith("-") else total


def duration_text(seconds: float) -> str | None:
    """Return seconds as the shortest text that Go reads, None beyond Go's range."""
    if not abs(seconds) < LONGEST:
        return None
    nanoseconds = round(abs(seconds) * 1e9)
    sign = "-" if seconds < 0 and nanoseconds else ""
    whole, rest = divmod(nanoseconds, 10**9)
    if not whole:
        return sign + _below_a_second(rest)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    fraction = f".{rest:09}".rstrip("0") if rest else ""
    parts = ((hours, "h"), (minute, "m"))
    text = "".join(f"{number}{unit}" for number, unit in parts if number)
    return sign + text + (f"{second}{fraction}s" if second or fraction else "")


def _below_a_second(nanoseconds: int) -> str:
    for unit, size in (("ms", 10**6), ("us", 10**3)):
        if nanoseconds and nanoseconds % size == 0:
            return f"{nanoseconds // size}{unit}"
    return f"{nanoseconds}ns" if nanoseconds else "0s"
