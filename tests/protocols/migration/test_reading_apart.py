"""Sources of a candidate are read in a process of their own, within limits of time and memory."""

from __future__ import annotations

import pytest

from boxscore.protocols.migration.reading import read_source
from boxscore.protocols.migration.reading_apart import TOO_MUCH, reading_apart

SOURCES = {"A.java": b"class A { @Test void x() { assertEquals(1, 2); } }", "B.java": b"class B {"}


def test_sources_are_read_as_they_are_here() -> None:
    """What crosses between the processes is all that there is to know."""
    assert reading_apart(SOURCES) == {path: read_source(source) for path, source in SOURCES.items()}
    assert reading_apart({}) == {}


@pytest.mark.slow
@pytest.mark.parametrize("unit", [b"! ) ", b"a<"])
def test_what_takes_too_long_is_unreadable(unit: bytes) -> None:
    """A parser that mends errors takes the square of their number, in time or in memory."""
    found = reading_apart({**SOURCES, "C.java": unit * 200_000}, cpu_s=10)

    assert {one.problem for one in found.values()} == {TOO_MUCH}
