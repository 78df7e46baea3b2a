"""The grader of programs: builds a sample once, runs it anew for each case, compares what it printed.

It holds the cases, what is expected and a task's checker, and never runs what a sample brought. A program's process is
told of one case: the next one's input leaves this process when the case before is over and all of its processes are
gone.
"""

from __future__ import annotations

import math
import re
import signal
import time
from typing import TYPE_CHECKING, NamedTuple

import frames
from channel import ALIVE, PULSE_S
from grader import Dispatcher
from program_candidate import FOLDERS
from program_channel import ProgramChannel, Ran
from program_frames import BUILT, MAX_ARTEFACT, MAX_TEXT, MISSING, REFUSED, RUNNING, STATUS
from program_verdicts import CaseEnd, conclude_case, failed_build
from streams import Nowhere
from texts import text_of_error
from verdicts import SampleEnd

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Sequence
    from typing import Any

    from program_frames import ComparisonMessage, Launch, ProgramLimits, ProgramMessage
    from streams import Host
    from usage import BoxCounts

COMPARE_CPU_S, COMPARE_WALL_S = 10.0, 50.0  # what a checker may compute over one output, and how long it may wait
LOG_BYTES = 1 << 20  # of standard error that are looked at, at the most
KEPT_BYTES = 8 << 20  # of what all cases of a sample printed, for the result, and as many of standard error


class ProgramDispatcher(Dispatcher):
    """Takes frames from the host and answers them until the task ends."""

    compare_cpu_s, compare_wall_s = COMPARE_CPU_S, COMPARE_WALL_S

    def take_programs(self, message: ProgramMessage) -> None:
        self.task, self.flaw = message, ""
        try:
            self.comparer = Comparer(message["comparison"])
        except Exception as error:  # whatever a user wrote: each sample is told, instead of losing its box
            self.flaw = f"the checker is not Python: {type(error).__name__}: {text_of_error(error)}"

    def take_program(self, number: int, code: bytes) -> None:
        sample = Sample(self, self.task, code)
        if self.flaw:
            sample.end = SampleEnd("internal", self.flaw)
        else:
            sample.grade()
        self.report(sample.verdict(number))

    def alive(self) -> None:
        """Give the host a sign of life, now and then: many short cases are as long as a long one."""
        if time.monotonic() - self.sent > PULSE_S:
            self.flush(ALIVE)

    def end_judging(self, *_: object) -> None:
        if self.judging:
            raise SampleEnd("timeout", "comparing did not finish on its output", limit="cpu")

    def end_waiting(self, *_: object) -> None:
        """End the sample, as the handler of an alarm: a checker waits for something, which is no output's fault."""
        if self.judging:
            raise SampleEnd("internal", "the checker did not end")

    def compare(self, answer: Answer) -> SampleEnd | None:
        """Compare within a limit on what that may compute; None where the answer is right.

        A checker is to say False. One that raises over an output may have been made to by it, so that the sample would
        be left out of the score: if it does not raise over what is expected, the output is at fault.
        """
        try:
            fault = self.fault_in_time(answer)
        except SampleEnd as end:
            return end
        except MemoryError:
            return SampleEnd("output_limit", "its output does not fit in the memory of the checker", limit="output")
        except BaseException as error:
            outcome: frames.Outcome = "wrong" if self.is_sound(answer) else "internal"
            return SampleEnd(outcome, f"the checker raised {type(error).__name__}: {text_of_error(error)}")
        return None if fault is None else SampleEnd("wrong", fault)

    def fault_in_time(self, answer: Answer) -> str | None:
        """Compare; raise SampleEnd where that takes too long, and what a checker raises."""
        try:
            if self.nowhere is not None:
                self.nowhere.renew()
            self.judging = True
            signal.setitimer(signal.ITIMER_PROF, self.compare_cpu_s, 1.0)
            signal.signal(signal.SIGALRM, self.end_waiting)
            signal.setitimer(signal.ITIMER_REAL, self.compare_wall_s, 1.0)
            return self.comparer.fault(answer)
        finally:
            self.judging = False
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.setitimer(signal.ITIMER_REAL, 0)

    def is_sound(self, answer: Answer) -> bool:
        try:
            self.fault_in_time(answer._replace(output=answer.expected))
        except BaseException:
            return False
        return True


