"""The grader of programs with tests in their own process: starts one for each run, and relays its report.

It runs neither the program nor the tests, and believes nothing of the report but its form: what is worth what, the host
decides.
"""

from __future__ import annotations

import marshal
import os
from typing import TYPE_CHECKING

import frames
import plain
import procfs
from channel import GRACE_S
from grader import Dispatcher
from program_channel import PRINTED_TOO_MUCH, RUNTIME_BYTES, ProgramChannel, Ran
from program_frames import RUNNING
from program_verdicts import cut
from streams import Nowhere
from unittest_report import MAX_REPORT, Report, read_report
from verdicts import OWN_SIGNALS, SampleEnd, conclude

if TYPE_CHECKING:
    import socket
    from typing import Any, TypedDict

    from program_frames import ProgramLimits, Texts
    from streams import Host
    from usage import BoxCounts

    class UnitsMessage(TypedDict):
        """What the host tells of a task."""

        runner: str
        module: str
        setup: bytes
        files: Texts
        environment: tuple[tuple[str, str], ...]
        keep: tuple[str, ...]
        limits: ProgramLimits

    class Request(TypedDict):
        """What the process of one run is told."""

        runner: str
        module: str
        setup: bytes
        files: Texts
        environment: tuple[tuple[str, str], ...]
        keep: tuple[str, ...]
        program: bytes
        tests: bytes
        required: tuple[str, ...]
        key: str


MAX_OBSERVED = 4 << 20
LOG_BYTES = 1 << 20
NOTHING = Report([], [])


class UnitChannel(ProgramChannel):
    """A channel to a process that runs a program and its tests, and leaves its report in a file that it has mapped."""

    descriptors = 5

    def start_request(self) -> bytes:
        """Ask for a process with files for observations and for its report; its data is bounded, and not its addresses.

        What was imported before its fork, which this process has too, takes nothing of that.
        """
        data_bytes = self.limits["memory_bytes"] + RUNTIME_BYTES + procfs.data_bytes()
        processes = self.limits["processes"]
        return frames.PROGRAM_REQUEST.pack(
            frames.START_OBSERVED, self.cpu_limit, self.wall_limit + GRACE_S, -1, data_bytes, processes
        )

    def run_request(self, request: Request, log_limit: int) -> Ran:
        """Send the request, wait until the first process ends, end all others, and take the report."""
        end = None
        try:
            data = marshal.dumps(dict(request), plain.VERSION)
            self.write(frames.LENGTH.pack(len(data)) + data)
            self.follow()
        except SampleEnd as found:
            end = found
        ran = self.ran(end, log_limit, PRINTED_TOO_MUCH)._replace(output=self.reported)
        if len(self.reported) > MAX_REPORT and (ran.end is None or ran.end.limit is None):
            ran = ran._replace(end=SampleEnd("output_limit", "its report is longer than any", limit="output"))
        return ran

    def take_rest(self) -> None:
        super().take_rest()
        observed, report = self.others
        size = os.fstat(observed).st_size
        self.observed = os.pread(observed, min(size, MAX_OBSERVED), 0)
        self.observed_all = size <= MAX_OBSERVED
        (reported,) = frames.LENGTH.unpack(os.pread(report, frames.LENGTH.size, 0).ljust(frames.LENGTH.size, b"\0"))
        self.reported = os.pread(report, min(reported, MAX_REPORT + 1), frames.LENGTH.size)


class UnitDispatcher(Dispatcher):
    """Takes frames from the host and answers them, of as many tasks as come."""

    def take_units(self, message: UnitsMessage) -> None:
        self.task = message

    def take_unit(self, number: int, program: bytes, tests: bytes, required: tuple[str, ...]) -> None:
        task = self.task
        key = os.urandom(16).hex()
        request: Request = {
            "runner": task["runner"],
            "module": task["module"],
            "setup": task["setup"],
            "files": task["files"],
            "environment": task["environment"],
            "keep": task["keep"],
            "program": program,
            "tests": tests,
            "required": required,
            "key": key,
        }
        channel = UnitChannel(
            self.supervisor, task["limits"], most_bytes=MAX_REPORT, pulse=self.flush, counts=self.counts
        )
        ran = channel.run_request(request, LOG_BYTES)
        end, report = judged(ran, key, request["keep"], task["limits"]["cpu_s"])
        self.report(self.message(number, ran, end, report, channel))

    def message(
        self, number: int, ran: Ran, end: SampleEnd | None, report: Report, channel: UnitChannel
    ) -> dict[str, Any]:
        status, known = ran.ended.status, not ran.ended.leftovers & frames.KILLED
        log, is_cut = cut(ran.ended.log, self.task["limits"]["output_bytes"])
        return {
            "number": number,
            "outcome": end.outcome if end else None,
            "reason": end.reason if end else "",
            "error_type": end.error if end else None,
            "limit": end.limit if end else None,
            "unsure": end is not None and end.unsure,
            "tests": [{"test": test, "status": status, "reason": reason} for test, status, reason in report.tests],
            "exit_code": os.WEXITSTATUS(status) if known and os.WIFEXITED(status) else None,
            "signal": os.WTERMSIG(status) if known and os.WIFSIGNALED(status) else None,
            "observations": channel.observed.hex(),
            "observed_all": channel.observed_all,
            "files": [{"name": name, "data": data} for name, data in report.files],
            "output": log.decode("utf-8", "backslashreplace"),
            "output_truncated": is_cut or ran.ended.printed_bytes > len(log),
            "cpu_s": ran.ended.cpu_s,
            "wall_s": ran.ended.wall_s,
            "memory_bytes": ran.ended.memory_bytes or None,
        }


def judged(ran: Ran, key: str, keep: tuple[str, ...], cpu_limit: float) -> tuple[SampleEnd | None, Report]:
    """Say what a run came to by how it ended, and read its report; no end where that is in order."""
    end, report = ran.end, NOTHING
    if end is None or end.limit is None:
        try:
            report = read_report(ran.output, key, keep) if ran.start == RUNNING else NOTHING
            end = end or ended_otherwise(ran, report)
        except SampleEnd as found:
            end = end or found
    if ran.start != RUNNING and (end is None or end.limit is None) and not ran.ended.leftovers & frames.OUT_OF_MEMORY:
        return SampleEnd("internal", "its process ended before it ran", unsure=True), NOTHING
    concluded = conclude(end, ran.ended, cpu_limit)
    return concluded, report if concluded is None else NOTHING


def ended_otherwise(ran: Ran, report: Report) -> SampleEnd | None:
    """Say what speaks against a whole report: a signal, or an exit status that is not that of the report."""
    status = ran.ended.status
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return SampleEnd("signal", f"ended by signal {number}", unsure=number not in OWN_SIGNALS)
    passed = all(status in ("passed", "skipped", "expected_failure") for _, status, _ in report.tests)
    wanted = 0 if passed else 1
    if os.WEXITSTATUS(status) != wanted:
        return SampleEnd("tampered", f"exit status {os.WEXITSTATUS(status)} where its report is of {wanted}")
    return None


def main(supervisor: socket.socket, host: Host, *, log_limit: int, counts: BoxCounts) -> int:
    dispatcher = UnitDispatcher(supervisor, host, log_limit, counts)
    dispatcher.nowhere = Nowhere()
    return dispatcher.serve()
