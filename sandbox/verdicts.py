"""Verdicts: what a sample has come to, and how what the kernel counted sharpens it."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, NamedTuple

import frames
from texts import text_of, text_of_error

if TYPE_CHECKING:
    from frames import LimitName, Outcome

FLOOD_BYTES = 16 << 20
TESTS = "<tests>"  # the file name that tests are compiled under
OWN_SIGNALS = frozenset(  # that come of what a program does; any other may have been sent by somebody else
    getattr(signal, "SIG" + name)
    for name in ("ABRT", "BUS", "FPE", "ILL", "SEGV", "SYS", "TRAP", "XCPU", "XFSZ", "PIPE")
)


class Ended(NamedTuple):
    """How a candidate ended: its wait status, its leftovers (see `frames`), what it used and what it printed."""

    status: int
    leftovers: int
    cpu_s: float
    wall_s: float
    memory_bytes: int
    printed_bytes: int
    log: bytes


class SampleEnd(BaseException):
    """The sample is decided; BaseException so that hardly a test swallows it.

    `error` is the name of the candidate's exception, `limit` the limit that was met, `index` the input it was at.
    `unsure`: somebody or something else may have done this, so the host grades the sample once more.
    `is_final`: it holds for the sample even where its tests swallowed it.
    """

    is_final = True

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


def verdict_of(error: BaseException) -> SampleEnd:
    """Say what an exception that left the tests means: the candidate's own, a failed comparison, a test's trouble."""
    end = getattr(error, "end", None)
    if isinstance(end, SampleEnd):
        return end
    where, text = _place(error), text_of_error(error)
    if isinstance(error, AssertionError):
        return SampleEnd("wrong", f"assertion failed{where}" + (f": {text}" if text else ""))
    if isinstance(error, MemoryError):
        return SampleEnd("output_limit", "its answers do not fit in the memory of the tests", limit="output")
    return SampleEnd("wrong", f"a test raised {type(error).__name__}{where}: {text}")


def _place(error: BaseException) -> str:
    line, at = 0, error.__traceback__
    while at is not None:
        if at.tb_frame.f_code.co_filename == TESTS:
            line = at.tb_lineno
        at = at.tb_next
    return f" in line {line} of the tests" if line else ""


def conclude(end: SampleEnd | None, ended: Ended, cpu_limit: float) -> SampleEnd | None:
    """Give the final verdict on a sample from what the tests saw and how its process ended; None is a pass."""
    if ended.leftovers & frames.UNCONFINED:
        return SampleEnd("internal", "its process ended before it was confined", unsure=True)
    if end is not None:
        refined = refine(end, ended.status, ended.leftovers, ended.printed_bytes)
        refined.index = end.index
        return refined
    if ended.cpu_s > cpu_limit:
        end = SampleEnd("timeout", f"more than {cpu_limit:g} s of cpu", limit="cpu")
    elif ended.printed_bytes >= FLOOD_BYTES:
        end = SampleEnd("output_limit", "printed more than may be kept", limit="output")
    if end is not None:
        end.index = sys.maxsize  # all answers were right: no input is at fault
    return end


def refine(end: SampleEnd, status: int, leftovers: int, printed_bytes: int) -> SampleEnd:  # noqa: PLR0911 - a table, first match wins
    """Name the outcome by what the kernel counted, where that tells more than the end of a pipe."""
    if end.limit == "wall" and leftovers & frames.OUT_OF_MEMORY:  # it waited for a child that the kernel had ended
        return SampleEnd("memory", "the box ran out of memory", limit="memory")
    if end.outcome in ("timeout", "syntax", "internal"):
        return end
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) and not leftovers & frames.KILLED else 0
    if number == signal.SIGXCPU:
        return SampleEnd("timeout", "the kernel's cpu limit", limit="cpu")
    if leftovers & frames.OUT_OF_MEMORY:
        return SampleEnd("memory", "the box ran out of memory", limit="memory")
    if printed_bytes >= FLOOD_BYTES:
        return SampleEnd("output_limit", "printed more than may be kept", limit="output")
    if leftovers & frames.DISK_FULL:
        return SampleEnd("disk_limit", "the scratch folder is full", limit="disk")
    if leftovers & frames.MANY_PROCESSES:
        return SampleEnd("process_limit", "process limit reached", limit="processes")
    if number == signal.SIGSYS:
        return SampleEnd("forbidden", "a system call that graded code may not make")
    if number:
        return SampleEnd("signal", f"ended by signal {number}", unsure=number not in OWN_SIGNALS)
    return end
