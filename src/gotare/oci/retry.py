"""When is a request tried again, and how long is waited before?"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import TypeVar

from gotare.errors import RegistryError

T = TypeVar("T")

PASSING_STATUS = frozenset({408, 429, 500, 502, 503, 504})
"""HTTP statuses that may be gone a moment later."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How much is borne with a registry. Times are seconds.

    `connect` and `read` are the longest silences; `tries` counts the first one; waits double from
    `first_wait`, and a registry that asks for more than `longest_wait` is given up.
    """

    connect: float = 10.0
    read: float = 60.0
    tries: int = 5
    first_wait: float = 0.25
    longest_wait: float = 60.0
    sleep: Callable[[float], None] = time.sleep

    def wait(self, attempt: int, asked: float | None = None) -> float:
        """Return how long to wait after the failed attempt `attempt`, the first being 0."""
        if asked is not None:
            return asked
        return min(self.first_wait * 2.0**attempt, self.longest_wait)


class Passing(Exception):
    """A failure that may pass. Never leaves this package: `persist` raises its `error` at last.

    `asked` is how long the registry asked to wait, `cost` how many tries the failure counts for.
    """

    def __init__(self, error: RegistryError, asked: float | None = None, cost: int = 1) -> None:
        super().__init__(str(error))
        self.error = error
        self.asked = asked
        self.cost = cost


def persist(action: Callable[[], T], patience: Patience) -> T:
    """Call `action` until it does not fail with Passing, or patience ends; then raise its error."""
    spent = 0
    for attempt in count():
        try:
            return action()
        except Passing as passing:
            spent += passing.cost
            wait = patience.wait(attempt, passing.asked)
            if spent >= patience.tries or wait > patience.longest_wait:
                raise passing.error from None
            patience.sleep(wait)
    raise AssertionError("unreachable")


def asked_wait(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that `Retry-After` asks for (RFC 9110, 10.2.3), None when it does not.

    A date in it is read against the answer's own `Date`, so no clock is needed.
    """
    value = headers.get("Retry-After", "").strip()
    if not value:
        return None
    if value.isascii() and value.isdigit():
        return float(value[:9])
    from email.utils import parsedate_to_datetime

    try:
        until, now = (parsedate_to_datetime(text) for text in (value, headers.get("Date", "")))
        return max((until - now).total_seconds(), 0.0)
    except (TypeError, ValueError, OverflowError):
        return None
