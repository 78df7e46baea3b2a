"""The grader's channel to one program: what it needs goes in, what it prints comes out, within its limits."""

from __future__ import annotations

import errno
import marshal
import os
import select
from typing import TYPE_CHECKING, NamedTuple

import frames
import plain
from channel import GRACE_S, Channel
from verdicts import Ended, SampleEnd

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from program_frames import Launch, ProgramLimits
    from usage import BoxCounts

CHUNK = 1 << 18
RUNTIME_BYTES = 128 << 20  # that a runtime with threads of its own reserves beside what its program asks for
PRINTED_TOO_MUCH = "it printed more than it may"


class Ran(NamedTuple):
    """One process tree that has come to its end: the byte that says how it started, what it printed, how it ended.

    `end` is what its clocks or limits made of it, None where it ended by itself.
    """

    start: bytes
    output: bytes
    truncated: bool
    ended: Ended
    end: SampleEnd | None


class ProgramChannel(Channel):
    """A channel whose candidate becomes a program: its answers are what the program prints."""

    def __init__(  # noqa: PLR0913 - as the one it is
        self,
        supervisor: socket.socket,
        limits: ProgramLimits,
        *,
        any_address: bool = False,
        most_bytes: int,
        pulse: Callable[[bytes], object],
        counts: BoxCounts | None,
    ) -> None:
        self.limits, self.any_address = limits, any_address
        self.most_bytes = 1 + most_bytes  # before what it prints stands the byte that says how it started
        self.printed: list[bytes] = []
        self.size = 0
        bounds: frames.CandidateLimits = {
            "cpu_s": limits["cpu_s"],
            "wall_s": limits["wall_s"],
            "memory_bytes": limits["memory_bytes"],
        }
        super().__init__(supervisor, bounds, pulse=pulse, counts=counts)

    def start_request(self) -> bytes:
        memory_bytes, processes = self.limits["memory_bytes"], self.limits["processes"]
        address_bytes, data_bytes = (-1, memory_bytes + RUNTIME_BYTES) if self.any_address else (memory_bytes,) * 2
        patience_s = self.wall_limit + GRACE_S
        return frames.PROGRAM_REQUEST.pack(
            frames.START_PROGRAM, self.cpu_limit, patience_s, address_bytes, data_bytes, processes
        )

    def run(self, launch: Launch, program: bytes, stdin: bytes, log_limit: int) -> Ran:
        end = None
        try:
            header = marshal.dumps(dict(launch), plain.VERSION)
            self.write(frames.LENGTH.pack(len(header)) + header + program)
            self.write(stdin)
            self.follow()
        except SampleEnd as found:
            end = found
        return self.ran(end, log_limit, PRINTED_TOO_MUCH)

    def ran(self, end: SampleEnd | None, log_limit: int, too_much: str) -> Ran:
        """End all others and say how it went; `too_much` is the reason where it printed more than it may."""
        ended = self.end(log_limit)
        text = b"".join(self.printed)
        if self.size > self.most_bytes and (end is None or end.limit is None):
            end = SampleEnd("output_limit", too_much, limit="output")
        return Ran(text[:1], text[1 : self.most_bytes], self.size > self.most_bytes, ended, end)

    def follow(self) -> None:
        """Read what it prints until its first process has ended; raise SampleEnd when it met a limit before."""
        first = self.open_first()
        watched = select.poll()
        watched.register(self.answer_end, select.POLLIN)
        try:
            if first is not None:
                watched.register(first, select.POLLIN)
            while not self.gone:
                self.wait(watched, self.cpu_limit)
                ready = [descriptor for descriptor, _ in watched.poll(0)]
                if first in ready:
                    self.gone = True
                elif self.answer_end in ready and not self.take():
                    watched.unregister(self.answer_end)  # it closed its standard output, and may go on
                    self.gone = first is None
                else:
                    self.bound_all()
        finally:
            if first is not None:
                os.close(first)

    def open_first(self) -> int | None:
        try:
            return os.pidfd_open(self.pid)
        except ProcessLookupError:
            self.gone = True
        except OSError as error:
            if error.errno != errno.ENOSYS:
                raise
        return None

    def bound_all(self) -> None:
        if self.size > self.most_bytes:
            raise SampleEnd("output_limit", PRINTED_TOO_MUCH, limit="output")
        if self.waited - self.delayed >= self.wall_limit:
            raise SampleEnd("timeout", f"no end within {self.wall_limit:g} s", limit="wall")

    def take(self) -> bool:
        data = os.read(self.answer_end, CHUNK)
        if data and self.size <= self.most_bytes:
            self.printed.append(data)
        self.size += len(data)
        return bool(data)

    def take_rest(self) -> None:
        os.set_blocking(self.answer_end, False)
        try:
            while self.size <= self.most_bytes and self.take():
                pass
        except BlockingIOError:
            pass  # the supervisor of an ordinary user's box is not done with its own copy
