"""Signals wait while a program is being started, and only then."""

from __future__ import annotations

import threading

import pytest

from gotare.interrupts import Interrupts


def test_a_signal_interrupts_at_once() -> None:
    with pytest.raises(KeyboardInterrupt):
        Interrupts().handle(2, None)


def test_a_held_signal_comes_when_the_block_has_ended() -> None:
    interrupts, done = Interrupts(), []
    with pytest.raises(KeyboardInterrupt), interrupts.held():
        interrupts.handle(15, None)
        done.append("the whole block")
    assert done
    with interrupts.held():
        pass


def test_other_threads_hold_nothing() -> None:
    interrupts, raised = Interrupts(), []

    def work() -> None:
        with interrupts.held():
            try:
                interrupts.handle(2, None)
            except KeyboardInterrupt:
                raised.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert raised == [True]
