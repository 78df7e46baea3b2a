"""The parser of Python's own unittest, run with `-v`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boxscore.protocols.patch.logs.cases import unittest_names, worse
from boxscore.protocols.patch.logs.lines import lines
from boxscore.protocols.patch.task import Status

if TYPE_CHECKING:
    from boxscore.protocols.patch.logs.lines import Found

TEST = re.compile(r"\s*(\w+ \([\w.<>]+\))")
WORDS = {
    "ok": Status.PASSED,
    "FAIL": Status.FAILED,
    "ERROR": Status.ERROR,
    "expected failure": Status.XFAIL,
    "unexpected success": Status.FAILED,
}


def unittest(log: str) -> Found:
    """Read `python -m unittest -v`: a name such as `test_b (pkg.mod.TestA)` has the worst status of all its lines.

    Python 3.11 and later print `test_b (pkg.mod.TestA.test_b)`: such a test is reported under both names. The line
    after the name may be a docstring, and what a test prints may stand between its name and its status.
    """
    statuses: dict[str, Status] = {}
    name: str | None = None
    for line in lines(log):
        heading, _, rest = line.partition(": ")
        if heading in ("FAIL", "ERROR", "UNEXPECTED SUCCESS"):
            found = TEST.match(rest)
            status = Status.ERROR if heading == "ERROR" else Status.FAILED
            if found:
                _note(statuses, found[1], status)
            continue
        parts = line.split(" ... ")
        named = [found[1] for found in map(TEST.match, parts) if found]
        name = named[-1] if named else name
        said = _status(parts, after_name=bool(named))
        if said is not None and name is not None:
            _note(statuses, name, said)
            name = None
    yield from statuses.items()


def _status(parts: list[str], *, after_name: bool) -> Status | None:
    """Find the status at the end of a line, or a skip whose reason goes on to the end."""
    if any(part.startswith(("skipped '", 'skipped "')) for part in parts[1 if after_name else 0 :]):
        return Status.SKIPPED
    return WORDS.get(parts[-1].strip())


def _note(statuses: dict[str, Status], printed: str, status: Status) -> None:
    for name in unittest_names(printed):
        statuses[name] = worse(statuses.get(name, status), status)
