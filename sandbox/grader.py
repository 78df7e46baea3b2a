"""The grader: reads one instance and its samples from the host, runs the benchmark's tests, reports what it saw.

It runs the benchmark's own code only. The candidate is a pair of pipes (`channel.py`): tests call proxies, arguments go
out as plain data, answers come back and are decoded strictly (`plain.rebuild`) and compared here.
"""

from __future__ import annotations

import marshal
import select
import signal
import struct
import time
from typing import TYPE_CHECKING, NamedTuple

import frames
import plain
from channel import Channel
from judging import Judge, judges_apart
from streams import Nowhere
from texts import text_of_error
from verdicts import Ended, SampleEnd, conclude

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Sequence
    from typing import Any

    from frames import CandidateLimits, InstanceMessage, Outcome
    from streams import Host
    from usage import BoxCounts

END_OF_INPUT, FAILED, END_OF_INSTANCE = 3, 4, 5  # exit statuses that no test ends this process with by chance
REPORT_S, REPORT_BYTES = 0.05, 16_384
SECONDS = struct.Struct("<d")  # stands before each answer of a timed batch
NOT_STARTED = Ended(0, 0, 0.0, 0.0, 0, 0, b"")
OWN_CPU_S, OWN_CPU_FACTOR = 10.0, 2.0  # what tests may compute over answers: so much, and this for each of the sample's


class Run(NamedTuple):
    """What became of one candidate; `beside` says why its tests ran in its own process, if they did."""

    end: SampleEnd | None
    ended: Ended
    beside: str = ""


