"""Stopping in order."""

from __future__ import annotations

import os
import signal

import pytest

from boxscore._interrupt import stop_on_signals


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_once_drains_twice_halts(number: signal.Signals) -> None:
    """The first signal lets what runs finish, the second does not; each is told."""
    told: list[str] = []

    with stop_on_signals(told.append) as stop:
        assert not stop.draining()
        os.kill(os.getpid(), number)
        assert (stop.draining(), stop.halting()) == (True, False)
        os.kill(os.getpid(), number)
        assert (stop.draining(), stop.halting()) == (True, True)

    assert told == ["finishing what runs; interrupt again to stop now", "stopping now"]


def test_handlers_are_put_back() -> None:
    """Afterwards signals do what they did before."""
    before = signal.getsignal(signal.SIGINT)

    with stop_on_signals(lambda _text: None):
        assert signal.getsignal(signal.SIGINT) is not before

    assert signal.getsignal(signal.SIGINT) is before
