"""The grader: reads one instance and its samples from the host, runs the benchmark's tests, reports what it saw.

It runs the benchmark's own code only. The candidate is a pair of pipes (`line.py`): tests call proxies, arguments go
out as plain data, answers come back as claims that are decoded strictly (`plain.rebuild`) and compared here.
"""

from __future__ import annotations

import marshal
import select
import signal
import struct
import time
from typing import TYPE_CHECKING

import plain
import wire
from judging import Instance
from line import Line
from texts import text_of_error
from verdicts import Ended, Stop, settle

if TYPE_CHECKING:
    import socket
    from typing import Any

    from usage import BoxCounts
    from wire import Limits, Outcome, Told

END_OF_INPUT = 3
REPORT_S, REPORT_BYTES = 0.025, 16_384
SECONDS = struct.Struct("<d")  # stands before each claim of a timed batch
NOT_STARTED = Ended(0, 0, 0.0, 0.0, 0, 0, b"")
OWN_CPU_S, OWN_CPU_FACTOR = 10.0, 2.0  # what tests may compute over answers: so much, and this for each of the sample's


class Desk:
    """Takes frames from the host and answers them until the instance ends."""

    instance: Instance
    own_cpu_s = OWN_CPU_S

    def __init__(self, control: socket.socket, log_limit: int, counts: BoxCounts | None = None) -> None:
        self.control, self.log_limit, self.counts = control, log_limit, counts
        self.judging = False
        signal.signal(signal.SIGPROF, self.end_judging)
        self.outbox: list[bytes] = []
        self.sent = time.monotonic()
        self.inbox = select.poll()
        self.inbox.register(0, select.POLLIN)

    def report(self, verdict: dict[str, Any]) -> None:
        """Keep a verdict for the host, and send what is kept when nothing more waits to be graded or at intervals.

        Each write wakes every process between the host and the box, which costs as much as grading a small sample.
        """
        self.outbox.append(wire.frame_of(verdict))
        late = time.monotonic() - self.sent > REPORT_S or sum(map(len, self.outbox)) > REPORT_BYTES
        if late or not self.inbox.poll(0):
            self.flush()

    def flush(self, sign: bytes = b"") -> None:
        """Send the verdicts that are kept, then a sign of life if there is one."""
        wire.write_all(1, b"".join(self.outbox) + sign)
        self.outbox.clear()
        self.sent = time.monotonic()

    def serve(self) -> int:
        """Answer frames; return the exit status: 0 after an instance, END_OF_INPUT when the host has no more."""
        while True:
            frame = wire.read_frame(0)
            if frame is None:
                return END_OF_INPUT
            kind, *rest = marshal.loads(frame)
            if kind == "end":
                self.flush()
                return 0
            getattr(self, "take_" + kind)(*rest)

    def take_instance(self, told: Told) -> None:
        """Get ready for the samples of one instance."""
        self.instance = Instance(told)

    def end_judging(self, *_: object) -> None:
        """End the sample, as the handler of this process' own clock: the tests compute for ever over its answers."""
        if self.judging:
            raise Stop("timeout", "the tests did not finish on its answers", limit="cpu")

    def judge(self, line: Line, code: str) -> Stop | None:
        """Grade one candidate within a limit on what the tests themselves may compute; None is a pass."""
        try:
            try:
                self.judging = True
                signal.setitimer(signal.ITIMER_PROF, self.own_cpu_s + OWN_CPU_FACTOR * line.cpu_limit, 1.0)
                self.instance.judge(line, code)
            finally:
                self.judging = False
                signal.setitimer(signal.ITIMER_PROF, 0)
        except Stop as found:
            return found
        except MemoryError:
            return Stop("output_limit", "its answers do not fit in the memory of the tests", limit="output")
        except Exception as error:  # a mistake of ours, which is nobody's verdict
            return Stop("internal", f"grading raised {type(error).__name__}: {text_of_error(error)}")
        return None

    def take_sample(self, number: int, code: str) -> None:
        """Grade one sample and report the verdict under its number; nothing is started for a flawed instance."""
        told = self.instance.told
        if self.instance.flaw:
            self.report_verdict(number, Stop("internal", self.instance.flaw), NOT_STARTED)
            return
        line = Line(self.control, told["limits"], changes=told["mutates"], pulse=self.flush, counts=self.counts)
        stop = self.judge(line, code)
        ended = line.end(self.log_limit)
        self.report_verdict(number, settle(stop, ended, line.total_limit), ended)

    def report_verdict(self, number: int, stop: Stop | None, ended: Ended) -> None:
        """Report what a sample came to; None is a pass."""
        self.report(
            {
                "number": number,
                "outcome": stop.outcome if stop else "passed",
                "reason": stop.reason if stop else "",
                "error_type": stop.error if stop else None,
                "limit": stop.limit if stop else None,
                "unsure": stop is not None and stop.unsure,
                "parts": self.parts_of(stop),
                "output": ended.log.decode("utf-8", "backslashreplace"),
                "output_truncated": ended.printed_bytes > len(ended.log),
                "cpu_s": ended.cpu_s,
                "wall_s": ended.wall_s,
                "memory_bytes": ended.memory_bytes or None,  # 0 where nobody could tell
            }
        )

    def parts_of(self, stop: Stop | None) -> dict[str, Outcome]:
        """Say what the sample came to on the base inputs alone and on all, where the instance tells them apart."""
        inputs = self.instance.inputs
        if inputs is None or not inputs["base"]:
            return {}
        outcome: Outcome = stop.outcome if stop else "passed"
        in_plus = stop is not None and stop.index >= inputs["base"]
        return {"base": "passed" if in_plus else outcome, "plus": outcome}

    def take_truth(self, code: str, name: str, arguments: tuple[Any, ...], limits: Limits) -> None:
        """Run the reference over the inputs and report its answers and times."""
        line, reason = Line(self.control, limits, pulse=self.flush, counts=self.counts), ""
        claims: list[bytes] = []
        seconds: list[float] = []
        try:
            line.load(code)
            timed = True
            line.send("batch", name, arguments, timed, ())
            for _ in arguments:
                data = line.receive()
                claim = data[SECONDS.size :]
                if claim[:1] not in (wire.VALUE, wire.DIGEST):
                    line.value(claim, None)
                    raise Stop("error", "an answer is not plain data")  # noqa: TRY301 - as if the line had raised it
                seconds.append(SECONDS.unpack_from(data)[0])
                claims.append(claim)
            identical = [claim[:1] == wire.DIGEST or not has_nan(plain.rebuild(claim[1:])) for claim in claims]
        except Stop as stop:
            reason, identical = stop.reason, []
        except Exception as error:
            reason, identical = str(error), []
        if line.end(self.log_limit).leftovers & wire.UNCONFINED:
            raise wire.Trouble("start", "the reference's process ended before it was confined")
        hexadecimal = [claim.hex() for claim in claims]
        wire.reply({"reason": reason, "claims": hexadecimal, "cpu_s": seconds, "identical": identical})


def has_nan(value: Any) -> bool:
    """Say whether a number in the value is not equal to itself."""
    if type(value) in (float, complex):
        return bool(value != value)  # noqa: PLR0124 - this is what NaN is
    if type(value) is dict:
        return any(map(has_nan, value)) or any(map(has_nan, value.values()))
    return type(value) in (list, tuple, set, frozenset) and any(map(has_nan, value))


def main(control: socket.socket, *, log_limit: int, counts: BoxCounts) -> int:
    """Serve one instance; the exit status says whether more may follow."""
    return Desk(control, log_limit, counts).serve()
