"""Verdicts: which outcome follows from what the tests saw and what the kernel counted."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest

from frames import DISK_FULL, KILLED, MANY_PROCESSES, OUT_OF_MEMORY
from texts import MAX_TEXT
from verdicts import FLOOD_BYTES, Ended, SampleEnd, conclude, refine, verdict_of

if TYPE_CHECKING:
    from frames import LimitName


@pytest.mark.parametrize(("limit", "outcome"), [("wall", "memory"), ("cpu", "timeout")])
def test_waiting_for_a_child_that_memory_ended(limit: LimitName, outcome: str) -> None:
    end = SampleEnd("timeout", "no answer", limit=limit)

    assert refine(end, signal.SIGKILL, KILLED | OUT_OF_MEMORY, 0).outcome == outcome


@pytest.mark.parametrize(
    ("status", "leftovers", "printed", "outcome"),
    [
        (0, 0, 0, "error"),
        (1 << 8, 0, 0, "error"),
        (signal.SIGXCPU, 0, 0, "timeout"),
        (signal.SIGXCPU, OUT_OF_MEMORY, 0, "timeout"),
        (signal.SIGKILL, OUT_OF_MEMORY | DISK_FULL, FLOOD_BYTES, "memory"),
        (0, DISK_FULL, FLOOD_BYTES, "output_limit"),
        (0, DISK_FULL | MANY_PROCESSES, FLOOD_BYTES - 1, "disk_limit"),
        (signal.SIGSYS, MANY_PROCESSES, 0, "process_limit"),
        (signal.SIGSYS, 0, 0, "forbidden"),
        (signal.SIGSEGV, 0, 0, "signal"),
        (signal.SIGKILL, 0, 0, "signal"),
        (signal.SIGKILL, KILLED, 0, "error"),
        (signal.SIGXCPU, KILLED, 0, "error"),
    ],
)
def test_the_kernels_count_names_the_outcome(status: int, leftovers: int, printed: int, outcome: str) -> None:
    assert refine(SampleEnd("error", "ended"), status, leftovers, printed).outcome == outcome


def ended(*, cpu_s: float = 0.1, printed_bytes: int = 0, leftovers: int = 0) -> Ended:
    return Ended(signal.SIGKILL, leftovers | KILLED, cpu_s, 0.2, 1 << 20, printed_bytes, b"")


def test_limits_hold_for_a_pass_too() -> None:
    late, loud = conclude(None, ended(cpu_s=1.1), 1.0), conclude(None, ended(printed_bytes=FLOOD_BYTES), 1.0)

    assert (late and late.outcome, late and late.limit) == ("timeout", "cpu")
    assert (loud and loud.outcome, loud and loud.limit) == ("output_limit", "output")


def test_a_stop_is_refined() -> None:
    end = conclude(SampleEnd("error", "ended"), ended(leftovers=DISK_FULL), 1.0)

    assert end is not None
    assert end.outcome == "disk_limit"


class Unspeakable:
    """An object of a test without a text."""

    def __str__(self) -> str:
        return str(1 // 0)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (AssertionError(), "assertion failed"),
        (AssertionError("3 != 4"), "assertion failed: 3 != 4"),
        (TypeError("bad"), "a test raised TypeError: bad"),
        (SystemExit(0), "a test raised SystemExit: 0"),
        (KeyError(10**100_000), "a test raised KeyError: an integer of 332193 bits"),
        (AssertionError([1] * 5_000_000, "no"), "assertion failed: a list of 5000000 items, 'no'"),
        (AssertionError([[[0] * 100] * 100]), "assertion failed: a list of 1 items"),
        (AssertionError(Unspeakable()), "assertion failed: its text raised ZeroDivisionError"),
    ],
)
def test_what_a_test_raises_itself_is_wrong(error: BaseException, reason: str) -> None:
    found = verdict_of(error)

    assert (found.outcome, found.reason) == ("wrong", reason)


def test_reasons_are_bounded_and_can_be_encoded() -> None:
    end = SampleEnd("error", "\ud800" + "x" * 10_000, error="\udfff")

    assert end.reason.startswith("\\ud800x")
    assert len(end.reason) < MAX_TEXT + 10
    assert end.error == "\\udfff"
