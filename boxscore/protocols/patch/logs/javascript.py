"""The parsers of JavaScript's runners: jest, vitest, TAP, and mocha with those that print an outline like its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from boxscore.protocols.patch.logs.lines import Outline, indent_of, lines, without_escapes
from boxscore.protocols.statuses import Status

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


EPILOGUE = re.compile(r"\n[ \t]*\d+ passing")

PASSING = re.compile(r"(?<!\d)\d+\spassing")

TIMED = re.compile(r"\(\d+ms\)")

TIME_AT_END = re.compile(r"\s\(\d+m?s\)\Z")

NUMBER = re.compile(r"\d+\)")

NUMBERED = re.compile(r"\d+\)\s(.*)")

LIGHTHOUSE_TIME = re.compile(r"\s\(\d+m+s\)")

LIGHTHOUSE_RUN = re.compile(r"running\s\d+\stest\sfiles")

LIGHTHOUSE_JSON = "./node_modules/.bin/mocha --reporter json"

FULL_TITLE = '"fullTitle": "'

NEXT_ERROR = re.compile(r"AssertionError:\s+#")

NEXT_NOISE = ("ERROR", "LOG", "WARN", "Check", "in")


def mocha(log: str) -> Found:
    """Read the spec reporter: a test is its full title, the suites' and its own, joined by spaces."""
    outline = Outline()
    for line in lines(EPILOGUE.split(without_escapes(log), maxsplit=1)[0]):
        text = line.strip()
        number = NUMBERED.match(text)
        if text.startswith(("✓ ", "✔ ")):
            found, title = Status.PASSED, TIME_AT_END.sub("", text[2:])
        elif number:
            found, title = Status.FAILED, number[1]
        elif text.startswith("- "):
            found, title = Status.SKIPPED, text[2:]
        else:
            if indent_of(line):
                outline.enter(line)
            continue
        outline.leave(indent_of(line))
        yield " ".join([*outline.names(), title.strip()]), found


def highlightjs(log: str) -> Found:
    """Read the spec reporter as SWE-bench does: a test stands under the last indented line alone, joined by a dot."""
    suite = ""
    for line in lines(EPILOGUE.split(log, maxsplit=1)[0]):
        text = line.strip()
        if text.startswith(("✓", "✔")):
            yield suite + TIMED.sub("", text[1:]).strip(), Status.PASSED
        elif NUMBER.match(text):
            yield suite + TIMED.sub("", text.split(")", 1)[1]).strip(), Status.FAILED
        elif line.startswith("  "):
            suite = f"{text}."


def calypso(log: str) -> Found:
    """Read jest's verbose output behind each command that the shell printed: suites and title joined by ` - `."""
    outline = Outline()
    for part in log.split(" ./node_modules/.bin/jest ")[1:]:
        for line in lines(part):
            text = line.strip()
            if line.startswith(("Test Suites", "  ● ")):
                break
            if text.startswith(("✓", "✕")):
                if line[0].isspace() and text[1:2].isspace():
                    title = TIMED.split(text[2:], maxsplit=1)[0]
                    status = Status.PASSED if text[0] == "✓" else Status.FAILED
                    yield " - ".join([" - ".join(outline.names()), title]).strip(), status
            elif indent_of(line):
                outline.enter(line)


def next_js(log: str) -> Found:
    """Read the two forms of alibaba-fusion/next: `Running: suite (1 of 2)` is Cypress, the other is karma."""
    if "Running:" in log and " xvfb-run " not in log:
        return _next_cypress(log)
    return _next_karma(log)


def _next_karma(log: str) -> Found:
    outline = Outline()
    for part in _without_assertions(without_escapes(log)).split(" xvfb-run ")[1:]:
        for line in lines(part.rsplit("Starting browser Chrome", 1)[-1]):
            if line.startswith("TOTAL"):
                break
            if line.strip().startswith(NEXT_NOISE):
                continue
            mark, status = ("✗", Status.FAILED) if "✗" in line else ("✓", Status.PASSED)
            if mark in line:
                yield " - ".join([*outline.names(), line.split(mark, 1)[1].lstrip()]), status
            elif indent_of(line):
                outline.enter(line)


def _without_assertions(log: str) -> str:
    kept, done = [], 0
    for start in NEXT_ERROR.finditer(log):
        if start.start() < done:
            continue
        end = log.find("\n\n", start.end())
        if end < 0:
            break
        kept.append(log[done : start.start()])
        done = end + 2
    return "".join([*kept, log[done:]])


def _next_cypress(log: str) -> Found:
    suite: str | None = None
    before = ("", "", "")
    for line in lines(log):
        running, empty, empty_too = before
        before = (empty, empty_too, line)
        if not empty and not empty_too and "Running:" in running and running.endswith(")") and line[:2].isspace():
            suite = line[2:]
        elif suite is not None and line.startswith("    ") and not line[4:5].isspace():
            number = NUMBERED.match(line[4:])
            if number:
                yield f"{suite}: {number[1].strip()}", Status.FAILED
            elif line.startswith("    ✓ ") and "(" in line[6:]:
                yield f"{suite}: {line[6:].rsplit('(', 1)[0].strip()}", Status.PASSED


def lighthouse(log: str) -> Found:
    """Read the three forms of GoogleChrome/lighthouse: mocha's outline, mocha's JSON, jest's lines about files."""
    if LIGHTHOUSE_RUN.search(log):
        return _lighthouse_outline(log)
    if LIGHTHOUSE_JSON in log:
        return _lighthouse_json(log)
    return jest_files(log)


def _lighthouse_outline(log: str) -> Found:
    for run in LIGHTHOUSE_RUN.split(log)[1:]:
        outline = Outline()
        for line in lines(PASSING.split(run, maxsplit=1)[0].strip()):
            text = line.strip()
            number = NUMBERED.match(text)
            if number or text.startswith("✔ "):
                title = number[1] if number else text[2:]
                times = [one.start() for one in LIGHTHOUSE_TIME.finditer(title)]
                name = " - ".join([*outline.names(), title[: times[-1]] if times else title])
                yield name, Status.FAILED if number else Status.PASSED
            elif indent_of(line):
                outline.enter(line)


def _lighthouse_json(log: str) -> Found:
    for part in log.split(LIGHTHOUSE_JSON)[1:]:
        for start, end, status in (
            ('"passes": [', "]", Status.PASSED),
            ('"failures": [', "],", Status.FAILED),
        ):
            for line in lines(part.rsplit(start, 1)[-1].rsplit(end, 1)[0]):
                _, found, title = line.partition(FULL_TITLE)
                if found and title.endswith('",'):
                    yield title.removesuffix('",'), status
