"""The grader's desk: whatever the tests do over a candidate's answers, the sample gets a verdict."""

from __future__ import annotations

import signal
import socket
from typing import TYPE_CHECKING, Any

import pytest

from grader import Desk
from judging import Instance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from wire import Told


class Quiet:
    """A line to a candidate that loads and is then asked for nothing."""

    cpu_limit, calls = 0.0, 1

    def load(self, _code: str) -> None:
        """Load."""


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A desk whose tests may compute for a moment."""
    before = signal.getsignal(signal.SIGPROF)
    ours, theirs = socket.socketpair()
    found = Desk(ours, 0)
    found.own_cpu_s = 0.05
    yield found
    ours.close()
    theirs.close()
    signal.signal(signal.SIGPROF, before)


def judge(desk: Desk, *, tests: str, helpers: str = "") -> tuple[str, str]:
    """Judge a sample by some tests; return its outcome and the reason."""
    told: Told = {
        "entry_point": "f",
        "names": (),
        "helpers": helpers,
        "tests": tests,
        "mutates": False,
        "limits": {"cpu_s": 1.0, "wall_s": 1.0, "memory_bytes": 1},
        "inputs": None,
    }
    desk.instance = Instance(told)
    line: Any = Quiet()
    stop = desk.judge(line, "")
    return (stop.outcome, stop.reason) if stop else ("passed", "")


@pytest.mark.parametrize(
    ("tests", "outcome"),
    [
        ("while True: pass", "timeout"),
        ("while True:\n try:\n  while True: pass\n except Exception: pass", "timeout"),
        ("raise KeyError(10 ** 100_000)", "wrong"),
        ("raise MemoryError", "output_limit"),
        ("def f(): f()\nf()", "wrong"),
        ("import sys; sys.exit(0)", "wrong"),
        ("pass", "passed"),
    ],
)
def test_whatever_tests_do_over_answers_is_a_verdict(desk: Desk, tests: str, outcome: str) -> None:
    """Endless tests, exits and exceptions that cannot be written end the sample, not its grader."""
    assert judge(desk, tests=tests)[0] == outcome


def test_an_instance_that_cannot_be_prepared_is_our_trouble(desk: Desk) -> None:
    """Tests or helpers that do not compile, or are no text, make each sample internal and say why."""
    assert judge(desk, tests="def") == (
        "internal",
        "the instance cannot be prepared: SyntaxError: invalid syntax (<tests>, line 1)",
    )
    assert judge(desk, tests="pass", helpers=5)[0] == "internal"  # type: ignore[arg-type]
