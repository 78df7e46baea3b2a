"""Judge a log of tests: `judge.py REQUIRED LOG` prints 1 if every required test passed, else 0.

It goes into tasks of other programs as it is and runs there, so it needs the standard library alone. It reads logs as
the parsers of the same names do that boxscore grades with.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    Found = Iterator[tuple[str, bool]]

WORDS = ("PASSED", "FAILED", "ERROR", "SKIPPED", "XFAIL")
COUNT = re.compile(r"\[\d+\]\Z")
CONTROLS = dict.fromkeys(range(1, 32))
COLOUR = re.compile(r"\[(\d+)m")
TEST = re.compile(r"\s*(\w+ \([\w.<>]+\))")
LONG = re.compile(r"(\w+) \(([\w.<>]+)\.\1\)\Z")


def pytest_v2(lines: Iterable[str]) -> Found:
    """Read `STATUS id` of the short summary of `pytest -rA`; an id may hold spaces."""
    for line in lines:
        text = COLOUR.sub("", line).translate(CONTROLS)
        if text.startswith("SUBFAIL"):
            name = next((word for word in text.split() if "::" in word), None)
            if name:
                yield name, False
        if text.startswith(WORDS):
            words = (text.split(" - ", 1)[0] if text.startswith("FAILED") else text).split()
            if len(words) > 1 and words[0] in WORDS and not (words[0] == "SKIPPED" and COUNT.match(words[1])):
                yield " ".join(words[1:]), words[0] == "PASSED"


def unittest(lines: Iterable[str]) -> Found:
    """Read `python -m unittest -v`: a test has the worst status of all its lines, under both of its names."""
    found: dict[str, bool] = {}
    name: str | None = None
    for line in lines:
        heading, _, rest = line.partition(": ")
        if heading in ("FAIL", "ERROR", "UNEXPECTED SUCCESS"):
            test = TEST.match(rest)
            if test:
                note(found, test[1], passed=False)
            continue
        parts = line.split(" ... ")
        named = [one[1] for one in map(TEST.match, parts) if one]
        name = named[-1] if named else name
        said = parts[-1].strip()
        skipped = any(part.startswith(("skipped '", 'skipped "')) for part in parts[1 if named else 0 :])
        others = ("ok", "FAIL", "ERROR", "expected failure", "unexpected success")
        if name is not None and (skipped or said in others):
            note(found, name, passed=said == "ok" and not skipped)
            name = None
    yield from found.items()


def note(found: dict[str, bool], printed: str, *, passed: bool) -> None:
    """Note a status of a test under each of its names."""
    long = LONG.match(printed)
    for name in (printed, f"{long[1]} ({long[2]})") if long else (printed,):
        found[name] = found.get(name, True) and passed


PARSERS = {"pytest-v2": pytest_v2, "unittest": unittest}


def passes(required: Mapping[str, object], log: str) -> bool:
    """Say whether every required test passed."""
    found = dict(PARSERS[str(required["parser"])](log.split("\n")))
    lists = (required["FAIL_TO_PASS"], required["PASS_TO_PASS"])
    tests = [str(test) for one in lists if isinstance(one, list) for test in one]
    return bool(tests) and all(found.get(test, found.get(" ".join(test.split()), False)) for test in tests)


if __name__ == "__main__":
    asked = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    log = Path(sys.argv[2]).read_text(encoding="utf-8", errors="replace")
    sys.stdout.write("1\n" if passes(asked, log) else "0\n")
