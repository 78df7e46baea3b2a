"""Parsers on text made to be slow: work grows no faster than the log."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from boxscore.protocols.patch.logs import parse_log
from boxscore.protocols.patch.logs.registry import NAME_CHARACTERS, PARSERS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

UNITS = (
    "[",
    "(",
    " ",
    "1",
    "_",
    "x" * 50 + " ",
    "FAILED a[/ - ",
    "ERROR: ",
    " ... skipped ... ok ... Testing against Django installed in ",
    "a (b) ... ",
    "___ a.py:b ",
    "  1) Error",
    "  1)",
    " 1): ",
    "<a><b></a>",
    "<a>",
    "{[",
    "✓ a (1 ms)",
    "✔ (1ms) -",
    "Chrome 1 (Linux a) FAILED",
    "Chrome Headless 1 (Linux x86_64) ",
    "Starting browser xvfb-run  ",
    "running 1 test files ./node_modules/.bin/jest ✕ ",
    "Running: )",
    '"fullTitle": "',
    "[ OK ] (",
    "-Dtest= BUILD ",
    "a > b PASSED > ",
    "--- PASS: ( (",
    "[ok]: (1 in ",
    ". = .F: ",
    " ..F - passed",
    "AssertionError:  #",
    "/tmp/a [smoke] ... ",
    ">>>>> Start Test Output",
)
INDENTED = "".join(f"{' ' * depth}suite\n" for depth in range(300))


def logs(size: int) -> Iterator[str]:
    """Units repeated in one line and in many, and two logs with suites inside suites."""
    for unit in UNITS:
        yield unit * (size // len(unit))
        yield f"{unit}\n" * (size // len(unit))
    yield "Starting browser xvfb-run ./node_modules/.bin/jest running 1 test files\n" + INDENTED + "✔ a\n✓ b\n" * 200
    yield "<doctest>" + "<SubCase name='a'>" * 300 + "</doctest>"


@pytest.mark.parametrize("parser", PARSERS)
def test_twice_the_log_is_at_most_twice_the_calls(parser: str) -> None:
    for once, twice in zip(logs(800), logs(1600), strict=True):
        assert calls(parser, twice) <= 2.2 * calls(parser, once) + 50


def calls(parser: str, log: str) -> int:
    count = 0

    def note(_frame: FrameType, event: str, _arg: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(note)
    try:
        parse_log(parser, log)
    finally:
        sys.setprofile(None)
    return count


def test_names_under_long_suites_are_bounded() -> None:
    log = f"  {'s' * 60_000}\n" + "".join(f"    ✔ test{number}\n" for number in range(2000))

    statuses = parse_log("mocha", log)

    assert len(statuses) == NAME_CHARACTERS // 60_010
