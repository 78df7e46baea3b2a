"""The parsers of Multi-SWE-bench for logs with the JSON report of mocha in them.

The official programs look for objects from each `{` on, and refuse a log with one that is no report. So do these, but
they give up on a log that is made to be read again and again.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import msgspec

from boxscore.protocols.statuses import Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.protocols.patch.logs.lines import Found, Parser

UNREADABLE = "(a report that is none)"
REREADS = 16  # times the length of the log that may be read in vain
FAILURE = 5  # an error counts the lines before it: so many halvings of their length is what that takes
EXPRESS_NOISE = re.compile(r"^(?:=+|Writing .*)$", re.MULTILINE)
MUI_NOISE = re.compile(r"error Command failed with exit code \d+\.")
MUI_START = "Building new"


class _Test(msgspec.Struct):
    title: object
    full_title: str = msgspec.field(name="fullTitle")
    retry: object = msgspec.field(name="currentRetry")
    err: object


class _TestInFile(_Test):
    file: str


class _Stats(msgspec.Struct):
    suites: object
    tests: object
    passes: object
    pending: object
    failures: object
    start: object
    end: object
    duration: object


class _Report(msgspec.Struct):
    stats: _Stats
    tests: list[_Test]
    pending: list[_Test]
    failures: list[_Test]
    passes: list[_Test]


class _ReportOfFiles(msgspec.Struct):
    stats: _Stats
    tests: list[_TestInFile]
    pending: list[_TestInFile]
    failures: list[_TestInFile]
    passes: list[_TestInFile]


def express(log: str) -> Found:
    """Read reports whose tests are named by their full titles."""
    return _worst(EXPRESS_NOISE.sub("", log), files=False)


def mui(log: str) -> Found:
    """Read reports whose tests are named `file:full title`, from the build of the tests on."""
    return _worst(MUI_NOISE.sub("", log[max(0, log.find(MUI_START)) :]), files=True)


def _worst(log: str, *, files: bool) -> Found:
    """The statuses of all reports: a failure outweighs a skip, and that a pass."""
    found: dict[str, Status] = {}
    skipped: dict[str, Status] = {}
    failed: dict[str, Status] = {}
    for one in _objects(log.replace("\r\n", "").replace("\n", "")):
        try:
            report: _Report | _ReportOfFiles = _read_files(one) if files else msgspec.convert(one, _Report)
        except (msgspec.ValidationError, RecursionError):
            return iter([(UNREADABLE, Status.ERROR)])
        for tests, into, status in (
            (report.passes, found, Status.PASSED),
            (report.pending, skipped, Status.SKIPPED),
            (report.failures, failed, Status.FAILED),
        ):
            for test in tests:
                name = f"{test.file}:{test.full_title}" if isinstance(test, _TestInFile) else test.full_title
                into[name] = status
    return iter({**found, **skipped, **failed}.items())


def _read_files(report: object) -> _ReportOfFiles:
    return msgspec.convert(report, _ReportOfFiles)


def _objects(text: str) -> Iterator[object]:
    """Yield the JSON objects of a text; the last is None where the text would take too long."""
    decoder = json.JSONDecoder()
    left = REREADS * len(text) + 1
    place = text.find("{")
    while place >= 0:
        try:
            found, end = decoder.raw_decode(text, place)
        except json.JSONDecodeError as error:
            left -= error.pos - place + (error.pos >> FAILURE)
            end = place + 1
        except (ValueError, RecursionError):  # a number or a nesting that Python does not read
            left, end = 0, place + 1
        else:
            yield found
        if left <= 0:
            yield None
            return
        place = text.find("{", end)


PARSERS: dict[str, Parser] = {"multi-swe-mocha-json": express, "multi-swe-mui": mui}
