"""The structured reports of runners that write one if asked: jest's and vitest's JSON, node's JUnit, go's lines.

They are asked for only in runs among tests that must fail, so that what decides is the task's own command. A report
counts each test, also those of one name, and never takes one that was skipped for one that passed. A candidate may have
written it: it can deny a success, and prove none.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from boxscore.errors import ProtocolError
from boxscore.protocols.patch.logs import JunitCase, parser_of, read_junit
from boxscore.protocols.statuses import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

PLACE = "/scratch/boxscore-report"
_JEST = re.compile(r"((?:^|[\s;&|/])jest(?:\.js)?)(?=\s|$)", re.MULTILINE)
_VITEST = re.compile(r"((?:^|[\s;&|/])vitest(?:\.mjs)?(?:\s+run)?)(?=\s|$)", re.MULTILINE)
_TAP = re.compile(r"--test-reporter[= ]tap(?=\s|$)")
_GO = re.compile(r"(\bgo\s+test)(?=\s|$)")
_WORDS = {
    "passed": Status.PASSED,
    "pass": Status.PASSED,
    "failed": Status.FAILED,
    "fail": Status.FAILED,
    "skip": Status.SKIPPED,
}


class _Assertion(Struct):
    title: str
    status: str


class _File(Struct, rename="camel"):
    name: str = ""
    assertion_results: list[_Assertion] = []


class _Jest(Struct, rename="camel"):
    test_results: list[_File]


class _GoLine(Struct, rename="pascal"):
    action: str
    package: str = ""
    test: str = ""


def with_report(parser: str, commands: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Have commands leave reports beside the log that a parser reads; give them, and patterns of the reports' paths."""
    write = _WRITERS.get(parser_of(parser))
    if write is None:
        return tuple(commands), ()
    written = tuple(write(line, f"{PLACE}{number}") for number, line in enumerate(commands))
    return written, (f"{PLACE}*",) if written != tuple(commands) else ()


def read_report(text: str) -> tuple[JunitCase, ...]:
    """The cases of a report of any of these kinds; none of one that is broken."""
    with suppress(ProtocolError):
        return read_junit(text.encode())
    with suppress(msgspec.MsgspecError, RecursionError):
        return tuple(_of_files(msgspec.json.decode(text, type=_Jest)))
    return tuple(_of_lines(text))


def _of_files(report: _Jest) -> Iterator[JunitCase]:
    for file in report.test_results:
        for one in file.assertion_results:
            status = _WORDS.get(one.status, Status.SKIPPED)
            yield JunitCase(classname=file.name, name=one.title, status=status)


def _of_lines(text: str) -> Iterator[JunitCase]:
    for line in text.splitlines():
        with suppress(msgspec.MsgspecError, RecursionError):
            one = msgspec.json.decode(line, type=_GoLine)
            if one.test and one.action in _WORDS:
                yield JunitCase(classname=one.package, name=one.test, status=_WORDS[one.action])


def _jest(line: str, place: str) -> str:
    return line if "--json" in line else _JEST.sub(rf"\1 --json --outputFile={place}.json", line)


def _vitest(line: str, place: str) -> str:
    shown = "" if "--reporter" in line else " --reporter=default"
    return _VITEST.sub(rf"\1{shown} --reporter=json --outputFile.json={place}.json", line)


def _tap(line: str, place: str) -> str:
    beside = f"--test-reporter-destination=stdout --test-reporter=junit --test-reporter-destination={place}.xml"
    return line if "destination" in line else _TAP.sub(lambda found: f"{found[0]} {beside}", line)


def _go(line: str, place: str) -> str:
    """The lines are report and log in one: they are kept as the report, then printed for the parser of the log.

    They are printed too where a command ends the shell (`set -e`, `exit`), while its output still goes to the report.
    """
    if "-json" in line or not _GO.search(line):
        return line
    written, report = _GO.sub(r"\1 -json", line), f"{place}.jsonl"
    shown = f"exec 9>&1; trap 'cat {report} >&9' EXIT"
    return f"{shown}; {{ {written}\n}} >{report} 2>&1; status=$?; trap - EXIT; cat {report}; (exit $status)"


_WRITERS: dict[str, Callable[[str, str], str]] = {
    "go": _go,
    "jest": _jest,
    "jest-files": _jest,
    "tap": _tap,
    "vitest": _vitest,
}
