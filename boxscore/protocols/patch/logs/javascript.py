"""The parsers of jest, vitest and TAP."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from boxscore.protocols.patch.logs.lines import lines
from boxscore.protocols.patch.task import Status

if TYPE_CHECKING:
    from boxscore.protocols.patch.logs.lines import Found

JEST = re.compile(r"([✓✕○])\s(.+?)(?:\s\(\d+\s*m?s\))?\Z")
JEST_JSON = re.compile(r"\[(PASSED|FAILED)\]\s(.+)\Z")
VITEST = re.compile(r"([✓\u00d7↓])\s(.+?)(?:\s(?:\d+\s*m?s?|\[skipped\]))?\Z")
TAP = re.compile(r"(ok|not ok) \d+ (.+)\Z")
FILE = re.compile(r"(PASS|FAIL)\s(.*)")
FILE_TIMES = tuple(re.compile(pattern) for pattern in (r"\s\([\d.]+ms\)", r"\s\([\d.]+\ss\)", r"\s\([\d.]+s\)"))
FILE_LINE = re.compile(r"^(PASS|FAIL)\s(.*)", re.MULTILINE)
END_TIME = re.compile(r"\s\([\d.]+\s?(?:ms|s)\)$")
PRISM = "./node_modules/.bin/mocha tests/run.js --reporter json"
MARKS = {
    "✓": Status.PASSED,
    "✕": Status.FAILED,
    "\u00d7": Status.FAILED,
    "○": Status.SKIPPED,
    "↓": Status.SKIPPED,
    "PASS": Status.PASSED,
    "FAIL": Status.FAILED,
    "PASSED": Status.PASSED,
    "FAILED": Status.FAILED,
    "ok": Status.PASSED,
    "not ok": Status.FAILED,
}


class _PrismTest(msgspec.Struct):
    title: str = msgspec.field(name="fullTitle")


class _PrismReport(msgspec.Struct):
    failures: list[_PrismTest]
    passes: list[_PrismTest]


def jest(log: str) -> Found:
    """Read `jest --verbose`: the title of a test without those of its `describe` blocks."""
    for name, status in _marked(log, JEST):
        yield name.strip(), status


def jest_json(log: str) -> Found:
    """Read `[PASSED] describe > title`, as SWE-bench prints the report of `jest --json`."""
    return _marked(log, JEST_JSON)


def vitest(log: str) -> Found:
    """Read `vitest --reporter=verbose`: `✓ file > describe > title`, without its duration."""
    return _marked(log, VITEST)


def tap(log: str) -> Found:
    """Read `ok 1 name` and `not ok 2 name`, at any depth; what follows the number is the name."""
    return _marked(log, TAP)


def _marked(log: str, pattern: re.Pattern[str]) -> Found:
    for line in lines(log):
        found = pattern.match(line.strip())
        if found:
            yield found[2], MARKS[found[1]]


def jest_files(log: str) -> Found:
    """Read jest's lines about whole files, `PASS path (1.2 s)`: a file is the test."""
    for line in lines(log):
        found = FILE.match(line)
        if found:
            yield _without_time(found[2]), MARKS[found[1]]


def _without_time(name: str) -> str:
    for pattern in FILE_TIMES:
        times = [found.start() for found in pattern.finditer(name)]
        if times:
            return name[: times[-1]]
    return name


def grommet(log: str) -> Found:
    """Read as `jest_files`; a file that passed once counts as passed."""
    for word in ("FAIL", "PASS"):
        for found in FILE_LINE.finditer(log):
            if found[1] == word:
                yield END_TIME.sub("", found[2].strip()), MARKS[word]


def immutable_js(log: str) -> Found:
    """Read as `jest_json` if it finds anything, else as `jest`: the instances of this repository use both."""
    found = False
    for one in jest_json(log):
        found = True
        yield one
    if not found:
        yield from jest(log)


def prismjs(log: str) -> Found:
    """Read the JSON reports of mocha, one after each time that the shell prints the command; a broken one is empty."""
    for part in log.split(PRISM)[1:]:
        start, end = part.find("{"), part.rfind("}")
        try:
            report = msgspec.json.decode(part[start : end + 1], type=_PrismReport)
        except (msgspec.DecodeError, RecursionError):
            continue
        for test in report.failures:
            yield test.title, Status.FAILED
        for test in report.passes:
            yield test.title, Status.PASSED
