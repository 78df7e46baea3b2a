"""What one run of a program came to: its outcome by what the kernel said of it, and the part of a result."""

from __future__ import annotations

import os
import re
import signal
from typing import TYPE_CHECKING, NamedTuple

import frames
from verdicts import OWN_SIGNALS, Ended, SampleEnd, conclude

if TYPE_CHECKING:
    from typing import Any

    from frames import Outcome
    from program_channel import Ran

SHORT = 1_000  # bytes of a case that passed: nobody looks for more
TAIL = 4_000  # of standard error, in which the reason is looked for
_ERROR = re.compile(rb"([A-Za-z_][A-Za-z0-9_.]{0,99})(?::(?: |$)|$)")
_OUT_OF_MEMORY = (
    *(b"OutOfMemoryError", b"MemoryError", b"std::bad_alloc", b"JavaScript heap out of memory"),
    b"fatal error: runtime: out of memory",
)
_NAMED_SO = ("MemoryError", "OutOfMemoryError", "runtime")  # the last of Go, whose error has no class
_JAVA = re.compile(rb'Exception in thread "[^"\n]{1,99}" ([A-Za-z_][A-Za-z0-9_.$]{0,199})')
_GO = re.compile(rb"(?:panic|fatal error): (runtime)?")


class CaseEnd(NamedTuple):
    """One run: how its processes ended, what it wrote, and what that comes to (`end` None: a pass)."""

    ended: Ended
    output: bytes
    errors: bytes
    truncated: bool
    end: SampleEnd | None

    @classmethod
    def not_run(cls, end: SampleEnd) -> CaseEnd:
        return cls(Ended(0, frames.KILLED, 0.0, 0.0, 0, 0, b""), b"", b"", truncated=False, end=end)

    @property
    def unsure(self) -> bool:
        return self.end is not None and self.end.unsure

    @property
    def internal(self) -> bool:
        return self.end is not None and self.end.outcome == "internal"

    def report(self, kept: dict[str, int]) -> dict[str, Any]:
        """Its part of the verdict; `kept` says how much of its output and errors may still be kept."""
        status, known = self.ended.status, not self.ended.leftovers & frames.KILLED
        most = SHORT if self.end is None else 1 << 30
        output, cut_output = cut(self.output, min(most, kept["output"]))
        errors, cut_errors = cut(self.errors, min(most, kept["errors"]))
        kept["output"] -= len(output)
        kept["errors"] -= len(errors)
        return {
            "outcome": "passed" if self.end is None else self.end.outcome,
            "reason": "" if self.end is None else self.end.reason,
            "error_type": None if self.end is None else self.end.error,
            "exit_code": os.WEXITSTATUS(status) if known and os.WIFEXITED(status) else None,
            "signal": os.WTERMSIG(status) if known and os.WIFSIGNALED(status) else None,
            "limit": None if self.end is None else self.end.limit,
            "cpu_s": self.ended.cpu_s,
            "wall_s": self.ended.wall_s,
            "memory_bytes": self.ended.memory_bytes or None,
            "output": output.decode("utf-8", "backslashreplace"),
            "errors": errors.decode("utf-8", "backslashreplace"),
            "output_truncated": self.truncated or cut_output or cut_errors,
        }


def cut(data: bytes, most: int) -> tuple[bytes, bool]:
    return data[:most], len(data) > most


def conclude_case(ran: Ran, cpu_limit: float) -> SampleEnd | None:
    """Say what a run came to before anybody looks at what it printed; None where it ended well."""
    ended, end = ran.ended, ran.end
    if end is None and ended.cpu_s > cpu_limit:
        return SampleEnd("timeout", f"more than {cpu_limit:g} s of cpu", limit="cpu")
    if end is None and ended.status:
        end = failure(ended)
    concluded = conclude(end, ended, cpu_limit)
    if end is not None and end.outcome in ("memory", "disk_limit") and concluded and concluded.outcome == "signal":
        return end  # the signal is how its runtime gave up
    return concluded


def failure(ended: Ended) -> SampleEnd:
    reason, error = last_words(ended.log)
    said = next((words for words in _OUT_OF_MEMORY if words in ended.log), None)
    if said is not None and (error in _NAMED_SO or is_aborted(ended)):
        return SampleEnd("memory", f"it had no memory left: {said.decode()}", error=error, limit="memory")
    if os.WIFSIGNALED(ended.status):
        number = os.WTERMSIG(ended.status)
        if number == signal.SIGXFSZ:
            return SampleEnd("disk_limit", "it wrote a file that is too large", limit="disk")
        return SampleEnd("signal", f"ended by signal {number}", unsure=number not in OWN_SIGNALS)
    outcome: Outcome = "forbidden" if error == "PermissionError" else "error"
    code = os.WEXITSTATUS(ended.status)
    return SampleEnd(outcome, f"exit code {code}: {reason}" if reason else f"exit code {code}", error=error)


def is_aborted(ended: Ended) -> bool:
    """Whether it called `abort`, as runtimes do that have no memory left."""
    return os.WIFSIGNALED(ended.status) and os.WTERMSIG(ended.status) == signal.SIGABRT


def last_words(log: bytes) -> tuple[str, str | None]:
    """The last line of standard error; the name of an exception where that is how it begins, after a traceback."""
    tail = log[-TAIL:]
    lines = [line for line in tail.splitlines() if line.strip()]
    if not lines:
        return "", None
    for pattern in (_JAVA, _GO):  # which print their stack after what went wrong
        told = next((match for match in map(pattern.match, log[: 16 * TAIL].splitlines()) if match), None)
        if told is not None:
            name = (told[1] or b"panic").decode().rpartition(".")[2]
            return told.string.decode("utf-8", "backslashreplace"), name
    match = _ERROR.match(lines[-1]) if b"Traceback (most recent call last):" in log or b"    at " in tail else None
    line = lines[-1]
    if b"    at " in tail and match is None:  # JavaScript: the error stands before its stack
        found = [one for one in lines if _ERROR.match(one) and b"Error" in one.partition(b":")[0]]
        line = found[-1] if found else line
        match = _ERROR.match(line) if found else None
    name = None if match is None else match[1].decode().rpartition(".")[2]
    return line.decode("utf-8", "backslashreplace"), name


def failed_build(outcome: Outcome, status: int, log: bytes) -> SampleEnd:
    """What a program came to that its compiler refused: the first line that says `error`, else the last."""
    lines = [line.strip() for line in log[: 16 * TAIL].splitlines() if line.strip()]
    named = [line for line in lines if b"error" in line.lower()]
    reason = (named or lines[-1:] or [b"the compiler failed"])[0].decode("utf-8", "backslashreplace")
    if os.WIFSIGNALED(status):
        return SampleEnd("build_failed", f"the compiler ended by signal {os.WTERMSIG(status)}")
    return SampleEnd(outcome, reason)
