"""The parsers of Maven, Gradle and Ant."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING

from boxscore.protocols.patch.logs.lines import lines
from boxscore.protocols.statuses import Status

if TYPE_CHECKING:
    from boxscore.protocols.patch.logs.lines import Found

ANT = re.compile(r"\[junit\]\s+\[(PASS|FAIL|ERR)\]\s+(.*)\Z")
GRADLE_NAME = re.compile(r"[^>]\S*\s+>\s+\S+\Z")
WORDS = {
    "PASS": Status.PASSED,
    "FAIL": Status.FAILED,
    "ERR": Status.FAILED,
    "PASSED": Status.PASSED,
    "FAILED": Status.FAILED,
    "BUILD SUCCESS": Status.PASSED,
    "BUILD FAILURE": Status.FAILED,
}
OPTION = "-Dtest="


def maven(log: str) -> Found:
    """Read one Maven run per test: names from `-Dtest=…` as the shell prints the commands, builds in the same order."""
    names, results = deque[str](), deque[Status]()
    for line in lines(log):
        text = line.strip()
        name = _chosen(text)
        if name:
            names.append(name)
        result = _build(text)
        if result and names:
            yield names.popleft(), result
        elif result:
            results.append(result)
    yield from zip(names, results, strict=False)


def maven_v4(log: str) -> Found:
    """Read as SWE-bench before v5 did: a build's result is that of the last test named before it."""
    name = "---NO TEST NAME FOUND YET---"
    for line in lines(log):
        text = line.strip()
        name = _chosen(text) or name
        result = _build(text)
        if result:
            yield name, result


def _chosen(text: str) -> str | None:
    place = text.rfind(OPTION)
    while place >= 0:
        after = text[place + len(OPTION) :][:1]
        if after and not after.isspace():
            return text[place + len(OPTION) :].split(None, 1)[0]
        place = text.rfind(OPTION, 0, place)
    return None


def _build(text: str) -> Status | None:
    return WORDS[text[-13:]] if text.endswith(("BUILD SUCCESS", "BUILD FAILURE")) else None


def ant(log: str) -> Found:
    """Read `[junit] [PASS] name`, which SWE-bench's formatter prints."""
    for line in lines(log):
        found = ANT.match(line.strip())
        if found:
            yield found[2], WORDS[found[1]]


def gradle(log: str) -> Found:
    """Read `Class > method PASSED`; other output may stand between a name and its status on a line of its own."""
    pending: str | None = None
    for line in lines(log):
        text = line.strip()
        if text.endswith(("PASSED", "FAILED")) and text[-7:-6].isspace() and len(text) > 8 and text[0] != ">":  # noqa: PLR2004 - a name of two characters
            yield text[:-7], WORDS[text[-6:]]
            pending = None
        elif GRADLE_NAME.match(text):
            pending = text
        elif pending is not None and text in ("PASSED", "FAILED"):
            yield pending, WORDS[text]
            pending = None
