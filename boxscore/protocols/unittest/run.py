"""One run of a program with tests in a warm box, and what came out of it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.errors import ProtocolError
from boxscore.protocols.supervised import GRACE_S
from boxscore.protocols.unittest.task import UnitStatus, limits_in_force
from boxscore.protocols.wire import pack
from boxscore.records import LimitName, Outcome  # noqa: TC001 - fields of records that are decoded

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boxscore.protocols.unittest.task import UnittestTask
    from boxscore.protocols.warm import WarmBox
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


def _text(source: str) -> bytes:
    """A source as bytes; what is no text in any encoding is left to Python in the box to refuse."""
    return source.encode("utf-8", "surrogatepass")


OBSERVATIONS = "/proc/self/fd/5"
"""Where tests write what their comparisons saw: an anonymous file that is read when all processes have ended."""

NUMBER_BITS = 48


class UnitRun(Struct, frozen=True, kw_only=True):
    """What one run said and came to. Statuses and observations are the word of the program's own process.

    `outcome` is what limits, the end of the process or the form of its report made of it, with `limit`, `signal` and
    `reason`; None where it ran to its end and reported. Without an outcome `statuses` name each test that was reported,
    once, and `reasons` those that have one. `observations` are at most 4 MiB, `observed_all` False where there was
    more. `files` are those of the working folder that were to be kept.
    """

    outcome: Outcome | None = None
    reason: str = ""
    statuses: Mapping[str, UnitStatus] = {}
    reasons: Mapping[str, str] = {}
    observations: bytes = b""
    observed_all: bool = True
    exit_code: int | None = None
    signal: int | None = None
    limit: LimitName | None = None
    error_type: str | None = None
    unsure: bool = False
    files: Mapping[str, bytes] = {}
    output: str = ""
    output_truncated: bool = False
    cpu_s: float = 0.0
    wall_s: float = 0.0
    memory_bytes: int | None = None


def run_unit(warm: WarmBox, task: UnittestTask, program: str, tests: str, required: Sequence[str]) -> UnitRun:
    """Run a program with tests, in a new process with a new identity in the box.

    Raises BoxLost, TimeoutError or ProtocolError where the box gives no report, which says nothing of the program.
    """
    limits = limits_in_force(task)
    number = secrets.randbits(NUMBER_BITS)
    patience_s = limits.wall_s + GRACE_S
    asked = pack(("unit", number, _text(program), _text(tests), tuple(required)))
    warm.send(task_frame(task, limits=limits) + asked, patience_s)
    report = warm.message(UnitReport, patience_s, most_bytes(task))
    if report.number != number:
        raise ProtocolError("a report out of turn")
    return run_of(report)


def run_of(report: UnitReport) -> UnitRun:
    """Decode a report. Raises ProtocolError for one that no grader of ours makes."""
    statuses = {one.test: one.status for one in report.tests}
    if len(statuses) != len(report.tests):
        raise ProtocolError("a report that names a test twice came out of a box")
    try:
        observations = bytes.fromhex(report.observations)
        files = {one.name: bytes.fromhex(one.data) for one in report.files}
    except ValueError as error:
        raise ProtocolError(f"a report that is not hexadecimal came out of a box: {error}") from None
    return UnitRun(
        outcome=report.outcome,
        reason=report.reason,
        statuses=statuses,
        reasons={one.test: one.reason for one in report.tests if one.reason},
        observations=observations,
        observed_all=report.observed_all,
        exit_code=report.exit_code,
        signal=report.signal,
        limit=report.limit,
        error_type=report.error_type,
        unsure=report.unsure,
        files=files,
        output=report.output,
        output_truncated=report.output_truncated,
        cpu_s=report.cpu_s,
        wall_s=report.wall_s,
        memory_bytes=report.memory_bytes,
    )
