"""The figures of the report page's race."""

from __future__ import annotations

from bench.browser import Cost, Took
from bench.report import figures, middle, over, table

COST = Cost(
    first_rows_ms=250.0,
    load=Took(wall_ms=400.0, cpu_ms=90.0),
    filter=Took(wall_ms=20.0, cpu_ms=5.0),
    open=None,
    heap_bytes=3_000_000,
    elements=600,
    requests=0,
    messages=0,
)


def test_budgets_that_are_not_kept_are_named() -> None:
    """What is over its budget is named, and so is what could not be measured."""
    ours = figures(COST, 13_000_000)

    assert over(ours) == ["file MB", "open ms"]


def test_the_table_has_the_middle_of_the_rounds() -> None:
    """Each figure is the median of its rounds; a ratio is there where both have one."""
    ours = middle([figures(COST, size) for size in (2_000_000, 4_000_000, 9_000_000)])
    peer = middle([figures(COST, 8_000_000)])

    lines = {line[:14].strip(): line[14:].split() for line in table(ours, peer).splitlines()}

    assert lines["file MB"] == ["4", "12", "8", "2.0"]
    assert lines["open ms"] == ["-", "100", "-", "-"]
