"""What all log parsers share. Logs are hostile: every parser takes time and memory in proportion to the log.

A parser is a generator of (name, status) in the order of the log; a later status of a name replaces an earlier one.
Patterns that could try many starts against many ends are written with find and rfind instead of as one expression.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from typing import TypeAlias

from boxscore.protocols.statuses import Status

Found: TypeAlias = Iterator[tuple[str, Status]]
Parser: TypeAlias = Callable[[str], Found]

LINE_CHARACTERS = 65_536
ESCAPE = re.compile(r"\x1b(?:[@-Z\\-_]|\[[0-?]*[ -/]*[@-~])")
OUTLINE_DEPTH = 100


def lines(log: str) -> Iterator[str]:
    r"""Yield the lines of a log, which end with `\n` and nothing else, cut after LINE_CHARACTERS."""
    for line in io.StringIO(log, newline="\n"):
        yield line.removesuffix("\n")[:LINE_CHARACTERS]


def without_escapes(text: str) -> str:
    """Remove terminal escape sequences, such as colours."""
    return ESCAPE.sub("", text)


def indent_of(line: str) -> int:
    """Count the white space before the first other character."""
    return len(line) - len(line.lstrip())


class Outline:
    """The suites that an indented line of a reporter stands under: each is indented more than the one before."""

    def __init__(self) -> None:
        self._suites: list[tuple[str, int]] = []

    def enter(self, line: str) -> None:
        """Open a suite: those that are not indented less than `line` end. Beyond OUTLINE_DEPTH none opens."""
        indent = indent_of(line)
        while self._suites and self._suites[-1][1] >= indent:
            self._suites.pop()
        if len(self._suites) < OUTLINE_DEPTH:
            self._suites.append((line.strip(), indent))

    def leave(self, indent: int) -> None:
        """End the suites that are not indented less than `indent`."""
        while self._suites and self._suites[-1][1] >= indent:
            self._suites.pop()

    def names(self) -> list[str]:
        """Give the names of the open suites, the outermost first."""
        return [name for name, _ in self._suites]


# Escapes of whole pairs and other escapes are taken too, so that `\\ud800` is a backslash and a word, as it says.
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.DOTALL
)


def escape_surrogates(json: bytes) -> bytes:
    r"""Write each half of a pair as its escape: `"\ud800"`, of one character that is none, becomes a text of six."""
    return _ESCAPE.sub(lambda match: b"\\\\" + match[1] if match[1] else match[0], json)
