"""Multi-SWE-bench's parsers for C, C++, Go and Rust."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boxscore.protocols.patch.logs.multi_swe.sets import BLANK, StickySets, by_line, split
from boxscore.protocols.statuses import Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from boxscore.protocols.patch.logs.lines import Found

ZSTD = "/home/zstd"  # in the published images
DECODER = f"make[1]: Leaving directory '{ZSTD}/doc/educational_decoder'"
POOL = "PASS: all POOL tests"
WHOLE_SUITE = "all tests"

CARGO = re.compile(r"test (\S+) .{3} (ok|FAILED|ignored)")
CARGO_WORDS = {"ok": Status.PASSED, "FAILED": Status.FAILED, "ignored": Status.SKIPPED}


@by_line
def cargo(line: str) -> tuple[str, Status] | None:
    """Read libtest: `test module::name ... ok`, whatever stands behind the word."""
    found = CARGO.match(line)
    return None if found is None else (found[1], CARGO_WORDS[found[2]])


AUTOMAKE = re.compile(r"(PASS|FAIL|SKIP): (\S+)\Z")
AUTOMAKE_WORDS = {"PASS": Status.PASSED, "FAIL": Status.FAILED, "SKIP": Status.SKIPPED}


@by_line
def automake(line: str) -> tuple[str, Status] | None:
    """Read automake's `PASS: name`, of names without blanks."""
    found = AUTOMAKE.match(line)
    return None if found is None else (found[2], AUTOMAKE_WORDS[found[1]])


def zstd_decoder(log: str) -> Found:
    """Take the suite for one test, which passed if make left its last folder once."""
    return _whole_suite(log, DECODER)


def zstd_pool(log: str) -> Found:
    """Take the suite for one test, which passed if the tests of the pool passed once."""
    return _whole_suite(log, POOL)


def _whole_suite(log: str, sign: str) -> Found:
    if log:
        yield WHOLE_SUITE, Status.PASSED if log.count(sign) == 1 else Status.FAILED


CTEST = re.compile(r"\d+/\d+\s*Test\s*#\d+:\s*")
CTEST_PASSED = re.compile(r"\.\s*Passed")


@by_line
def ctest(line: str) -> tuple[str, Status] | None:
    """Read `1/9 Test #1: name ....   Passed`; a failure counts only where nothing follows its word."""
    head = CTEST.match(line)
    if head is None:
        return None
    rest = line[head.end() :]
    passed = CTEST_PASSED.search(rest)
    if passed is not None:
        return rest[: passed.start()].rstrip(".").rstrip(), Status.PASSED
    name = _before_failed(rest)
    return None if name is None else (name, Status.FAILED)


def _before_failed(rest: str) -> str | None:
    """The name before `....***Failed`, None where the text does not end so."""
    stars = rest.removesuffix("Failed")
    dots = stars.rstrip("*").rstrip()
    if stars == rest or not stars.endswith("*") or not dots.endswith("."):
        return None
    return dots.rstrip(".").rstrip()


CATCH2 = re.compile(r"\d+/\d+ test\s+#\d+: ")
CATCH2_WORDS = {
    " - success": Status.PASSED,
    " - failed": Status.FAILED,
    " - skipped": Status.SKIPPED,
}
CATCH2_CHECK = "-- performing test "


@by_line
def catch2(line: str) -> tuple[str, Status] | None:
    """Read ctest and what CMake tries out before it, all in small letters."""
    line = line.lower()
    for word, status in CATCH2_WORDS.items():
        if line.startswith(CATCH2_CHECK) and line.endswith(word):
            name = line[len(CATCH2_CHECK) : -len(word)]
            return (name, status) if name else None
    head = CATCH2.match(line)
    if head is None:
        return None
    rest = line[head.end() :]
    passed = _dotted(rest, "passed", gap=True)
    failed = _dotted(rest, "***failed", gap=False)
    if passed is not None:
        return passed, Status.PASSED
    return None if failed is None else (failed, Status.FAILED)


def _dotted(rest: str, word: str, *, gap: bool) -> str | None:
    """The name before the last ` ....` that `word` and something more follow; with `gap` also blanks before the word.

    None where there is none, or nothing before it.
    """
    place = rest.rfind(word)
    while place > 0:
        behind = place + len(word)
        if behind + 1 < len(rest) and rest[behind].isspace():
            end = _before_dots(rest, place, gap=gap)
            if end:
                return rest[:end]
        place = rest.rfind(word, 0, place)
    return None


def _before_dots(rest: str, place: int, *, gap: bool) -> int:
    """Where a name ends that a blank, dots and, with `gap`, two blanks or more follow up to a place; 0 if none does."""
    end = place
    while gap and end and rest[end - 1].isspace():
        end -= 1
    if gap and (place - end < 2 or rest[place - 1] != " "):  # noqa: PLR2004 - two
        return 0
    start = end
    while start and rest[start - 1] == ".":
        start -= 1
    return start - 1 if start != end and start > 1 and rest[start - 1] == " " else 0


GTEST = (
    ("[       OK ] ", "", Status.PASSED),
    ("\x1b[0;32m[       OK ] \x1b[0m", "", Status.PASSED),
    ("\x1b[92m---- Passed: ", "\x1b[0m", Status.PASSED),
    ("[  FAILED  ] ", "", Status.FAILED),
    ("\x1b[0;31m[  FAILED  ] \x1b[0m", "", Status.FAILED),
    ("\x1b[91m**** FAILED: ", "\x1b[0m", Status.FAILED),
)


@by_line
def gtest(line: str) -> tuple[str, Status] | None:
    """Read googletest and ponytest, coloured or not: `[       OK ] Suite.Name (0 ms)`."""
    for before, behind, status in GTEST:
        if not line.startswith(before) or not line.endswith(behind):
            continue
        name = line[len(before) : len(line) - len(behind)]
        if not behind:
            name, bracket, time = name.partition(" (")
            if bracket and (len(time) <= 1 or not time.endswith(")")):
                continue
        if name and not BLANK.search(name):
            return name, status
    return None


GO = ("--- PASS: ", "--- FAIL: ", "--- SKIP: ")
GO_FAIL = re.compile(r"FAIL:?\s?(.+?)\s")
WORD = re.compile(r"\S+")


def go(log: str) -> Found:
    """Read `go test -v`, subtests by their whole names, and packages that failed."""
    return _go(log, lambda name: name)


def go_parents(log: str) -> Found:
    """Read as `go`, and name a subtest as the test that it is part of."""
    return _go(log, lambda name: name.rpartition("/")[0] if "/" in name else name)


def _go(log: str, named: Callable[[str], str]) -> Found:
    sticky = StickySets(named)
    for one in split(log):
        line = one.strip()
        passed, failed, skipped = (WORD.match(line, len(word)) if line.startswith(word) else None for word in GO)
        package = GO_FAIL.match(line)
        sticky.passed(passed[0] if passed else None)
        sticky.failed(failed[0] if failed else None)
        sticky.failed(package[1] if package else None)
        sticky.skipped(skipped[0] if skipped else None)
    return sticky.sets.tests()
