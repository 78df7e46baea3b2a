"""What the end of a program's processes comes to, by what the kernel said and by its last words."""

from __future__ import annotations

import signal

import pytest

import frames
from program_channel import Ran
from program_verdicts import CaseEnd, conclude_case, last_words
from verdicts import Ended, SampleEnd

TRACEBACK = b'Traceback (most recent call last):\n  File "main.py", line 1, in <module>\n'
NODE = (
    b"/main.js:1\nthrow new TypeError('x')\n^\n\nTypeError: x\n    at Object.<anonymous> (main.js:1:7)\n\nNode.js v20\n"
)


def ran(  # noqa: PLR0913 - as an end has that many sides
    status: int = 0,
    *,
    log: bytes = b"",
    leftovers: int = 0,
    cpu_s: float = 0.1,
    end: SampleEnd | None = None,
    output: bytes = b"",
) -> Ran:
    ended = Ended(status, leftovers, cpu_s, 0.1, 1 << 20, len(log), log)
    return Ran(b"r", output, truncated=False, ended=ended, end=end)


@pytest.mark.parametrize(
    ("given", "outcome", "error"),
    [
        (ran(1 << 8, log=TRACEBACK + b"KeyError: 'x'\n"), "error", "KeyError"),
        (ran(1 << 8, log=TRACEBACK + b"json.decoder.JSONDecodeError: no\n"), "error", "JSONDecodeError"),
        (ran(1 << 8, log=TRACEBACK + b"AssertionError\n"), "error", "AssertionError"),
        (ran(1 << 8, log=TRACEBACK + b"PermissionError: [Errno 1] no\n"), "forbidden", "PermissionError"),
        (ran(1 << 8, log=TRACEBACK + b"MemoryError\n"), "memory", "MemoryError"),
        (ran(1 << 8, log=NODE), "error", "TypeError"),
        (ran(1 << 8, log=b"no: way\n"), "error", None),
        (ran(7 << 8), "error", None),
        (ran(signal.SIGABRT, log=b"terminate called after throwing an instance of 'std::bad_alloc'\n"), "memory", None),
        (ran(signal.SIGABRT, log=b"FATAL ERROR: JavaScript heap out of memory\n ----- \n"), "memory", None),
        (ran(signal.SIGABRT), "signal", None),
        (ran(signal.SIGSEGV), "signal", None),
        (ran(signal.SIGSYS), "forbidden", None),
        (ran(signal.SIGXCPU), "timeout", None),
        (ran(signal.SIGXFSZ), "disk_limit", None),
        (ran(signal.SIGKILL, leftovers=frames.OUT_OF_MEMORY), "memory", None),
        (ran(1 << 8, leftovers=frames.MANY_PROCESSES), "process_limit", None),
        (ran(cpu_s=2.0), "timeout", None),
        (ran(1 << 8, cpu_s=2.0), "timeout", None),
        (ran(leftovers=frames.UNCONFINED), "internal", None),
        (ran(end=SampleEnd("timeout", "idle", limit="wall")), "timeout", None),
    ],
)
def test_each_end_has_its_outcome(given: Ran, outcome: str, error: str | None) -> None:
    end = conclude_case(given, 1.0)

    assert end is not None
    assert (end.outcome, end.error) == (outcome, error)


def test_a_signal_of_somebody_else_is_not_sure() -> None:
    end = conclude_case(ran(signal.SIGKILL), 1.0)

    assert end is not None
    assert (end.outcome, end.unsure) == ("signal", True)


def test_hostile_last_words_are_bounded() -> None:
    assert last_words(b"") == ("", None)
    assert len(last_words(TRACEBACK + b"x" * 100_000)[0]) <= 4_000
    assert last_words(TRACEBACK + b"\xff\xfe: x")[1] is None
    assert len(last_words(b"a:" * 500_000)[0]) <= 4_000


def test_a_report_is_cut_to_what_may_be_kept() -> None:
    kept = {"output": 5_000, "errors": 10}
    passed = CaseEnd(ran(log=b"e" * 5).ended, b"x" * 3_000, b"e" * 5, truncated=False, end=None)
    failed = CaseEnd(ran(256).ended, b"x" * 9_000, b"e" * 9, truncated=False, end=SampleEnd("wrong", "no"))

    first, second = passed.report(kept), failed.report(kept)

    assert (len(first["output"]), first["output_truncated"], first["exit_code"]) == (1_000, True, 0)
    assert (len(second["output"]), len(second["errors"]), second["output_truncated"]) == (4_000, 5, True)
    assert kept == {"output": 0, "errors": 0}
