"""Running one process to its end."""

from __future__ import annotations

import errno
import os
import time

import pytest

from boxscore.boxes.process import MOST_STEP_S, WallClock, run_process


def test_a_child_that_cannot_be_watched_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[int] = []

    def refuse(pid: int) -> int:
        begun.append(pid)
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(os, "pidfd_open", refuse)

    with pytest.raises(OSError, match="Too many open files"):
        run_process(["sleep", "600"], wall_s=600, output_bytes=10)

    with pytest.raises(ProcessLookupError):
        os.kill(begun[0], 0)


def test_an_exception_leaves_nothing_behind() -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_process(["sleep", "60"], wall_s=30, output_bytes=10, started=interrupt)


def test_time_in_which_all_stood_still_is_not_the_programs() -> None:
    now = time.monotonic()
    frozen = iter([False, False, True, False])
    clock = WallClock(10.0, lambda: next(frozen))

    assert clock.left_s(now + 1.0) == pytest.approx(9.0, abs=0.5)
    left = clock.left_s(now + 76.0)
    assert left == pytest.approx(9.0 - MOST_STEP_S, abs=0.5)
    assert clock.left_s(now + 77.0) == left
    assert clock.left_s(now + 78.0) == left - 1.0