class Dispatcher:
    """Takes frames from the host and answers them until the instance ends."""

    instance: Judge
    own_cpu_s = OWN_CPU_S
    apart: Sequence[tuple[str, Judge]] = ()  # the parts that are scored apart
    nowhere: Nowhere | None = None  # the streams of tests, where this process is theirs alone

    def __init__(self, supervisor: socket.socket, host: Host, log_limit: int, counts: BoxCounts | None = None) -> None:
        self.supervisor, self.host, self.log_limit, self.counts = supervisor, host, log_limit, counts
        self.judging = False
        signal.signal(signal.SIGPROF, self.end_judging)
        self.outbox: list[bytes] = []
        self.sent = time.monotonic()
        self.inbox = select.poll()
        self.inbox.register(host.incoming, select.POLLIN)

    def report(self, verdict: dict[str, Any]) -> None:
        """Keep a verdict for the host, and send what is kept when nothing more waits to be graded or at intervals.

        Each write wakes every process between the host and the box, which costs as much as grading a small sample.
        """
        self.outbox.append(frames.frame_of(verdict))
        late = time.monotonic() - self.sent > REPORT_S or sum(map(len, self.outbox)) > REPORT_BYTES
        if late or not self.inbox.poll(0):
            self.flush()

    def flush(self, sign: bytes = b"") -> None:
        frames.write_all(self.host.outgoing, b"".join(self.outbox) + sign)
        self.outbox.clear()
        self.sent = time.monotonic()

    def serve(self) -> int:
        if self.host.key:
            self.host.begin_turn()
        while True:
            frame = frames.read_frame(self.host.incoming)
            if frame is None:
                return END_OF_INPUT
            kind, *rest = marshal.loads(frame)
            if kind == "end":
                self.flush()
                return END_OF_INSTANCE
            getattr(self, "take_" + kind)(*rest)

    def take_instance(self, message: InstanceMessage) -> None:
        self.instance = Judge(message)
        self.apart = judges_apart(message)

    def take_held(self) -> None:
        """Tell what the box holds while there is no candidate; 0 where nobody counts it."""
        held = 0 if self.counts is None else self.counts.standing_bytes()
        frames.reply(self.host.outgoing, {"held_bytes": held})

    def end_judging(self, *_: object) -> None:
        if self.judging:
            raise SampleEnd("timeout", "the tests did not finish on its answers", limit="cpu")

    def judge(self, judge: Callable[[Channel, str], None], channel: Channel, code: str) -> SampleEnd | None:
        """Grade one candidate within a limit on what the tests themselves may compute; None is a pass."""
        try:
            try:
                if self.nowhere is not None:
                    self.nowhere.renew()
                self.judging = True
                signal.setitimer(signal.ITIMER_PROF, self.own_cpu_s + OWN_CPU_FACTOR * channel.cpu_limit, 1.0)
                judge(channel, code)
            finally:
                self.judging = False
                signal.setitimer(signal.ITIMER_PROF, 0)
        except SampleEnd as found:
            return found
        except MemoryError:
            return SampleEnd("output_limit", "its answers do not fit in the memory of the tests", limit="output")
        except Exception as error:  # a mistake of ours, which is nobody's verdict
            return SampleEnd("internal", f"grading raised {type(error).__name__}: {text_of_error(error)}")
        return None

    def take_sample(self, number: int, code: str) -> None:
        """Grade one sample and report the verdict under its number; parts that are scored apart run before the rest."""
        ends = {part: self.run(instance, code).end for part, instance in self.apart}
        run = self.run(self.instance, code)
        ours = [one for one in ends.values() if one is not None and one.outcome == "internal"]
        self.report_verdict(number, ours[0] if ours else run.end, run, ends)

    def run(self, instance: Judge, code: str) -> Run:
        if instance.flaw:
            return Run(SampleEnd("internal", instance.flaw), NOT_STARTED)
        channel = self.open_channel(instance)
        end = self.judge(instance.judge, channel, code)
        ended = channel.end(self.log_limit)
        end = conclude(end, ended, channel.total_limit)
        beside = instance.why_beside(channel, end)
        return self.run_beside(instance, code, beside) if beside else Run(end, ended)

    def run_beside(self, instance: Judge, code: str, reason: str) -> Run:
        """Judge another candidate, in whose process the tests run: its own word, and no more."""
        channel = self.open_channel(instance)
        end = self.judge(instance.judge_beside, channel, code)
        ended = channel.end(self.log_limit)
        return Run(conclude(end, ended, channel.total_limit), ended, reason)

    def open_channel(self, instance: Judge) -> Channel:
        message = instance.message
        shares = message["beside"] != ""
        return Channel(self.supervisor, message["limits"], shares=shares, pulse=self.flush, counts=self.counts)

    def report_verdict(self, number: int, end: SampleEnd | None, run: Run, apart: dict[str, SampleEnd | None]) -> None:
        ended = run.ended
        self.report(
            {
                "number": number,
                "outcome": end.outcome if end else "passed",
                "reason": end.reason if end else "",
                "error_type": end.error if end else None,
                "limit": end.limit if end else None,
                "beside": run.beside,
                "unsure": any(one is not None and one.unsure for one in (end, *apart.values())),
                "parts": self.parts_of(end, apart),
                "output": ended.log.decode("utf-8", "backslashreplace"),
                "output_truncated": ended.printed_bytes > len(ended.log),
                "cpu_s": ended.cpu_s,
                "wall_s": ended.wall_s,
                "memory_bytes": ended.memory_bytes or None,  # 0 where nobody could tell
            }
        )

    def parts_of(self, end: SampleEnd | None, apart: dict[str, SampleEnd | None]) -> dict[str, Outcome]:
        """Say what the sample came to on the base inputs alone and on all, or in each part, where there are any."""
        if apart:
            ends = {**apart, self.instance.message.get("part", ""): end}
            return {part: one.outcome if one else "passed" for part, one in ends.items()}
        inputs = self.instance.inputs
        if inputs is None or not inputs["base"]:
            return {}
        outcome: Outcome = end.outcome if end else "passed"
        in_plus = end is not None and end.index >= inputs["base"]
        return {"base": "passed" if in_plus else outcome, "plus": outcome}

    def take_reference(self, code: str, name: str, arguments: tuple[Any, ...], limits: CandidateLimits) -> None:
        channel, reason = Channel(self.supervisor, limits, pulse=self.flush, counts=self.counts), ""
        answers: list[bytes] = []
        seconds: list[float] = []
        try:
            channel.load(code)
            timed, exact = True, False
            channel.send("batch", name, arguments, timed, (), exact)
            for _ in arguments:
                data = channel.receive()
                answer = data[SECONDS.size :]
                if answer[:1] not in (frames.VALUE, frames.DIGEST):
                    channel.value(answer)
                    raise SampleEnd("error", "an answer is not plain data")  # noqa: TRY301 - as if the channel had raised it
                seconds.append(SECONDS.unpack_from(data)[0])
                answers.append(answer)
            identical = [answer[:1] == frames.DIGEST or not has_nan(plain.rebuild(answer[1:])) for answer in answers]
        except SampleEnd as end:
            reason, identical = end.reason, []
        except Exception as error:
            reason, identical = str(error), []
        if channel.end(self.log_limit).leftovers & frames.UNCONFINED:
            raise frames.BoxFailure("start", "the reference's process ended before it was confined")
        hexadecimal = [answer.hex() for answer in answers]
        report = {"reason": reason, "answers": hexadecimal, "cpu_s": seconds, "identical": identical}
        frames.reply(self.host.outgoing, report)


def has_nan(value: Any) -> bool:
    if type(value) in (float, complex):
        return bool(value != value)  # noqa: PLR0124 - this is what NaN is
    if type(value) is dict:
        return any(map(has_nan, value)) or any(map(has_nan, value.values()))
    return type(value) in (list, tuple, set, frozenset) and any(map(has_nan, value))


def main(supervisor: socket.socket, host: Host, *, log_limit: int, counts: BoxCounts) -> int:
    dispatcher = Dispatcher(supervisor, host, log_limit, counts)
    dispatcher.nowhere = Nowhere()
    return dispatcher.serve()
