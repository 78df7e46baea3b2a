"""The rehearsal of a box for programs: see `rehearsal`, which says what it is good for."""

from __future__ import annotations

import marshal
import os
import signal
import socket
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import frames
import leftovers
import plain
import program_candidate
import program_grader
import streams
from candidate import ANSWERS, REQUESTS
from rehearsal import TURNS, hand_over, kept

if TYPE_CHECKING:
    from collections.abc import Iterator

    from program_frames import ProgramLimits, ProgramMessage
    from streams import Host
    from usage import BoxCounts

FOLDER = "rehearsal"
SOURCE = b"print(int(input()) + 1)\n"
STDIN, EXPECTED = b"6\n", b"7\n"
NO_PROCESS = 1 << 23  # more than a kernel numbers
LIMITS: ProgramLimits = {
    "cpu_s": 60.0,
    "wall_s": 60.0,
    "memory_bytes": 1 << 40,
    "processes": 1,
    "output_bytes": 1000,
}
TASK: ProgramMessage = {
    "language": {
        "name": "python",
        "source": "main.py",
        "build": (),
        "refused": "syntax",
        "artefact": "",
        "beside": False,
        "run": (),
        "any_address": False,
        "stack_bytes": 0,
    },
    "cases": ((STDIN, EXPECTED),),
    "comparison": {"rule": "trailing_space", "rel_tol": 0.0, "abs_tol": 0.0, "checker": None},
    "limits": LIMITS,
    "build_limits": LIMITS,
    "total_cpu_s": 60.0,
    "files": (),
    "arguments": (),
    "all_cases": False,
}


def rehearse(host: Host, log_limit: int, counts: BoxCounts) -> bytes:
    """Play both parts; return what the grader would have reported to the host, and leave all else as it was."""
    reports = os.memfd_create("reports", os.MFD_CLOEXEC)
    handler = signal.getsignal(signal.SIGPROF)
    supervisor, of_grader = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with supervisor, of_grader:
        stage = streams.Host(host.incoming, reports)
        dispatcher = program_grader.ProgramDispatcher(of_grader, stage, log_limit, counts)
        dispatcher.take_programs(TASK)
        for turn in range(TURNS):
            hand_over(supervisor, _printed(counts.scratch), NO_PROCESS)
            dispatcher.take_program(turn, SOURCE)
        dispatcher.flush()
    signal.signal(signal.SIGPROF, handler)
    data = os.pread(reports, 1 << 20, 0)
    os.close(reports)
    return data


def _printed(scratch: str) -> int:
    requests, ask = os.pipe()
    answers, answer = os.pipe()
    launch = {
        "kind": "python",
        "argv": ("main.py",),
        "files": (("main.py", SOURCE),),
        "artefact": "",
        "program_bytes": 0,
        "stdin_bytes": len(STDIN),
        "stack_bytes": 0,
    }
    header = marshal.dumps(launch, plain.VERSION)
    os.write(ask, frames.LENGTH.pack(len(header)) + header + STDIN)
    os.close(ask)
    with _elsewhere(os.path.join(scratch, FOLDER)), kept(0, 1, REQUESTS, ANSWERS):
        os.dup2(requests, REQUESTS)
        os.dup2(answer, ANSWERS)
        os.close(requests)
        os.close(answer)
        program_candidate.receive()
        program_candidate.leave(program_candidate.run_script(("main.py",)))
    return answers


@contextmanager
def _elsewhere(folder: str) -> Iterator[None]:
    before, argv, path, orig_argv = os.getcwd(), sys.argv, sys.path[:], sys.orig_argv
    shown = sys.stdin, sys.stdout, sys.stderr, sys.__stdin__, sys.__stdout__, sys.__stderr__
    main = sys.modules.get("__main__")
    os.mkdir(folder)
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
        leftovers.empty(folder)
        os.rmdir(folder)
        sys.argv, sys.path[:], sys.orig_argv = argv, path, orig_argv
        sys.stdin, sys.stdout, sys.stderr, *originals = shown
        sys.__stdin__, sys.__stdout__, sys.__stderr__ = originals  # type: ignore[misc]
        sys.modules.pop("__main__", None)
        if main is not None:
            sys.modules["__main__"] = main
