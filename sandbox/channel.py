"""The grader's channel to one candidate: requests out, answers in, and the clocks that bound both."""

from __future__ import annotations

import builtins
import io
import marshal
import os
import select
import socket
import sys
import time
from typing import TYPE_CHECKING

import frames
import plain
import procfs
from crossing import Stays
from frames import LENGTH, MAX_ANSWER
from proxies import Proxy, Things, raisable
from usage import SLACK_BYTES, Usage
from verdicts import Ended, SampleEnd

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, NoReturn

    from frames import CandidateLimits
    from usage import BoxCounts

FIRST_S, SLICE_S, IDLE_FLOOR_S, GRACE_S = 0.05, 0.2, 2.0, 20.0
PULSE_S, MOST_STRETCH = 5.0, 20.0  # between signs of life; how much longer than its wall limit one may be kept waiting
ALIVE = frames.frame_of({"alive": True})
OFF_PROTOCOL = "a malformed answer"
MOST_EXCHANGES = 10_000  # with a candidate's objects; tests that want more of them are run beside it, which is faster
MAX_RECEIVED = 128 << 20  # bytes of messages
MOST_KEYWORDS = 100
INPUT = builtins.input


class Channel:
    """The two pipes to one candidate, the clocks that bound it, and what is known of how it ended.

    With `shares` the tests see what the candidate does to what they hand over, and it sees what they do to its answers.
    `counts` are the box's; without them its first process alone is watched.
    """

    now = staticmethod(time.monotonic)  # a seam for tests
    descriptors = 3

    def __init__(
        self,
        supervisor: socket.socket,
        limits: CandidateLimits,
        *,
        shares: bool = False,
        pulse: Callable[[bytes], object] = lambda _: None,
        counts: BoxCounts | None = None,
    ) -> None:
        self.supervisor, self.shares, self.pulse = supervisor, shares, pulse
        self.made: Things | None = None
        self.exchanges, self.received, self.blind_spot = 0, 0, ""  # why the oracle ends, where it does
        self.stdout = sys.stdout
        self.usage = Usage(counts)
        self.cpu_limit, self.wall_limit, self.memory_limit = limits["cpu_s"], limits["wall_s"], limits["memory_bytes"]
        supervisor.send(self.start_request())
        data, descriptors, _, _ = socket.recv_fds(supervisor, 64, self.descriptors)
        if len(descriptors) != self.descriptors:
            raise OSError("the supervisor started no candidate")
        (self.pid,) = frames.STARTED.unpack(data)
        self.ask_end, self.answer_end, self.log, *self.others = descriptors
        self.usage.pid = self.pid
        self.started = self.pulsed = time.monotonic()
        self.waited = self.delayed = 0.0  # seconds that we waited for it, and of those the ones it could not run in
        self.unseen = self.idle = (
            0.0  # of those, in short waits since the last look, and those in which it may have computed
        )
        self.poll = select.poll()
        self.poll.register(self.answer_end, select.POLLIN)
        self.inbox, self.at, self.calls, self.gone = b"", 0, 0, False
        self.total_limit = self.cpu_limit  # of all calls together
        self.decided: SampleEnd | None = None  # by its death, its time, or what it sent, whatever tests make of that
        os.set_blocking(self.ask_end, False)

    @property
    def things(self) -> Things:
        """What crossed beside plain data; made when it is first needed."""
        if self.made is None:
            self.made = Things(self, shares=self.shares)
        return self.made

    def start_request(self) -> bytes:
        return frames.START_REQUEST.pack(frames.START, self.cpu_limit, self.wall_limit + GRACE_S)

    def is_stopped(self) -> bool:
        try:
            return procfs.read(f"{self.pid}/stat", 400).rpartition(b")")[2].split()[0] in (b"T", b"t")
        except (OSError, IndexError):
            return False

    def wait(self, poll: select.poll, cpu_limit: float) -> None:
        """Wait until the pipe is ready; raise SampleEnd when the candidate's time is up.

        Its time is `cpu_limit` seconds of processor of all its processes, the same (IDLE_FLOOR_S at least) of doing
        nothing, `wall_limit` in all; and all waits together may take no more of the first than `total_limit` says, nor
        of the second where processes come and go of which we may have missed what they computed.
        Time in which it was ready to run and others ran is neither of the last two, nor is time in which this
        process stood still too, which shows by a slice that took longer than it was to: the box was frozen.
        """
        began = self.now()
        if poll.poll(int(1000 * FIRST_S)):
            self.look_at_times(min(self.now() - began, FIRST_S))
            return
        self.waited += FIRST_S
        idle, idle_limit, taken, delayed = 0.0, max(cpu_limit, IDLE_FLOOR_S), 0.0, self.delayed
        first, late, _ = self.usage.spent()
        ready = False
        while not ready:
            began = self.now()
            ready = bool(poll.poll(int(1000 * SLICE_S)))
            now, before = self.now(), idle
            passed = min(now - began, SLICE_S)
            self.waited += passed
            taken += passed
            cpu, delay, unsure = self.usage.spent()
            kept = min(taken, max(0.0, delay - late))  # a delay is told when it is over, which may be slices later
            self.delayed = delayed + kept
            idle = max(0.0, taken - kept - max(0.0, cpu - first))
            self.idle += max(0.0, idle - before) if unsure else 0.0
            if not ready:
                self.bound(cpu - first, cpu_limit)
                self.bound(cpu, self.total_limit)
                self.bound_memory()
                self.check(idle, idle_limit)
            if now - self.pulsed >= PULSE_S:
                self.pulsed = now
                self.supervisor.send(frames.PULSE)
                self.pulse(ALIVE)

    def look_at_times(self, passed: float) -> None:
        """Count a short wait; look at what was used after as many as make a slice, for others may compute meanwhile."""
        self.waited += passed
        self.unseen += passed
        if self.unseen >= SLICE_S:
            self.unseen = 0.0
            self.bound(self.usage.spent().cpu_s, self.total_limit)

    def bound(self, used_s: float, limit_s: float) -> None:
        """End the sample if so much cpu time is too much."""
        if used_s >= limit_s:
            raise SampleEnd("timeout", f"more than {limit_s:g} s of cpu", limit="cpu")

    def bound_memory(self) -> None:
        """End the sample if its processes hold more memory together than it may have."""
        if self.usage.memory_bytes() > self.memory_limit + SLACK_BYTES:
            raise SampleEnd("memory", "its processes together exceeded the memory limit", limit="memory")

    def check(self, idle: float, idle_limit: float) -> None:
        """Raise SampleEnd when the candidate does nothing for too long, or takes too long in all."""
        doubtful = self.idle >= max(self.total_limit, IDLE_FLOOR_S)
        if doubtful or idle >= idle_limit or self.waited - self.delayed >= self.wall_limit:
            reason = f"no answer; idle for {idle:.1f} s"
            raise SampleEnd("timeout", reason, limit="wall", unsure=self.is_stopped())
        if self.waited >= MOST_STRETCH * self.wall_limit:
            raise SampleEnd("internal", "it was starved of CPU for too long", unsure=True)

    def send(self, *request: Any) -> None:
        data = marshal.dumps(request, plain.VERSION)
        self.write(LENGTH.pack(len(data)) + data)

    def write(self, data: bytes) -> None:
        view, poll = memoryview(data), None
        while view:
            try:
                view = view[os.write(self.ask_end, view) :]
            except BlockingIOError:
                if poll is None:
                    poll = select.poll()
                    poll.register(self.ask_end, select.POLLOUT)
                self.wait(poll, self.cpu_limit)
            except BrokenPipeError:
                self.lose()

    def receive(self, cpu_limit: float | None = None) -> bytes:
        cpu_limit = cpu_limit or self.cpu_limit
        if len(self.inbox) - self.at < 4:
            self.fill(cpu_limit, 4)
        size = LENGTH.unpack_from(self.inbox, self.at)[0]
        if not 0 < size <= MAX_ANSWER + 64:
            raise SampleEnd("tampered", "an answer of an impossible size")
        start, end = self.at + 4, self.at + 4 + size
        if len(self.inbox) < end:
            start, end = 4, 4 + size
            self.fill(cpu_limit, end)
        self.at = end
        return self.inbox[start:end]

    def fill(self, cpu_limit: float, wanted: int) -> None:
        """Read until `wanted` bytes from the first unread one are there; that one becomes the first of the inbox."""
        parts, have = [self.inbox[self.at :]], len(self.inbox) - self.at
        while have < wanted:
            self.wait(self.poll, cpu_limit)
            if self.waited - self.delayed >= self.wall_limit:  # an answer that trickles in never waits for long
                raise SampleEnd("timeout", f"no end within {self.wall_limit:g} s", limit="wall")
            data = os.read(self.answer_end, 1 << 18)
            if not data:
                self.lose()
            parts.append(data)
            have += len(data)
        self.inbox, self.at = b"".join(parts), 0

    def lose(self) -> NoReturn:
        """End the sample because a pipe has: the candidate's process is gone."""
        self.gone = True
        raise SampleEnd("error", "the process ended before it answered")

    def load(self, code: str) -> None:
        self.send("load", code, self.shares)
        encoded = self.receive()
        if encoded != frames.LOADED:
            self.end_by(encoded)

    def end_by(self, encoded: bytes) -> NoReturn:
        try:
            self.refuse(encoded)
        except Exception as error:
            raise getattr(error, "end", None) or SampleEnd("tampered", OFF_PROTOCOL) from None

    def run_beside(self, helpers: str, code: str, tests: str) -> None:
        """Have the candidate run its program and the tests as one; raise SampleEnd unless it says that they passed."""
        self.send("beside", helpers, code, tests)
        encoded = self.receive()
        if encoded != frames.PASSED:
            self.end_by(encoded)

    def call(self, name: str, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        if self.shares:
            return self.ask("call", Proxy(self, name), *arguments, **keywords)
        try:
            self.send("call", name, arguments, keywords)
            self.calls += 1
            return self.value(self.receive())
        except ValueError:  # more than plain data
            return self.ask("call", Proxy(self, name), *arguments, **keywords)
        except SampleEnd as end:
            self.keep(end)
            raise

    def ask(self, operation: str, /, *values: Any, **keywords: Any) -> Any:
        """Have it do something with its names and objects, and return its answer; see `objects.OPERATIONS`."""
        self.calls += 1
        self.exchanges += 1
        if self.shares and self.exchanges > MOST_EXCHANGES:
            self.step_back(f"the tests do more than {MOST_EXCHANGES:,} things with its objects")
        read, text, captured = None, None, False
        if self.shares:
            read = builtins.input if builtins.input is not INPUT else None
            text = sys.stdin.getvalue()[sys.stdin.tell() :] if type(sys.stdin) is io.StringIO else None
            captured = sys.stdout is not self.stdout
        try:
            message = self.things.message(*values, tuple(keywords.items()), read)
        except (Stays, plain.Breach) as error:
            reason = f"a test hands over what cannot leave it: {error}"
            if not self.shares:
                raise SampleEnd("internal", reason) from None
            self.step_back(reason)
        try:
            self.send("do", operation, message, (text, captured))
            while (encoded := self.receive())[:1] == frames.CALLBACK:
                self.serve(encoded[1:])
            return self.value(encoded)
        except SampleEnd as end:
            self.keep(end)
            raise

    def keep(self, end: SampleEnd) -> None:
        if end.is_final and self.decided is None:
            self.decided = end

    def serve(self, payload: bytes) -> None:
        operation, number, message = decode_tuple(payload, (str,), (int,), (tuple,))
        self.count(payload)
        arguments, keywords = self.accept(message, 2)
        if len(keywords) > MOST_KEYWORDS or not all(type(name) is str for name, _ in keywords):
            self.step_back("it calls a function of the tests in a way that nobody can")
        raised = False
        answer: Any = None
        try:
            thing = self.things.own(number)
            if operation == "advance":
                answer = next(((True, item) for item in thing), (False, None))
            else:
                answer = thing(*arguments, **dict(keywords))
        except MemoryError:
            self.step_back("a function of the tests needs more memory than there is")
        except AssertionError:  # which the candidate would swallow
            self.step_back("a function of the tests asserts something that is not so")
        except Exception as error:  # the tests' own, for the candidate to see
            raised, answer = True, error
        try:
            reply = self.things.message(answer)
        except (Stays, plain.Breach) as error:
            self.step_back(f"a function of the tests returns what cannot leave them: {error}")
        self.send("reply", raised, reply)

    def note(self, what: str) -> None:
        self.things.note(what)

    def step_back(self, reason: str) -> NoReturn:
        """End the sample as one that the tests cannot judge from outside."""
        self.blind_spot = self.blind_spot or reason
        end = SampleEnd("wrong", reason)
        end.is_final = False
        raise end

    def value(self, encoded: bytes) -> Any:
        if encoded[:1] == frames.VALUE:
            return rebuild(encoded[1:])
        if encoded[:1] != frames.ANSWER:
            return self.refuse(encoded)
        kinds: tuple[tuple[type, ...], ...] = ((bytes,), (tuple, type(None)), (str,), (int,))
        failure, message, printed, position = decode_tuple(encoded[1:], *kinds)
        self.count(encoded)
        if message is None and not failure:
            if not self.shares:
                raise SampleEnd("output_limit", "the answer is too large", limit="output")
            self.step_back("its answer is too large to cross")
        (answer,) = (None,) if message is None else self.accept(message, 1)
        if printed:
            sys.stdout.write(printed)
        if position and type(sys.stdin) is io.StringIO:
            sys.stdin.seek(min(sys.stdin.tell() + position, len(sys.stdin.getvalue())))
        if failure:
            return self.refuse(frames.RAISED + failure, answer)
        return answer

    def count(self, data: bytes) -> None:
        self.received += len(data)
        if self.shares and self.received > MAX_RECEIVED:
            self.step_back("its answers are too large to cross")

    def accept(self, message: Any, count: int) -> tuple[Any, ...]:
        try:
            values = self.things.accept(message, count)
        except plain.Breach as breach:
            if self.shares:
                self.step_back(f"what it hands over cannot be taken: {breach}")
            if isinstance(breach, plain.TooLarge):
                raise SampleEnd("output_limit", str(breach), limit="output") from None
            raise SampleEnd("tampered", str(breach)) from None
        return values

    def refuse(self, encoded: bytes, error: Exception | None = None) -> NoReturn:
        """Turn the answer that is an exception into one that the tests see, or that ends the sample.

        `error` stands for the exception itself, if it can be caught.
        """
        if encoded[:1] != frames.RAISED:
            raise SampleEnd("tampered", OFF_PROTOCOL)
        stage, names, text = decode_tuple(encoded[1:], (str,), (tuple,), (str,))
        if not names or not all(type(name) is str for name in names):
            raise SampleEnd("tampered", OFF_PROTOCOL)
        name, reason = names[0][:100], f"{names[0][:100]}: {text}" if text else names[0][:100]
        if stage == "syntax":
            raise SampleEnd("syntax", reason, error=name)
        if name == "MemoryError" and self.peak_of_address_space() * 2 > self.memory_limit:
            raise SampleEnd("memory", reason, error=name, limit="memory")
        if stage == "answer":
            raise SampleEnd("output_limit", "the answer is too large", limit="output")
        if stage == "tests":
            raise SampleEnd("wrong", reason)
        end = SampleEnd("forbidden" if name == "PermissionError" else "error", reason, error=name)
        if stage != "call":
            raise end
        end.is_final = False  # the exception is for the tests to judge
        if error is None:
            raise raisable(names, text, end)
        vars(error).update(end=end, _its_text=text)
        raise error

    def peak_of_address_space(self) -> int:
        """Return the largest address space the candidate had, in bytes, by the kernel's record; 0 once it is gone."""
        try:
            with open(f"{self.pid}/status", "rb", opener=procfs.opener) as file:
                line = next(line for line in file if line.startswith(b"VmPeak"))
            return int(line.split()[1]) << 10
        except (OSError, StopIteration):
            return 0

    def end(self, log_limit: int) -> Ended:
        """Have the candidate ended; return how it ended, and its log as far as `log_limit` bytes."""
        wall_s = time.monotonic() - self.started
        spent_s = self.usage.spent().cpu_s if wall_s > SLICE_S else 0.0
        self.supervisor.send(frames.END_GONE if self.gone else frames.END)
        status, user_s, system_s, peak_bytes, leftovers = frames.ENDED.unpack(self.supervisor.recv(64))
        self.take_rest()
        printed_bytes = os.fstat(self.log).st_size
        log = os.pread(self.log, min(printed_bytes, log_limit), 0) if printed_bytes else b""
        for descriptor in (self.ask_end, self.answer_end, self.log, *self.others):
            os.close(descriptor)
        cpu_s = self.usage.possible(max(user_s + system_s, spent_s))
        return Ended(status, leftovers, cpu_s, time.monotonic() - self.started, peak_bytes, printed_bytes, log)

    def take_rest(self) -> None:
        """Look at what was still in its pipe when all its processes had ended: nothing that anybody waits for."""


def rebuild(payload: bytes) -> Any:
    """Decode an answered value, or end the sample."""
    try:
        return plain.rebuild(payload)
    except plain.TooLarge as error:
        raise SampleEnd("output_limit", str(error), limit="output") from None
    except plain.Breach as breach:
        raise SampleEnd("tampered", str(breach)) from None


def decode_tuple(payload: bytes, *kinds: tuple[type, ...]) -> tuple[Any, ...]:
    """Decode an answer that must be a tuple with items of these exact types, or end the sample."""
    value = rebuild(payload)
    if type(value) is not tuple or len(value) != len(kinds) or any(map(_is_none_of, value, kinds)):
        raise SampleEnd("tampered", OFF_PROTOCOL)
    return value


def _is_none_of(item: object, kinds: tuple[type, ...]) -> bool:
    return type(item) not in kinds
