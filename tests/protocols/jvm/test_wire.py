"""Requests to the runner in a JVM, and the reports that come back."""

from __future__ import annotations

import json

import pytest

from boxscore.errors import HarnessError
from boxscore.protocols.jvm.run import Report, read_report, request
from boxscore.protocols.statuses import Status

KEY = "key"
TEST = ("test", "a.B#c", "PASSED", "")


def report(*frames: tuple[str, ...], key: str = KEY, more: bytes = b"") -> Report:
    lines = [("start",), *frames, ("end", key, str(len(frames) + 1))]
    return read_report("".join(f"{json.dumps(line)}\n" for line in lines).encode() + more, KEY)


def test_the_worst_of_a_tests_invocations_is_its_status() -> None:
    found = report(TEST, ("test", "a.B#c", "FAILED", "why"), TEST)

    assert (found.odd, found.ended) == ("", True)
    assert found.statuses == {"a.B#c": Status.FAILED}
    assert found.reasons == {"a.B#c": "why"}
    assert (found.invocations, found.passes) == ({"a.B#c": 3}, {"a.B#c": 2})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b'["start"]\n["test","a.B#c","PASSED",""]\n',
        b'["start"]\n["test","a.B#c","PASSED",""]\n["end","other","2"]\n',
        b'["start"]\n["test","a.B#c","PASSED",""]\n["end","key","3"]\n',
        b'["start"]\n["end","key","1"]\n["test","a.B#c","PASSED",""]\n',
        b'["test","a.B#c","PASSED",""]\n["end","key","1"]\n',
        b'["start"]\n["start"]\n["end","key","2"]\n',
        b'["start"]\n["test","a.B#c","FINE",""]\n["end","key","2"]\n',
        b'["start"]\n["test","a.B#c","PASSED"]\n["end","key","2"]\n',
        b'["start"]\n["other"]\n["end","key","2"]\n',
        b'["start"]\n[1]\n["end","key","2"]\n',
        b'["start"]\nhello\n["end","key","2"]\n',
        b'["start"]\n["end","key","1"]\nrest',
        b'["start"]\n["trouble","' + b"a" * (1 << 17) + b'"]\n["end","key","2"]\n',
        b"[" * 100_000 + b"\n",
    ],
)
def test_no_report_is_believed_that_the_runner_does_not_write(data: bytes) -> None:
    assert not read_report(data, KEY).ended


def test_names_with_line_breaks_are_refused() -> None:
    with pytest.raises(HarnessError):
        request(KEY, classes=["a\nkey b"])
