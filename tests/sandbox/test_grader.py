"""The grader's dispatcher: whatever the tests do over a candidate's answers, the sample gets a verdict."""

from __future__ import annotations

import signal
import socket
from typing import TYPE_CHECKING, Any

import pytest

from grader import Dispatcher
from judging import Judge
from streams import Host

if TYPE_CHECKING:
    from collections.abc import Iterator

    from frames import InstanceMessage


class Quiet:
    """A channel to a candidate that loads and is then asked for nothing."""

    cpu_limit, calls = 0.0, 1

    decided = None

    def load(self, _code: str) -> None:
        """Load."""


class Recording(Dispatcher):
    """A dispatcher that keeps its verdicts."""

    def __init__(self, supervisor: socket.socket, log_limit: int) -> None:
        super().__init__(supervisor, Host(), log_limit)
        self.verdicts: list[dict[str, Any]] = []

    def report(self, verdict: dict[str, Any]) -> None:
        self.verdicts.append(verdict)


@pytest.fixture
def dispatcher() -> Iterator[Recording]:
    before = signal.getsignal(signal.SIGPROF)
    ours, theirs = socket.socketpair()
    found = Recording(ours, 0)
    found.own_cpu_s = 0.3
    yield found
    ours.close()
    theirs.close()
    signal.signal(signal.SIGPROF, before)


def judge(dispatcher: Dispatcher, *, tests: str, helpers: str = "") -> tuple[str, str]:
    dispatcher.instance = Judge(message(tests=tests, helpers=helpers))
    channel: Any = Quiet()
    end = dispatcher.judge(dispatcher.instance.judge, channel, "")
    return (end.outcome, end.reason) if end else ("passed", "")


def message(*, tests: Any, helpers: Any) -> InstanceMessage:
    return {
        "entry_point": "f",
        "names": (),
        "helpers": helpers,
        "tests": tests,
        "beside": "",
        "limits": {"cpu_s": 1.0, "wall_s": 1.0, "memory_bytes": 1},
        "inputs": None,
    }


@pytest.mark.parametrize(
    ("tests", "outcome"),
    [
        ("while True: pass", "timeout"),
        ("while True:\n try:\n  while True: pass\n except Exception: pass", "timeout"),
        ("raise KeyError(10 ** 100_000)", "wrong"),
        ("raise MemoryError", "output_limit"),
        ("def f(): f()\nf()", "wrong"),
        ("import sys; sys.exit(0)", "passed"),
        ("import sys; sys.exit('no')", "wrong"),
        ("pass", "passed"),
    ],
)
def test_whatever_tests_do_over_answers_is_a_verdict(dispatcher: Dispatcher, tests: str, outcome: str) -> None:
    assert judge(dispatcher, tests=tests)[0] == outcome


@pytest.mark.parametrize(
    ("tests", "helpers", "reason"),
    [
        ("def", "", "the instance cannot be prepared: SyntaxError: invalid syntax (<tests>, line 1)"),
        ("pass", 5, "the instance cannot be prepared: TypeError"),
        (None, "", "an instance with neither tests nor inputs"),
    ],
)
def test_a_flawed_instance_starts_no_candidate(dispatcher: Recording, tests: Any, helpers: Any, reason: str) -> None:
    dispatcher.instance = Judge(message(tests=tests, helpers=helpers))
    dispatcher.supervisor.close()

    dispatcher.take_sample(7, "")

    (verdict,) = dispatcher.verdicts
    assert (verdict["number"], verdict["outcome"], verdict["unsure"]) == (7, "internal", False)
    assert verdict["memory_bytes"] is None
    assert verdict["reason"].startswith(reason)
