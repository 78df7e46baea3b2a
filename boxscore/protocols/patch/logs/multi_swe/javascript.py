"""Multi-SWE-bench's parsers for JavaScript and TypeScript."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boxscore.protocols.patch.logs.multi_swe.sets import BLANK, Sets, by_line, split
from boxscore.protocols.statuses import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from boxscore.protocols.patch.logs.lines import Found

NAME_CHARACTERS = 64 << 20  # of names that are longer than what was printed of them
TOO_MANY = "(more names than are read)"

# What a duration in brackets may be, as words that do not overlap: each is read in one pass.
JEST_TIME = re.compile(r"\d\w+|\d+\s+\w+|\d*\.\d\w+|\d*\.\d+\s+\w+")
MOCHA_TIME = re.compile(r"\w+|\d*\s+\w+|\d*\.\w+|\d*\.\d*\s+\w+")


def _without_time(text: str, time: re.Pattern[str]) -> str:
    """A title without the ` (12 ms)` at its end."""
    place = text.rfind("(") - 1
    if place > 0 and text.endswith(")") and text[place].isspace() and time.fullmatch(text, place + 2, len(text) - 1):
        return text[:place]
    return text


def jest(log: str) -> Found:
    """Read `jest --verbose`: files, and tests as `file:title`."""

    def title(text: str) -> str:
        return _without_time(text, JEST_TIME)

    return _suites(log, file=title, test=title)


def darkreader(log: str) -> Found:
    """Read as `jest`, where whatever stands in brackets at the end is no part of a name."""
    return _suites(log, file=_file_alone, test=_before_brackets)


def _suites(log: str, *, file: Callable[[str], str], test: Callable[[str], str]) -> Found:
    sets, left = Sets(), NAME_CHARACTERS
    suite: str | None = None
    for one in split(log):
        line = one.strip()
        for word, status in (("PASS ", Status.PASSED), ("FAIL ", Status.FAILED)):
            name = file(line[len(word) :]) if line.startswith(word) else ""
            if name:
                suite = name
                sets.add(name, status)
        for word, status in (("✓ ", Status.PASSED), ("✕ ", Status.FAILED)):
            name = test(line[len(word) :]) if line.startswith(word) else ""
            left -= len(name) + len(suite or "") if name else 0
            if left < 0:
                sets.add(TOO_MANY, Status.ERROR)
                return sets.tests()
            if name:  # of no file: the official programs refuse the log
                sets.add(f"{suite}:{name}", Status.ERROR if suite is None else status)
    return sets.tests()


def _file_alone(text: str) -> str:
    """The first word, if nothing but something in brackets follows it; "" otherwise."""
    blank = BLANK.search(text)
    word = text if blank is None else text[: blank.start()]
    rest = text[len(word) :].lstrip()
    if not rest or (rest.startswith("(") and rest.endswith(")") and len(rest) > 2):  # noqa: PLR2004 - one between
        return word
    place = word.rfind("(")
    return word[:place] if place > 0 and text.endswith(")") and place + 2 < len(text) else ""


def _before_brackets(text: str) -> str:
    """What stands before the first white space and bracket, if the text ends with the other bracket."""
    place = text.find("(") if text.endswith(")") else -1
    while 0 <= place < len(text) - 2:
        if place > 1 and text[place - 1].isspace():
            return text[: max(1, len(text[:place].rstrip()))]
        place = text.find("(", place + 1)
    return text


NUMBER = re.compile(r"\d+\) ")


@by_line
def mocha(line: str) -> tuple[str, Status] | None:
    """Read the spec reporter: titles alone, without the suites'; `1) title` failed."""
    number = NUMBER.match(line)
    if line.startswith("✔ "):
        text, status = line[2:], Status.PASSED
    elif number:
        text, status = line[number.end() :], Status.FAILED
    else:
        return None
    return (_without_time(text, MOCHA_TIME), status) if text else None


UNITS = ("ms", "s", "m")


@by_line
def vitest(line: str) -> tuple[str, Status] | None:
    """Read `vitest --reporter=verbose`: `✓ file > suite > title 3ms`, without the duration."""
    for mark, status in (("✓ ", Status.PASSED), ("\u00d7 ", Status.FAILED)):
        text = line.removeprefix(mark)
        if text and text != line:
            cuts = [place for unit in UNITS if text.endswith(unit) and (place := _number(text, len(text) - len(unit)))]
            return text[: min(cuts)] if cuts else text, status
    return None


def _number(text: str, end: int) -> int:
    """Where a number that ends before `end`, with the white space around it, begins, 1 at least; 0 if none does."""
    end = len(text[:end].rstrip())
    start = _digits(text, end)
    if start == end or end < 2:  # noqa: PLR2004 - a character of the name, and a digit
        return 0
    if start and text[start - 1] == ".":
        start = _digits(text, start - 1)
    return max(1, len(text[:start].rstrip()))


def _digits(text: str, end: int) -> int:
    while end and text[end - 1].isdecimal():
        end -= 1
    return end


TESTS = re.compile(r"\d+\s+tests")
WORD_CHARACTER = re.compile(r"\w")


@by_line
def insomnia(line: str) -> tuple[str, Status] | None:
    """Read files and marks of jest and vitest together: `✓ title (3 tests) 5ms`, `PASS file (2 s)`."""
    for word, status in (("PASS ", Status.PASSED), ("FAIL ", Status.FAILED)):
        if line.startswith(word) and line[len(word) :]:
            return _without_time(line[len(word) :], JEST_TIME), status
    if line.startswith("✓ ") and line[2:]:
        return _without_time(_without_loose_time(line[2:]), TESTS), Status.PASSED
    return None


def _without_loose_time(text: str) -> str:
    """A title without the number and word at its end, which may stand in brackets, or in half of them."""
    end = len(text) - text.endswith(")")
    start = end
    while start and WORD_CHARACTER.match(text[start - 1]):
        start -= 1
    if start == end:
        return text
    digit = next((place for place in range(start, end - 1) if text[place].isdecimal()), None)
    apart = _number_start(text, len(text[:start].rstrip()))
    if apart is not None and (start and text[start - 1].isspace()):
        digit = apart
    elif digit == start:
        digit = _number_start(text, start + 1)
    if digit is None:
        return text
    begin = digit
    if begin <= start and begin and text[begin - 1] == "(":
        begin -= 1
    if begin <= start:
        begin = len(text[:begin].rstrip())
    return text[: max(1, begin)]


def _number_start(text: str, end: int) -> int | None:
    """Where a number that ends at `end` begins, with what stands before its point; None if there is none."""
    start = _digits(text, end)
    if start == end:
        return None
    return _digits(text, start - 1) if start and text[start - 1] == "." else start
