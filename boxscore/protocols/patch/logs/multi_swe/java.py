"""Multi-SWE-bench's parsers for Java: tasks and tests of Gradle, summaries of Maven."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from boxscore.protocols.patch.logs.multi_swe.sets import BLANK, Sets, StickySets, split
from boxscore.protocols.statuses import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.protocols.patch.logs.lines import Found

COLOURS = re.compile(r"\x1b\[[0-?9;]*[mK]")

TASK = "> Task :"
GRADLE_PASSED = ("", " UP-TO-DATE")
GRADLE_SKIPPED = (" SKIPPED", " NO-SOURCE")


def gradle(log: str) -> Found:
    """Read Gradle's tasks and `Class > method PASSED`; a failure stays, a skip beside another status contradicts it."""
    sets = Sets()
    for line in split(log):
        for name, status in _gradle_line(line, GRADLE_PASSED):
            if status is Status.FAILED:
                sets.passed.pop(name, None)
            if status is not Status.PASSED or name not in sets.failed:
                sets.add(name, status)
    return sets.tests()


def gradle_cached(log: str) -> Found:
    """Read as `gradle`, tasks from the cache too; skips count after a failure alone."""
    sticky = StickySets(lambda name: name)
    for line in split(log):
        for name, status in _gradle_line(line.strip(), (*GRADLE_PASSED, " FROM-CACHE")):
            take = {Status.PASSED: sticky.passed, Status.FAILED: sticky.failed}.get(status, sticky.skipped)
            take(name)
    return sticky.sets.tests()


def _gradle_line(line: str, passing: Sequence[str]) -> Found:
    """Yield what a line says, of tasks and of tests, in the order in which it is taken."""
    words = (
        *((word, Status.PASSED) for word in passing),
        (" FAILED", Status.FAILED),
        *((word, Status.SKIPPED) for word in GRADLE_SKIPPED),
    )
    if line.startswith(TASK):
        for word, status in words:
            task = line[len(TASK) : len(line) - len(word)]
            if line.endswith(word) and task and not BLANK.search(task):
                yield task, status
    for word, status in ((" PASSED", Status.PASSED), (" FAILED", Status.FAILED), (" SKIPPED", Status.SKIPPED)):
        name = line.removesuffix(word)
        if name != line and 0 < name.find(" > ", 1) < len(name) - 3:
            yield name, status


SUREFIRE = re.compile(r"Tests run: (\d+), Failures: (\d+), Errors: (\d+), Skipped: (\d+), Time elapsed: [\d.]+ ")
GSON = re.compile(
    r"Tests run:\s*(\d+),\s*Failures:\s*(\d+),\s*Errors:\s*(\d+),\s*Skipped:\s*(\d+),\s*Time elapsed:\s*[\d.]+\s*sec"
)
GSON_FAILED = re.compile(
    r"Tests run: \d+, Failures: \d+, Errors: \d+, Skipped: \d+, Time elapsed: [\d.]+ sec +<<< FAILURE!"
)
RUNNING = "Running"
MOST_DIGITS = 4300  # of a number that Python reads


def maven(log: str) -> Found:
    """Read Surefire's summary of each class, `Tests run: 3, … Time elapsed: 0.1 s -- in org.Test`, without colours."""
    return maven_plain(COLOURS.sub("", log))


def maven_plain(log: str) -> Found:
    """Read as `maven`, with the colours."""
    sets = Sets()
    for line in split(log):
        head = SUREFIRE.search(line)
        if head is None:
            continue
        place = line.find(" in ", head.end() + 1)
        name = line[place + 4 :] if place >= 0 else ""
        if name:
            _add_class(sets, name, head)
    return sets.tests()


def _add_class(sets: Sets, name: str, counts: re.Match[str]) -> None:
    if any(len(counts[group]) > MOST_DIGITS for group in range(1, 5)):
        sets.add(name, Status.ERROR)
        return
    ran, failures, errors, skipped = (int(counts[group]) for group in range(1, 5))
    if failures or errors:
        sets.add(name, Status.FAILED)
    elif skipped == ran:
        sets.add(name, Status.SKIPPED)
    elif ran:
        sets.add(name, Status.PASSED)


def gson(log: str) -> Found:
    """Read older Surefire: `Running Class`, then the next line that begins with `Tests run:` is that class's.

    The official expression begins at the ninth character. A summary that says it failed is the class's named on the
    line before it, too.
    """
    sets = Sets()
    pending = before = ""
    for line in (part.removesuffix("\n") for part in io.StringIO(log[8:], newline="\n")):
        rest = line
        if line.startswith("Tests run:"):
            counts = GSON.match(line)
            if counts is not None and pending:
                _add_class(sets, pending, counts)
            _, running, last = before.partition("Running ")
            if running and last and GSON_FAILED.match(line):
                sets.add(last, Status.FAILED)
            pending, rest = "", line[counts.end() if counts is not None else 0 :]
        pending = pending or _running(rest)
        before = line
    return sets.tests()


def _running(line: str) -> str:
    """The class that a line says is running, "" if none."""
    place = line.find(RUNNING)
    after = line[place + len(RUNNING) :] if place >= 0 else ""
    return after.strip() if after[:1].isspace() else ""
