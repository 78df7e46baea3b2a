"""One run of a program with tests in a warm box, and what came out of it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.errors import ProtocolError
from boxscore.protocols.supervised import GRACE_S
from boxscore.protocols.unittest.task import UnitStatus, limits_in_force
from boxscore.protocols.unittest.wire import UnitReport, most_bytes, run_frame, task_frame
from boxscore.records import LimitName, Outcome  # noqa: TC001 - fields of a record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boxscore.protocols.unittest.task import UnittestTask
    from boxscore.protocols.warm import WarmBox

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
    frames = (task_frame(task, limits=limits), run_frame(number, program, tests, required))
    warm.send(b"".join(frames), patience_s)
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