class Sample:
    """One program on its way through the cases."""

    def __init__(self, grader: ProgramDispatcher, task: ProgramMessage, code: bytes) -> None:
        self.grader, self.task, self.language = grader, task, task["language"]
        self.files = (*task["files"], (self.language["source"], code))
        self.program = b""
        self.built: CaseEnd | None = None
        self.cases: list[CaseEnd] = []
        self.end: SampleEnd | None = None  # what it came to before any case
        self.used_s = 0.0

    def grade(self) -> None:
        if self.language["build"]:
            self.build()
        if self.end is not None:
            return
        for stdin, expected in self.task["cases"]:
            case = self.run(stdin, expected)
            self.cases.append(case)
            self.grader.alive()
            failed = case.end is not None and case.end.outcome != "no_tests"
            if failed and (case.internal or not self.task["all_cases"]):
                return

    def build(self) -> None:
        artefact = self.language["artefact"]
        launch = self.launch("build", self.language["build"], artefact=artefact)
        ran = self.start(launch, b"", b"", self.task["build_limits"], MAX_ARTEFACT + STATUS.size)
        end = self.not_started(ran, BUILT) or conclude_case(ran, self.task["build_limits"]["cpu_s"])
        status = STATUS.unpack_from(ran.output)[0] if end is None else ran.ended.status
        self.program = ran.output[STATUS.size :] if artefact and end is None else b""
        if end is None and status:
            end = failed_build(self.language["refused"], status, ran.ended.log)
        elif end is None and artefact and not 0 < len(self.program) <= MAX_ARTEFACT:
            end = SampleEnd("build_failed", "the compiler made no program, or one that is too large")
        self.built = CaseEnd(ran.ended._replace(status=status), b"", ran.ended.log, truncated=False, end=end)
        self.end = end

    def run(self, stdin: bytes, expected: bytes | None) -> CaseEnd:
        limits = self.task["limits"]
        left_s = self.task["total_cpu_s"] - self.used_s
        if left_s <= 0:
            reason = f"all cases together took {self.task['total_cpu_s']:g} s of cpu"
            return CaseEnd.not_run(SampleEnd("timeout", reason, limit="cpu"))
        run = self.language["run"]
        argv = (*(run or (self.language["source"],)), *self.task["arguments"])
        launch = self.launch("run" if run else "python", argv, stdin_bytes=len(stdin))
        program = b"" if self.language["beside"] else self.program
        ran = self.start(launch, program, stdin, limits, limits["output_bytes"])
        self.used_s += ran.ended.cpu_s
        end = self.not_started(ran, RUNNING) or conclude_case(ran, limits["cpu_s"])
        if end is None and expected is None:
            end = SampleEnd("no_tests", "nothing is expected of it")
        elif end is None and expected is not None:
            end = self.grader.compare(Answer(stdin, ran.output, expected))
        output = ran.output if ran.start == RUNNING else b""
        return CaseEnd(ran.ended, output, ran.ended.log, truncated=ran.truncated, end=end)

    def start(self, launch: Launch, program: bytes, stdin: bytes, limits: ProgramLimits, most_bytes: int) -> Ran:
        channel = ProgramChannel(
            self.grader.supervisor,
            limits,
            any_address=self.language["any_address"],
            most_bytes=most_bytes,
            pulse=self.grader.flush,
            counts=self.grader.counts,
        )
        return channel.run(launch, program, stdin, LOG_BYTES)

    def launch(self, kind: Any, argv: tuple[str, ...], *, artefact: str = "", stdin_bytes: int = 0) -> Launch:
        beside = self.language["beside"] and self.program != b""
        return {
            "kind": kind,
            "argv": argv,
            "files": (*self.files, (self.language["artefact"], self.program)) if beside else self.files,
            "artefact": artefact,
            "program_bytes": 0 if beside else len(self.program),
            "stdin_bytes": stdin_bytes,
            "stack_bytes": self.language["stack_bytes"],
        }

    def not_started(self, ran: Ran, wanted: bytes) -> SampleEnd | None:
        """Say why nothing of it ran; None where it did, or where the limits say it."""
        text = ran.output[:MAX_TEXT].decode("utf-8", "backslashreplace")
        if ran.start == REFUSED:
            return SampleEnd(self.language["refused"], text, error=text.partition(":")[0])
        if ran.start == MISSING:
            return SampleEnd("internal", f"there is no {text} in {', '.join(FOLDERS)} of this box")
        if ran.start == wanted or (ran.end is not None and ran.end.limit is not None):
            return None
        if ran.ended.leftovers & frames.OUT_OF_MEMORY:
            return SampleEnd("memory", "the box ran out of memory", limit="memory")
        return SampleEnd("internal", "its process ended before it ran", unsure=True)

    def verdict(self, number: int) -> dict[str, Any]:
        most = max(self.task["limits"]["output_bytes"], KEPT_BYTES)
        kept = {"output": most, "errors": most}
        return {
            "number": number,
            "end": None if self.end is None else self.end.reason,
            "outcome": None if self.end is None else self.end.outcome,
            "unsure": any(case.unsure for case in (*self.cases, *([self.built] if self.built else []))),
            "built": None if self.built is None else self.built.report(kept),
            "cases": [case.report(kept) for case in self.cases],
        }


