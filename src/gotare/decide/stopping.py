"""How a container is stopped: the signal, and how long it may take."""

from __future__ import annotations

import math
from typing import Final

from gotare.frozen import dataclass
from gotare.golang.facts.types import Shutdown

DEFAULT_GRACE: Final = 30
"""Seconds that Kubernetes gives without being asked, and so do we where the code has no limit."""

QUICK_GRACE: Final = 10
"""Seconds that Docker gives: enough for a program that waits for nothing."""

_PREFERRED: Final = ("SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1")


@dataclass(frozen=True, slots=True)
class Stopping:
    """`signal` None is SIGTERM, which needs no saying. `handled`: the program hears the signal."""

    signal: str | None
    handled: bool
    grace: int
    why: str


def stopping_of(shutdown: Shutdown | None) -> Stopping:
    """Decide the stop signal and the grace, in seconds."""
    if not shutdown or not shutdown.signals:
        why = "no signal is handled: the runtime ends the program at once"
        return Stopping(None, False, QUICK_GRACE, why)
    heard = next((name for name in _PREFERRED if name in shutdown.signals), shutdown.signals[0])
    signal = None if heard == "SIGTERM" else heard
    if shutdown.grace is not None:
        grace, why = math.ceil(shutdown.grace), f"{heard} handled, grace {shutdown.grace:g} s"
    elif shutdown.graceful:
        grace, why = DEFAULT_GRACE, f"{heard} handled, the code sets no limit"
    else:
        grace, why = QUICK_GRACE, f"{heard} handled, nothing is waited for"
    return Stopping(signal, True, max(grace, 1), why)
