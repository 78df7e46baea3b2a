"""The report of tests that ran beside a program: its lines, as the process writes them and the grader reads them.

Each line is a JSON list whose first item says what it is. The last one is `end` with the key that the grader gave to
this run alone, so a process that ends in the middle has reported nothing that counts, and so has one that only writes
what it believes a report to be. Nothing else protects it: who runs in that process can find the key.
"""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from texts import text_of
from verdicts import SampleEnd

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from frames import Outcome

STATUSES = ("passed", "failed", "error", "skipped", "expected_failure", "unexpected_success")
MAX_TESTS, MAX_ID, MAX_REASON = 20_000, 500, 500
MAX_FILES, MAX_NAME, MAX_FILE, MAX_KEPT = 32, 200, 256 << 10, 2 << 20  # of files that are kept, in bytes
MAX_REPORT, MAX_DIGITS = 16 << 20, 9
STAGES: dict[str, Outcome] = {"syntax": "syntax", "load": "error", "run": "error"}
FORGED = "a malformed report"


class Report(NamedTuple):
    """A whole report: tests in order with status and reason, and the files that were kept."""

    tests: list[tuple[str, str, str]]
    files: list[tuple[str, str]]


def read_report(data: bytes, key: str, keep: Sequence[str]) -> Report:
    """Read a report. Raises SampleEnd for one that has no end, that is none, or that tells of an exception."""
    report, seen = Report([], []), set[str]()
    lines = data.split(b"\n")
    if lines.pop():
        raise SampleEnd("error", "the process ended in the middle of its report")
    for at, line in enumerate(lines):
        kind, *fields = _decode(line)
        if kind == "end" and fields == [key, len(report.tests)] and at == len(lines) - 1:
            return report
        if kind == "raised":
            raise _raised(fields, key, report, last=at == len(lines) - 1)
        if kind == "test":
            report.tests.append(_test(fields, seen))
        elif kind == "file":
            report.files.append(_file(fields, keep, report.files))
        else:
            raise SampleEnd("tampered", FORGED)
    raise SampleEnd("error", "the process ended before its tests did")


def _decode(line: bytes) -> list[Any]:
    try:
        value = json.loads(line, parse_int=_count, parse_float=_refused, parse_constant=_refused)
    except (ValueError, RecursionError):
        raise SampleEnd("tampered", FORGED) from None
    if type(value) is not list or not value or not all(type(one) in (str, int) for one in value):
        raise SampleEnd("tampered", FORGED)
    return value


def _count(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError("no number of tests")
    return int(digits)


def _refused(text: str) -> float:
    raise ValueError(text[:MAX_DIGITS])


def _test(fields: list[Any], seen: set[str]) -> tuple[str, str, str]:
    if len(fields) != 3 or not all(type(one) is str for one in fields) or fields[1] not in STATUSES:
        raise SampleEnd("tampered", FORGED)
    test, status, reason = fields
    if len(test) > MAX_ID or len(seen) >= MAX_TESTS:
        raise SampleEnd("tampered", FORGED)
    if test in seen:
        raise SampleEnd("tampered", f"the test {text_of(test)[:100]} was reported twice")
    seen.add(test)
    return text_of(test), status, text_of(reason)


def _file(fields: list[Any], keep: Sequence[str], before: list[tuple[str, str]]) -> tuple[str, str]:
    if len(fields) != 2 or not all(type(one) is str for one in fields):
        raise SampleEnd("tampered", FORGED)
    name, data = fields
    wanted = len(name) <= MAX_NAME and not name.startswith("/") and any(fnmatchcase(name, one) for one in keep)
    total = len(data) + sum(len(one) for _, one in before)
    known = any(name == one for one, _ in before)
    if not wanted or known or len(before) >= MAX_FILES or len(data) > 2 * MAX_FILE or total > 2 * MAX_KEPT:
        raise SampleEnd("tampered", "a file that was not to be kept")
    if len(data) % 2 or not set(data) <= set("0123456789abcdef"):
        raise SampleEnd("tampered", FORGED)
    return text_of(name), data


def _raised(fields: list[Any], key: str, report: Report, *, last: bool) -> SampleEnd:
    """What an exception comes to that left the program, or the tests outside of any test."""
    if len(fields) != 4 or not all(type(one) is str for one in fields) or fields[0] not in STAGES:
        return SampleEnd("tampered", FORGED)
    stage, name, text, given = fields
    if given != key or not last or (stage == "syntax" and report.tests):
        return SampleEnd("tampered", FORGED)
    outcome = "forbidden" if name == "PermissionError" else STAGES[stage]
    return SampleEnd(outcome, f"{name}: {text}" if text else name, error=name[:100])
