"""What a log of Multi-SWE-bench says of tests, as the official parsers keep it: three sets of names.

A name in two of the sets makes the official programs refuse the whole log; here its status is `ERROR`, which none of
these parsers gives for another reason, so that a rule can refuse it too (`ResolutionRule.refused`). Lines end as
`str.splitlines` ends them, as they do there.
"""

from __future__ import annotations

import io
import re
from functools import wraps
from typing import TYPE_CHECKING

from boxscore.protocols.statuses import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boxscore.protocols.patch.logs.lines import Found, Parser

BLANK = re.compile(r"\s")


class Sets:
    """The three sets of a log; `tests` gives each name once, with `ERROR` where two sets have it."""

    def __init__(self) -> None:
        self.passed: dict[str, None] = {}
        self.failed: dict[str, None] = {}
        self.skipped: dict[str, None] = {}

    def add(self, name: str, status: Status) -> None:
        """Put a name into a set; ERROR puts it into two."""
        if status in (Status.PASSED, Status.ERROR):
            self.passed[name] = None
        if status in (Status.FAILED, Status.ERROR):
            self.failed[name] = None
        if status is Status.SKIPPED:
            self.skipped[name] = None

    def tests(self) -> Found:
        """Yield each name with its status."""
        # Contradictions first: who reads on until there are too many names has seen them.
        for name in {**self.failed, **self.skipped, **self.passed}:
            places = (name in self.passed, name in self.failed, name in self.skipped)
            alone = (Status.PASSED, Status.FAILED, Status.SKIPPED)[places.index(True)]
            yield name, alone if sum(places) == 1 else Status.ERROR


class StickySets:
    """Sets in which a failure stays: a name that failed does not pass later, and a skip counts after a failure alone.

    Names are looked up as they are and put in as `named` says, which is how the official parsers do it.
    """

    def __init__(self, named: Callable[[str], str]) -> None:
        self.sets, self._named = Sets(), named

    def passed(self, name: str | None) -> None:
        """Take a pass, unless it failed before."""
        if name is None or name in self.sets.failed:
            return
        self.sets.skipped.pop(name, None)
        self.sets.passed[self._named(name)] = None

    def failed(self, name: str | None) -> None:
        """Take a failure, whatever was said before."""
        if name is not None:
            self.sets.passed.pop(name, None)
            self.sets.skipped.pop(name, None)
            self.sets.failed[self._named(name)] = None

    def skipped(self, name: str | None) -> None:
        """Take a skip of what failed before: a contradiction."""
        if name is not None and name not in self.sets.passed and name in self.sets.failed:
            self.sets.skipped[self._named(name)] = None


def split(log: str) -> Iterator[str]:
    """Yield what `str.splitlines` gives, few lines at a time, and without empty lines."""
    for part in io.StringIO(log, newline="\n"):
        yield from filter(None, part.splitlines())


def by_line(read: Callable[[str], tuple[str, Status] | None]) -> Parser:
    """Make a parser of what reads each line for itself, without the white space around it."""

    @wraps(read)
    def parse(log: str) -> Found:
        sets = Sets()
        for line in split(log):
            found = read(line.strip())
            if found is not None:
                sets.add(*found)
        return sets.tests()

    return parse
