"""The dispatcher of programs: whatever a checker does over an output, the sample gets a verdict, or nobody does."""

from __future__ import annotations

import signal
import socket
from typing import TYPE_CHECKING

import pytest

from program_grader import Answer, Comparer, ProgramDispatcher
from streams import Host

if TYPE_CHECKING:
    from collections.abc import Iterator

ACCEPT = "def accept(stdin, output, expected):\n    "


@pytest.fixture
def dispatcher() -> Iterator[ProgramDispatcher]:
    before = {number: signal.getsignal(number) for number in (signal.SIGPROF, signal.SIGALRM)}
    ours, theirs = socket.socketpair()
    found = ProgramDispatcher(ours, Host(), 0)
    found.compare_cpu_s, found.compare_wall_s = 0.05, 100.0
    yield found
    ours.close()
    theirs.close()
    for number, handler in before.items():
        signal.signal(number, handler)


def compare(dispatcher: ProgramDispatcher, checker: str) -> tuple[str, str]:
    dispatcher.comparer = Comparer({"rule": "checker", "rel_tol": 0.0, "abs_tol": 0.0, "checker": checker})
    end = dispatcher.compare(Answer(b"in", b"out", b"expected"))
    return (end.outcome, end.reason) if end else ("passed", "")


@pytest.mark.parametrize(
    ("body", "outcome", "reason"),
    [
        ("return (stdin, output, expected) == ('in', 'out', 'expected')", "passed", ""),
        ("return output == expected", "wrong", "not accepted"),
        ("return int(output) == 3", "internal", "the checker raised ValueError"),
        ("return output == expected or int(output) == 3", "wrong", "the checker raised ValueError"),
        ("raise SystemExit(0)", "internal", "the checker raised SystemExit"),
        ("raise MemoryError", "output_limit", "its output does not fit in the memory of the checker"),
        ("\n    while True: pass", "timeout", "comparing did not finish on its output"),
        (
            "\n    while True:\n        try:\n            while True: pass\n        except Exception: pass",
            "timeout",
            "",
        ),
    ],
)
def test_a_checker_ends_in_a_verdict(dispatcher: ProgramDispatcher, body: str, outcome: str, reason: str) -> None:
    found = compare(dispatcher, ACCEPT + body)

    assert found[0] == outcome
    assert found[1].startswith(reason)


def test_a_checker_that_waits_is_nobodys_verdict(dispatcher: ProgramDispatcher) -> None:
    dispatcher.compare_wall_s = 0.1

    assert compare(dispatcher, "import time\n" + ACCEPT + "time.sleep(100)") == ("internal", "the checker did not end")
