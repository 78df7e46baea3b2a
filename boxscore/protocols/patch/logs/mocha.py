"""The parsers of mocha's spec reporter, and of those that print suites as an indented outline like it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boxscore.protocols.patch.logs.javascript import jest_files
from boxscore.protocols.patch.logs.lines import Outline, indent_of, lines, without_escapes
from boxscore.protocols.patch.task import Status

if TYPE_CHECKING:
    from boxscore.protocols.patch.logs.lines import Found

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
