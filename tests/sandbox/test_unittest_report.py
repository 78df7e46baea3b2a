"""The report of tests beside a program: what is believed of its form, and what is not."""

from __future__ import annotations

import json

import pytest

from unittest_report import MAX_FILE, MAX_FILES, MAX_ID, read_report
from verdicts import SampleEnd

KEY = "0f" * 16
A, B = ["test", "T.test_a", "passed", ""], ["test", "T.test_b", "failed", "1 != 2"]


def report(*lines: object) -> bytes:
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def ended_as(data: bytes, keep: tuple[str, ...] = ()) -> str:
    with pytest.raises(SampleEnd) as caught:
        read_report(data, KEY, keep)
    return caught.value.outcome


@pytest.mark.parametrize("data", [b"", report(A), report(A, B), report(A)[:-1], report(A, ["end", KEY, 1])[:-1]])
def test_a_report_without_its_end_is_an_error(data: bytes) -> None:
    assert ended_as(data) == "error"


FORGED = {
    "the key of another run": report(A, ["end", "00" * 16, 1]),
    "no key": report(A, ["end", "", 1]),
    "another count": report(A, B, ["end", KEY, 1]),
    "a test twice": report(A, A, ["end", KEY, 2]),
    "a test twice, with another word": report(B, ["test", "T.test_b", "passed", ""], ["end", KEY, 2]),
    "more after the end": report(A, ["end", KEY, 1], B),
    "two ends": report(A, ["end", KEY, 1], ["end", KEY, 1]),
    "a status that there is not": report(["test", "T.test_a", "PASSED", ""], ["end", KEY, 1]),
    "an id that is endless": report(["test", "x" * (MAX_ID + 1), "passed", ""], ["end", KEY, 1]),
    "a test without a status": report(["test", "T.test_a"], ["end", KEY, 1]),
    "a number for an id": report(["test", 7, "passed", ""], ["end", KEY, 1]),
    "an object": report({"test": "T.test_a"}, ["end", KEY, 1]),
    "a nested list": report(["test", ["T.test_a"], "passed", ""], ["end", KEY, 1]),
    "another kind": report(["suite", "T"], ["end", KEY, 0]),
    "an empty line": b"\n" + report(A, ["end", KEY, 1]),
    "no JSON": b"passed\n" + report(A, ["end", KEY, 1]),
    "no text": b"\xff\xfe\n",
    "nested for ever": b"[" * 100_000 + b"\n",
    "an endless number": b"[" + b"9" * 100_000 + b"]\n",
    "raised without the key": report(A, ["raised", "load", "ValueError", "x", ""]),
    "raised, and more": report(["raised", "load", "ValueError", "x", KEY], A),
    "raised at no stage": report(["raised", "never", "ValueError", "x", KEY]),
    "no syntax after tests": report(A, ["raised", "syntax", "SyntaxError", "x", KEY]),
    "true for a count": report(A).replace(b"\n", b"") + b'\n["end", "' + KEY.encode() + b'", true]\n',
    "a file that was not asked for": report(A, ["file", "a.txt", "00"], ["end", KEY, 1]),
}


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_report_is_tampered(how: str) -> None:
    assert ended_as(FORGED[how]) == "tampered"


@pytest.mark.parametrize(
    "files",
    [
        [["file", "/etc/x.txt", "00"]],
        [["file", "x" * 300 + ".txt", "00"]],
        [["file", "a.txt", "0"]],
        [["file", "a.txt", "zz"]],
        [["file", "a.txt", "00"], ["file", "a.txt", "00"]],
        [["file", f"{number}.txt", "00"] for number in range(MAX_FILES + 1)],
        [["file", "a.txt", "00" * (MAX_FILE + 1)]],
        [["file", f"{number}.txt", "00" * MAX_FILE] for number in range(9)],
    ],
)
def test_files_are_bounded(files: list[list[str]]) -> None:
    assert ended_as(report(A, *files, ["end", KEY, 1]), ("*.txt",)) == "tampered"


@pytest.mark.parametrize(
    ("stage", "name", "outcome"),
    [
        ("syntax", "SyntaxError", "syntax"),
        ("load", "ImportError", "error"),
        ("run", "KeyboardInterrupt", "error"),
        ("load", "PermissionError", "forbidden"),
    ],
)
def test_what_was_raised_outside_of_tests_is_no_pass(stage: str, name: str, outcome: str) -> None:
    before = [] if stage == "syntax" else [A]

    assert ended_as(report(*before, ["raised", stage, name, "x", KEY])) == outcome
