"""Which lines a Java compiler found no way to compile, by the log of a build."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

_MAVEN = re.compile(r"\[ERROR\] (?P<path>\S+\.java):\[(?P<line>\d{1,7}),\d+\]")
_JAVAC = re.compile(r"(?P<path>\S+\.java):(?P<line>\d{1,7}): error: ")


def lines_of(log: str, paths: Collection[str]) -> dict[str, set[int]]:
    """Lines with errors, by path; Maven, and what shows javac's own words, such as Gradle."""
    found: dict[str, set[int]] = {}
    for line in log.splitlines():
        one = _MAVEN.search(line) or _JAVAC.search(line)
        if one is None:
            continue
        place = one["path"]
        path = next((known for known in paths if place == known or place.endswith(f"/{known}")), None)
        if path is not None:
            found.setdefault(path, set()).add(int(one["line"]))
    return found
