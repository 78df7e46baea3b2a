"""What crosses the border of a box whose tests run beside the program: one run goes in, one report comes out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.unittest.task import UnitStatus  # noqa: TC001 - as below
from boxscore.protocols.wire import pack
from boxscore.records import LimitName, Outcome  # noqa: TC001 - msgspec reads the annotations when it decodes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.protocols.unittest.task import UnittestTask
    from boxscore.records import Limits

MAX_OBSERVED = 4 << 20  # bytes of observations; as in sandbox/unittest_grader.py
MAX_KEPT = 2 << 20  # bytes of all files that are kept; as in sandbox/unittest_report.py
ESCAPED = 6  # bytes that a byte of output may become in a frame
TEST_BYTES = 8_192  # of a test in a frame: its id and its reason, escaped
HEXADECIMAL = 2


class ReportedTest(Struct, frozen=True, forbid_unknown_fields=True):
    """What the program's process said of one test, with a reason for people."""

    test: str
    status: UnitStatus
    reason: str


class KeptFile(Struct, frozen=True, forbid_unknown_fields=True):
    """A file of the working folder, in hexadecimal digits."""

    name: str
    data: str


class UnitReport(Struct, frozen=True, forbid_unknown_fields=True):
    """What a grader saw of one run, named by the number the host gave it.

    `outcome` is what the run came to by its limits, its end and the form of its report; None where it ran to an end and
    reported its tests. `exit_code` and `signal` are the first process' own, both None where others ended it.
    """

    number: int
    outcome: Outcome | None
    reason: str
    error_type: str | None
    limit: LimitName | None
    unsure: bool
    tests: tuple[ReportedTest, ...]
    exit_code: int | None
    signal: int | None
    observations: str
    observed_all: bool
    files: tuple[KeptFile, ...]
    output: str
    output_truncated: bool
    cpu_s: float
    wall_s: float
    memory_bytes: int | None


def most_bytes(task: UnittestTask) -> int:
    """How long the frame of a report may be."""
    tests = TEST_BYTES * (2 * len(task.required) + 1_000)
    return ESCAPED * task.limits.output_bytes + HEXADECIMAL * (MAX_OBSERVED + 2 * MAX_KEPT) + tests + 65_536


def task_frame(task: UnittestTask, *, limits: Limits) -> bytes:
    """What the grader in a box gets to know of a task, under the limits in force."""
    message = {
        "runner": task.runner,
        "module": task.module,
        "setup": _text(task.setup),
        "files": task.files,
        "environment": task.environment,
        "keep": task.keep,
        "limits": {
            "cpu_s": limits.cpu_s,
            "wall_s": limits.wall_s,
            "memory_bytes": limits.memory_bytes,
            "processes": limits.processes,
            "output_bytes": limits.output_bytes,
        },
    }
    return pack(("units", message))


def run_frame(number: int, program: str, tests: str, required: Sequence[str]) -> bytes:
    """One run of a program with tests, which may be others than the task's."""
    return pack(("unit", number, _text(program), _text(tests), tuple(required)))


def _text(source: str) -> bytes:
    """A source as bytes; what is no text in any encoding is left to Python in the box to refuse."""
    return source.encode("utf-8", "surrogatepass")
