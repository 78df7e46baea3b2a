"""A rehearsal of what graders and candidates will do, held before the first fork for what it leaves in memory.

Python adapts a function's instructions to what they meet, and fills caches, once it has run a few times. A candidate
runs each of ours a few times in all, so it would write all that anew, to pages that a write makes its own. What was
adapted before a fork is shared instead. So the supervisor plays both parts some times, on a program that is written
here: nothing of a benchmark has come yet, and what the program answers is thrown away. Candidates find the program in
their memory, where it tells them nothing.
"""

from __future__ import annotations

import marshal
import os
import signal
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import candidate
import frames
import grader
import plain
import streams
from candidate import ANSWERS, REQUESTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from frames import InstanceMessage
    from streams import Host
    from usage import BoxCounts

TURNS = 12  # Python adapts a function that has been called eight times
PROGRAM = """
def rehearse(numbers, bound):
    return bound > 0.2 and numbers[1] > 2
"""
CALLS = (([1.0, 2.5], 0.5), ([1.0, 2.0], 0.3), ([1.0, 3.0], 0.1))
TESTS = """
assert rehearse([1.0, 2.5], 0.5) == True
assert rehearse([1.0, 2.0], 0.3) == False
assert rehearse([1.0, 3.0], 0.1) is False, "bounded"
"""
INSTANCE: InstanceMessage = {
    "entry_point": "rehearse",
    "names": ("rehearse",),
    "helpers": "",
    "tests": TESTS,
    "beside": "",
    "limits": {"cpu_s": 60.0, "wall_s": 60.0, "memory_bytes": 1 << 40},
    "inputs": None,
}


def rehearse(host: Host, log_limit: int, counts: BoxCounts) -> bytes:
    """Play both parts; return what the grader would have reported to the host, and leave all else as it was."""
    reports = os.memfd_create("reports", os.MFD_CLOEXEC)
    handler = signal.getsignal(signal.SIGPROF)
    supervisor, of_grader = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with supervisor, of_grader:
        dispatcher = grader.Dispatcher(of_grader, streams.Host(host.incoming, reports), log_limit, counts)
        dispatcher.take_instance(INSTANCE)
        for turn in range(TURNS):
            program = f"# {turn}{PROGRAM}"
            hand_over(supervisor, _answers(program), os.getpid())
            dispatcher.take_sample(turn, program)
        dispatcher.flush()
    signal.signal(signal.SIGPROF, handler)
    data = os.pread(reports, 1 << 20, 0)
    os.close(reports)
    return data


def _answers(program: str) -> int:
    requests, ask = os.pipe()
    answers, answer = os.pipe()
    calls = (_request("call", "rehearse", arguments, {}) for arguments in CALLS)
    os.write(ask, b"".join((_request("load", program, bool(INSTANCE["beside"])), *calls)))
    os.close(ask)
    with kept(REQUESTS, ANSWERS):  # files that the grader reads may have these numbers
        os.dup2(requests, REQUESTS)
        os.dup2(answer, ANSWERS)
        os.close(requests)
        os.close(answer)
        candidate.Session().serve()
    return answers


def _request(*request: Any) -> bytes:
    data = marshal.dumps(request, plain.VERSION)
    return frames.LENGTH.pack(len(data)) + data


def hand_over(supervisor: socket.socket, answers: int, pid: int) -> None:
    null = os.open("/dev/null", os.O_RDWR)
    log = os.memfd_create("log", os.MFD_CLOEXEC)
    socket.send_fds(supervisor, [frames.STARTED.pack(pid)], [null, answers, log])
    supervisor.send(frames.ENDED.pack(0, 0.0, 0.0, 0, 0))
    for descriptor in (null, answers, log):
        os.close(descriptor)


@contextmanager
def kept(*descriptors: int) -> Iterator[None]:
    kept = [(os.dup(one), os.get_inheritable(one)) for one in descriptors]
    try:
        yield
    finally:
        for descriptor, (copy, inheritable) in zip(descriptors, kept, strict=True):
            os.dup2(copy, descriptor, inheritable)
            os.close(copy)
