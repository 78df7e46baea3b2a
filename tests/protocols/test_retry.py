"""Attempts at a patch end with the run."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest

from boxscore.errors import BoxLost, RunStopped
from boxscore.protocols.retry import at_code, attempt

if TYPE_CHECKING:
    from collections.abc import Callable


def attempts(once: Callable[[], str], control: Callable[[], object]) -> tuple[list[float], Exception]:
    waited = list[float]()
    with pytest.raises(RunStopped) as raised:
        attempt(once, control=control, sleep=waited.append)
    return waited, raised.value


def stopped() -> str:
    with at_code():
        raise RunStopped("the run was stopped")


def test_a_stopped_attempt_is_the_last() -> None:
    controls = itertools.count()

    waited, _ = attempts(stopped, lambda: next(controls))

    assert waited == []
    assert next(controls) == 0


def test_a_stopped_control_is_followed_by_no_attempt() -> None:
    calls = itertools.count()

    def lose() -> str:
        next(calls)
        raise BoxLost("gone")

    waited, _ = attempts(lose, stopped)

    assert len(waited) == 1
    assert next(calls) == 1
