"""Drawings of a run, each with its numbers as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.page.records import Chart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.page.head import ReadRun
    from boxscore.page.records import Scalar


def charts_of(run: ReadRun, _rows: Sequence[Sequence[Scalar]]) -> tuple[Chart, ...]:
    """Make the charts that this run has something to say in."""
    outcomes = run.report.outcomes
    total = sum(outcomes.values()) or 1
    table = (
        ("outcome", "samples", "share"),
        *((name, f"{count:,}", f"{100 * count / total:.1f} %") for name, count in outcomes.items()),
    )
    return (Chart(chart_id="outcomes", title="Outcomes", svg=None, table=table),)
