"""What crosses the border of a box that runs programs: a task goes in, a verdict comes out, strictly decoded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.program.detail import CaseResult
from boxscore.protocols.program.languages import LANGUAGES
from boxscore.protocols.program.languages import message as language_message
from boxscore.protocols.wire import pack
from boxscore.records import LimitName, Outcome  # noqa: TC001 - msgspec reads the annotations

if TYPE_CHECKING:
    from boxscore.protocols.program.task import ProgramTask
    from boxscore.records import Limits

KEPT_BYTES = 8 << 20  # as in sandbox/program_grader.py
ESCAPED = 6  # bytes that a byte of output may become in a frame
CASE_BYTES = 16_384  # of a case in a frame beside what it wrote: a reason, and numbers


class CaseReport(Struct, frozen=True, forbid_unknown_fields=True):
    """What a grader saw of one run of a program."""

    outcome: Outcome
    reason: str
    error_type: str | None
    exit_code: int | None
    signal: int | None
    limit: LimitName | None
    cpu_s: float
    wall_s: float
    memory_bytes: int | None
    output: str
    errors: str
    output_truncated: bool

    def result(self) -> CaseResult:
        """The record of it."""
        return CaseResult(
            outcome=self.outcome,
            reason=self.reason,
            exit_code=self.exit_code,
            signal=self.signal,
            limit=self.limit,
            cpu_s=round(self.cpu_s, 6),
            wall_s=round(self.wall_s, 6),
            memory_bytes=self.memory_bytes,
            output=self.output,
            errors=self.errors,
            output_truncated=self.output_truncated,
        )


class ProgramVerdict(Struct, frozen=True, forbid_unknown_fields=True):
    """What a grader saw of one sample, named by the number the host gave it.

    `outcome` and `end` are set where it came to something before any case.
    """

    number: int
    outcome: Outcome | None
    end: str | None
    unsure: bool
    built: CaseReport | None
    cases: tuple[CaseReport, ...]

    @property
    def reason(self) -> str:
        """Why it is what it is: for the log."""
        return self.end or next((case.reason for case in self.cases if case.reason), "")


def most_bytes(task: ProgramTask) -> int:
    """How long the frame of a verdict may be."""
    kept = max(task.limits.output_bytes, KEPT_BYTES)
    return 2 * ESCAPED * kept + CASE_BYTES * (len(task.cases) + 2)


def task_frame(task: ProgramTask, *, limits: Limits) -> bytes:
    """What the grader in a box gets to know of a task, under the limits in force of each case."""
    language = LANGUAGES[task.language]
    comparison = task.comparison
    message = {
        "language": language_message(language, limits),
        "cases": tuple(
            (case.stdin.encode(), None if case.expected is None else case.expected.encode()) for case in task.cases
        ),
        "comparison": {
            "rule": comparison.rule.value,
            "rel_tol": comparison.rel_tol,
            "abs_tol": comparison.abs_tol,
            "checker": comparison.checker,
        },
        "limits": _limits(limits),
        "build_limits": _limits(task.compile_limits),
        "total_cpu_s": task.total_cpu_s,
        "files": tuple((name, text.encode()) for name, text in task.files),
        "arguments": task.arguments,
        "all_cases": task.all_cases,
    }
    return pack(("programs", message))


def sample_frame(number: int, code: str) -> bytes:
    """One sample; what is no text in any encoding is left to the language to refuse."""
    return pack(("program", number, code.encode("utf-8", "surrogatepass")))


def _limits(limits: Limits) -> dict[str, object]:
    return {
        "cpu_s": limits.cpu_s,
        "wall_s": max(limits.wall_s, limits.cpu_s),
        "memory_bytes": limits.memory_bytes,
        "processes": limits.processes,
        "output_bytes": limits.output_bytes,
    }
