"""The parsers of Ruby's runners, and of PHPUnit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boxscore.protocols.patch.logs.lines import lines
from boxscore.protocols.statuses import Status

if TYPE_CHECKING:
    from boxscore.protocols.patch.logs.lines import Found

CUCUMBER = re.compile(r" (\.+)(F?)")
MINITEST = re.compile(r"(\S+) = [\d.]+ s = ([.FES])\Z")
RUBY_UNIT = re.compile(r"(?:test: )?(.+):\s+(\.|E\b|F\b|O\b)")
PHPUNIT_SUITE = re.compile(r"\w")
PHPUNIT_TEST = re.compile(r"\s*([✔✘↩])\s*(.*)")
MARKS = {
    ".": Status.PASSED,
    "E": Status.FAILED,
    "F": Status.FAILED,
    "O": Status.SKIPPED,
    "S": Status.SKIPPED,
    "✔": Status.PASSED,
    "✘": Status.FAILED,
    "↩": Status.SKIPPED,
}


def minitest(log: str) -> Found:
    """Read `name. = 0.01 s = .`: the last `.`, `F` or `E` of the line is the status.

    SWE-bench knows only names that end in a full stop; `TestA#test_b = 0.01 s = S`, minitest's own form, is read too.
    """
    for line in lines(log):
        text = line.strip()
        plain = MINITEST.match(text)
        if plain and "#" in plain[1] and not plain[1].endswith("."):
            yield plain[1], MARKS[plain[2]]
            continue
        mark = max(text.rfind(one) for one in ".FE")
        equals = text.rfind("=", 0, max(mark, 0))
        end = text.rfind(". ", 1, max(equals, 0))
        if end > 0:
            yield text[:end], MARKS[text[mark]]


def cucumber(log: str) -> Found:
    """Read `--format progress`: a name, then at least two dots, or dots and an `F`."""
    for line in lines(log):
        text = line.strip()
        last = None
        for found in CUCUMBER.finditer(text):
            if found[2] or len(found[1]) > 1:
                last = found
        if last is not None:
            yield text[: last.start()], MARKS[last[2] or "."]


def jekyll(log: str) -> Found:
    """Read as minitest if it finds anything, else as cucumber: the instances of this repository use both."""
    found = False
    for one in minitest(log):
        found = True
        yield one
    if not found:
        yield from cucumber(log)


def ruby_unit(log: str) -> Found:
    """Read test-unit with `-v`: `test: name: .: (0.01)`."""
    for line in lines(log):
        found = RUBY_UNIT.match(line.strip())
        if found:
            yield found[1], MARKS[found[2]]


def rspec(log: str) -> Found:
    """Read `description - passed`, as SWE-bench prints rspec's JSON report; pending examples are not reported."""
    for line in lines(log):
        text = line.strip()
        passed, failed = text.rfind(" - passed"), text.rfind(" - failed")
        if max(passed, failed) > 0:
            yield text[: max(passed, failed)], Status.PASSED if passed > failed else Status.FAILED


def phpunit(log: str) -> Found:
    r"""Read `--testdox`: a class as `Name (Full\Name)`, then its tests, joined by ` > `."""
    suite: str | None = None
    for line in lines(log):
        end = line.rfind(" (", 2, len(line) - 2) if line.endswith(")") else -1
        test = PHPUNIT_TEST.match(line)
        if end > 0 and PHPUNIT_SUITE.match(line):
            suite = line[:end]
        elif test:
            yield f"{suite} > {test[2]}", MARKS[test[1]]
