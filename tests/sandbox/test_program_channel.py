"""The grader's channel to a program, with a test as supervisor and a real process as the program."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import frames
from program_channel import ProgramChannel, Ran
from program_frames import RUNNING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from program_frames import Launch, ProgramLimits

LIMITS: ProgramLimits = {
    "cpu_s": 20.0,
    "wall_s": 100.0,
    "memory_bytes": 1 << 40,
    "processes": 9,
    "output_bytes": 1000,
}
LAUNCH: Launch = {
    "kind": "python",
    "argv": ("main.py",),
    "files": (),
    "artefact": "",
    "program_bytes": 0,
    "stdin_bytes": 0,
    "stack_bytes": 0,
}


class Stage:
    """A supervisor that has started a program; when it is asked to end that, it has."""

    def __init__(self, code: str) -> None:
        self.ours, self.theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.requests, ask = os.pipe()
        answers, answer = os.pipe()
        log = os.memfd_create("log")
        os.write(answer, RUNNING)
        command = [sys.executable, "-S", "-c", code]
        self.program = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=answer, start_new_session=True)
        socket.send_fds(self.ours, [frames.STARTED.pack(self.program.pid)], [ask, answers, log])
        self.ours.send(frames.ENDED.pack(0, 0.1, 0.1, 1, 0))
        for descriptor in (ask, answers, answer, log):
            os.close(descriptor)
        self.channel = ProgramChannel(self.theirs, LIMITS, most_bytes=1000, pulse=lambda _: None, counts=None)

    def run(self) -> Ran:
        return self.channel.run(LAUNCH, b"", b"", 1000)

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.program.pid, signal.SIGKILL)
        self.program.wait(60)
        os.close(self.requests)
        self.ours.close()
        self.theirs.close()


@pytest.fixture
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    one = Stage(request.param)
    yield one
    one.close()


@pytest.mark.parametrize("stage", ["print('a' * 1000, end='')"], indirect=True)
def test_what_is_printed_within_the_limit_arrives_whole(stage: Stage) -> None:
    ran = stage.run()

    assert (ran.start, ran.output, ran.truncated, ran.end) == (RUNNING, b"a" * 1000, False, None)


@pytest.mark.parametrize(
    "stage",
    [
        "print('a' * 1001, end='')",
        "while True: print('a' * 4096)",
        "print('a' * 1001, end='', flush=True); import time; time.sleep(90)",
    ],
    indirect=True,
)
def test_what_is_beyond_the_limit_is_cut(stage: Stage) -> None:
    ran = stage.run()

    assert ran.end is not None
    assert (ran.end.outcome, ran.end.limit, ran.truncated) == ("output_limit", "output", True)
    assert ran.output == b"a" * 1000


@pytest.mark.parametrize(
    "stage",
    ["import os\nif os.fork() == 0:\n import time; time.sleep(90)\nelse:\n print('a')"],
    indirect=True,
)
def test_a_child_that_keeps_the_pipe_open_is_not_waited_for(stage: Stage) -> None:
    ran = stage.run()

    assert (ran.output, ran.end) == (b"a\n", None)
