"""The parser of Django's test runner, as SWE-bench reads it: a test is what stands before ` ... ` on its line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boxscore.protocols.patch.logs.lines import lines
from boxscore.protocols.patch.task import Status

if TYPE_CHECKING:
    from boxscore.protocols.patch.logs.lines import Found

VERSION_TEST = "--version is equivalent to version"
PASSES = (" ... ok", " ... OK", " ...  OK")
MIGRATION = "Applying sites.0002_alter_domain_unique...test_no_migrations"
SERVER_ERROR = " ... Internal Server Error: /"
CHECKED = " ... System check identified no issues (0 silenced)"
TESTING = re.compile(r"\s\.\.\.\sTesting against Django installed in ")
TESTED = re.compile(r" silenced\)\.\nok$", re.MULTILINE)


def django(log: str) -> Found:
    """Read `runtests.py --verbosity 2`, with what SWE-bench does where other output breaks a test's line in two.

    With a docstring the test's name is the docstring's first line, and a `FAIL:` heading names the method alone.
    """
    before: str | None = None
    for raw in lines(log):
        line = raw.strip()
        if VERSION_TEST in line:
            yield VERSION_TEST, Status.PASSED
        if " ... " in line:
            before = line.split(" ... ", 1)[0]
        yield from _on_line(line)
        if line.startswith("ok") and before is not None:
            yield before, Status.PASSED
    yield from _interrupted(log)
    yield from _tested_later(log)


def _on_line(line: str) -> Found:
    if line.endswith(PASSES):
        if line.startswith(MIGRATION):
            line = line.split("...", 1)[1].strip()
        for end in PASSES:
            if line.endswith(end):
                yield line.removesuffix(end), Status.PASSED
                break
    if " ... skipped" in line:
        yield line.split(" ... skipped", 1)[0], Status.SKIPPED
    for word, status in (("FAIL", Status.FAILED), ("ERROR", Status.ERROR)):
        if line.endswith(f" ... {word}"):
            yield line.split(f" ... {word}", 1)[0], status
        if line.startswith(f"{word}:"):
            words = line.split(None, 2)
            if len(words) > 1:
                yield words[1], status


def _interrupted(log: str) -> Found:
    """A line that one known message follows in place of its status, with `ok` on the line after it."""
    last = ""
    for line in lines(log):
        if line == "ok":
            name, found, rest = last.partition(SERVER_ERROR)
            if found and rest.endswith("/"):
                yield name, Status.PASSED
            if last.endswith(CHECKED):
                yield last.removesuffix(CHECKED), Status.PASSED
        last = line


def _tested_later(log: str) -> Found:
    """A line that the report about databases follows, over several lines, with `ok` at its end."""
    ends = TESTED.finditer(log)
    end = next(ends, None)
    done = 0
    for start in TESTING.finditer(log):
        if start.start() < done:
            continue
        while end is not None and end.start() < start.end():
            end = next(ends, None)
        if end is None:
            return
        line = log.rfind("\n", done, start.start()) + 1
        yield log[max(line, done) : start.start()], Status.PASSED
        done = end.end()