def main(supervisor: socket.socket, host: Host, *, log_limit: int, counts: BoxCounts) -> int:
    dispatcher = ProgramDispatcher(supervisor, host, log_limit, counts)
    dispatcher.nowhere = Nowhere()
    return dispatcher.serve()


# What a program printed is compared in time that grows with its length, whatever it is. It is hostile: nothing here
# evaluates it, and numbers are read from short tokens of plain digits alone.

MAX_DIGITS = 400  # of a token that is read as a number; a float has at most 309 before its point
SHOWN = 60
_NUMBER = re.compile(rb"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,5})?")


class Answer(NamedTuple):
    """One case as it went: what was put in, what came out, what was expected."""

    stdin: bytes
    output: bytes
    expected: bytes


class Comparer:
    """A task's way of comparing, compiled once. Raises whatever a checker's own source raises when it is compiled."""

    def __init__(self, comparison: ComparisonMessage) -> None:
        self.rule, self.rel_tol, self.abs_tol = comparison["rule"], comparison["rel_tol"], comparison["abs_tol"]
        source = comparison["checker"]
        self.checker = None if source is None else compile(source, "<checker>", "exec", dont_inherit=True)

    def fault(self, answer: Answer) -> str | None:
        """Say what is wrong with an answer, None if nothing is. It never tells what was expected.

        Raises whatever a checker raises.
        """
        try:
            text = answer.output.decode()
        except UnicodeDecodeError as error:
            return f"its output is not UTF-8, from byte {error.start}"
        if self.rule == "checker":
            return None if self.accept()(answer.stdin.decode(), text, answer.expected.decode()) else "not accepted"
        if answer.output == answer.expected:
            return None
        if self.rule == "exact":
            return f"not the expected output, from byte {first_difference(answer.output, answer.expected)}"
        if self.rule == "trailing_space":
            return fault_in(stripped(answer.output), stripped(answer.expected), "line", bytes.__eq__)
        same = self.same_number if self.rule == "numbers" else bytes.__eq__
        return fault_in(answer.output.split(), answer.expected.split(), "token", same)

    def accept(self) -> Callable[[str, str, str], Any]:
        """A checker, in a namespace that nothing has been left in."""
        namespace: dict[str, Any] = {"__name__": "checker"}
        if self.checker is not None:
            exec(self.checker, namespace)
        accept: Callable[[str, str, str], Any] = namespace["accept"]
        return accept

    def same_number(self, printed: bytes, expected: bytes) -> bool:
        if printed == expected:
            return True
        left, right = number(printed), number(expected)
        if left is None or right is None:
            return False
        return abs(left - right) <= max(self.rel_tol * abs(right), self.abs_tol)


def number(token: bytes) -> float | None:
    """Read a finite number in decimal digits; None for any other token."""
    if len(token) > MAX_DIGITS or not _NUMBER.fullmatch(token):
        return None
    value = float(token)
    return value if math.isfinite(value) else None


def stripped(text: bytes) -> list[bytes]:
    return [line.rstrip() for line in text.rstrip().split(b"\n")]


def fault_in(
    printed: Sequence[bytes], expected: Sequence[bytes], unit: str, same: Callable[[bytes, bytes], bool]
) -> str | None:
    for index, (left, right) in enumerate(zip(printed, expected, strict=False)):
        if not same(left, right):
            return f"{unit} {index + 1} is not the expected one: {left[:SHOWN].decode('utf-8', 'backslashreplace')!r}"
    if len(printed) != len(expected):
        return f"{len(printed)} {unit}s where {len(expected)} were expected"
    return None


def first_difference(left: bytes, right: bytes) -> int:
    """The index of the first byte that differs, or that only one has: by halves, since bytes compare fast."""
    low, high = 0, min(len(left), len(right))
    while low < high:
        middle = (low + high + 1) // 2
        if left[low:middle] == right[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
