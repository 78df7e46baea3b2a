"""Reads the source of a test piece by piece: names, numbers, texts, and calls with their balanced brackets."""

from __future__ import annotations

import re

SPACE = re.compile(r"\s*")
NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*(?:(?:\.|::)[A-Za-z_$][A-Za-z0-9_$]*)*")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
TEXT = re.compile(r'"(?:[^"\\\n]|\\.)*"')
ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))")
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "f": "\f"}
PLAIN_ESCAPES = frozenset("\"'\\/")
OPEN, CLOSED = "([{", ")]}"


class Unreadable(Exception):  # noqa: N818 - it is no error: such a row is graded in another way
    """The source is not of the form that is looked for."""


class Scanner:
    """A place in a source text."""

    def __init__(self, source: str, at: int = 0) -> None:
        self.source, self.at = source, at

    def matches(self, pattern: re.Pattern[str]) -> str:
        """Take what a pattern finds after white space; "" if it finds nothing."""
        start = self._after_space()
        found = pattern.match(self.source, start)
        if found is None:
            return ""
        self.at = found.end()
        return found[0]

    def takes(self, word: str) -> bool:
        """Take a word if it is next, after white space."""
        start = self._after_space()
        if not self.source.startswith(word, start):
            return False
        self.at = start + len(word)
        return True

    def need(self, word: str) -> None:
        """Take a word. Raises Unreadable where something else is next."""
        if not self.takes(word):
            raise Unreadable(word)

    def text(self) -> str:
        quoted = self.matches(TEXT)
        if not quoted:
            raise Unreadable
        return ESCAPE.sub(_unescaped, quoted[1:-1])

    def call(self) -> str:
        """Take a name and the brackets behind it, with all that is in them."""
        start = self._after_space()
        if not self.matches(NAME):
            raise Unreadable
        self.bracketed()
        return self.source[start : self.at]

    def bracketed(self) -> None:
        opened = []
        while True:
            self._after_space(move=True)
            if self.at >= len(self.source):
                raise Unreadable
            letter = self.source[self.at]
            if letter == '"':
                self.text()
                continue
            if letter in OPEN:
                opened.append(CLOSED[OPEN.index(letter)])
            elif letter in CLOSED and (not opened or opened.pop() != letter):
                raise Unreadable
            self.at += 1
            if not opened:
                return

    def generic(self) -> str:
        """Take type arguments in angle brackets; "" where there are none."""
        start = self._after_space()
        if not self.takes("<"):
            return ""
        depth = 1
        while depth:
            letter = self.source[self.at : self.at + 1]
            if letter in {"", ";", '"', "{"}:
                raise Unreadable
            depth += {"<": 1, ">": -1}.get(letter, 0)
            self.at += 1
        return self.source[start : self.at]

    def listed(self, item: object, end: str) -> list[object]:
        """Take what `item` reads until `end`, with commas between; the opening bracket is taken already."""
        assert callable(item)
        found: list[object] = []
        while not self.takes(end):
            if found:
                self.need(",")
            found.append(item(self))
        return found

    def _after_space(self, *, move: bool = False) -> int:
        found = SPACE.match(self.source, self.at)
        at = self.at if found is None else found.end()
        if move:
            self.at = at
        return at


def _unescaped(found: re.Match[str]) -> str:
    if found[1]:
        return chr(int(found[1], 16))
    if found[2] in PLAIN_ESCAPES:
        return found[2]
    if found[2] not in ESCAPES:
        raise Unreadable(found[0])
    return ESCAPES[found[2]]
