"""Keeps Ctrl-C and SIGTERM from arriving where they would do harm."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Interrupts:
    """A signal handler that raises KeyboardInterrupt, at once or when a block has ended."""

    def __init__(self) -> None:
        self._holding = 0
        self._pending = False

    def handle(self, number: int, frame: object) -> None:
        """Be the handler of a signal. Raises KeyboardInterrupt, unless it is held back."""
        if not self._holding:
            raise KeyboardInterrupt
        self._pending = True

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold a signal back until the block has ended; only the main thread gets any."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        self._holding += 1
        try:
            yield
        finally:
            self._holding -= 1
        if self._pending and not self._holding:
            self._pending = False
            raise KeyboardInterrupt


INTERRUPTS = Interrupts()
"""The handler of this process: a program that is being started must be known before we end it."""
