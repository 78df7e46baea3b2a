"""Verdicts: what a sample has come to, and how what the kernel counted sharpens it."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, NamedTuple

import wire
from texts import text_of, text_of_error

if TYPE_CHECKING:
    from wire import LimitName, Outcome

FLOOD_BYTES = 16 << 20
OWN_SIGNALS = frozenset(  # that come of what a program does; any other may have been sent by somebody else
    getattr(signal, "SIG" + name)
    for name in ("ABRT", "BUS", "FPE", "ILL", "SEGV", "SYS", "TRAP", "XCPU", "XFSZ", "PIPE")
)


class Ended(NamedTuple):
    """How a candidate ended: its wait status, its leftovers (see `wire`), what it used and what it printed."""

    status: int
    leftovers: int
    cpu_s: float
    wall_s: float
    memory_bytes: int
    printed_bytes: int
    log: bytes


class Stop(BaseException):
    """The sample is decided; BaseException so that no test can swallow it.

    `error` is the name of the candidate's exception, `limit` the limit that was met, `index` the input it was at.
    `unsure`: somebody or something else may have done this, so the host grades the sample once more.
    """

    def __init__(
        self,
        outcome: Outcome,
        reason: str,
        *,
        error: str | None = None,
        limit: LimitName | None = None,
        unsure: bool = False,
    ) -> None:
        super().__init__(reason)
        self.outcome, self.limit, self.index, self.unsure = outcome, limit, 0, unsure
        self.reason, self.error = text_of(reason), error and text_of(error)


def verdict_of(error: BaseException) -> Stop:
    """Say what an exception that left the tests means: the candidate's own, a failed comparison, a test's trouble."""
    stop = getattr(error, "stop", None)
    if isinstance(stop, Stop):
        return stop
    if isinstance(error, AssertionError):
        return Stop("wrong", f"assertion failed: {text_of_error(error)}" if error.args else "assertion failed")
    if isinstance(error, MemoryError):
        return Stop("output_limit", "its answers do not fit in the memory of the tests", limit="output")
    return Stop("wrong", f"a test raised {type(error).__name__}: {text_of_error(error)}")


def settle(stop: Stop | None, ended: Ended, cpu_limit: float) -> Stop | None:
    """Give the final verdict on a sample from what the tests saw and how its process ended; None is a pass."""
    if ended.leftovers & wire.UNCONFINED:
        return Stop("internal", "its process ended before it was confined", unsure=True)
    if stop is not None:
        refined = refine(stop, ended.status, ended.leftovers, ended.printed_bytes)
        refined.index = stop.index
        return refined
    if ended.cpu_s > cpu_limit:
        stop = Stop("timeout", f"more than {cpu_limit:g} s of cpu", limit="cpu")
    elif ended.printed_bytes >= FLOOD_BYTES:
        stop = Stop("output_limit", "printed more than may be kept", limit="output")
    if stop is not None:
        stop.index = sys.maxsize  # all answers were right: no input is at fault
    return stop


def refine(stop: Stop, status: int, leftovers: int, printed_bytes: int) -> Stop:  # noqa: PLR0911 - a table, first match wins
    """Name the outcome by what the kernel counted, where that tells more than the end of a pipe."""
    if stop.limit == "wall" and leftovers & wire.OUT_OF_MEMORY:  # it waited for a child that the kernel had ended
        return Stop("memory", "the box ran out of memory", limit="memory")
    if stop.outcome in ("timeout", "syntax", "internal"):
        return stop
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) and not leftovers & wire.KILLED else 0
    if number == signal.SIGXCPU:
        return Stop("timeout", "the kernel's cpu limit", limit="cpu")
    if leftovers & wire.OUT_OF_MEMORY:
        return Stop("memory", "the box ran out of memory", limit="memory")
    if printed_bytes >= FLOOD_BYTES:
        return Stop("output_limit", "printed more than may be kept", limit="output")
    if leftovers & wire.DISK_FULL:
        return Stop("disk_limit", "the scratch folder is full", limit="disk")
    if leftovers & wire.MANY_PROCESSES:
        return Stop("process_limit", "process limit reached", limit="processes")
    if number == signal.SIGSYS:
        return Stop("forbidden", "a system call that graded code may not make")
    if number:
        return Stop("signal", f"ended by signal {number}", unsure=number not in OWN_SIGNALS)
    return stop
