"""When instances were published, as far as their harness knows: a histogram, and those that models may have seen."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from boxscore.audit.findings import Finding, FindingKind, finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date


def months(dates: Mapping[str, date]) -> dict[str, int]:
    """How many instances are of each month, in order; months without any between them count 0."""
    if not dates:
        return {}
    counts = Counter((one.year, one.month) for one in dates.values())
    (year, month), last = min(counts), max(counts)
    found = {}
    while (year, month) <= last:
        found[f"{year:04}-{month:02}"] = counts[year, month]
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)  # noqa: PLR2004 - months of a year
    return found


def date_findings(dates: Mapping[str, date], cutoff: date | None) -> Iterator[Finding]:
    """Instances that are older than a model's data ends."""
    for name, day in dates.items():
        if cutoff is not None and day < cutoff:
            text = f"published on {day.isoformat()}, before {cutoff.isoformat()}: models may have seen it"
            yield finding(FindingKind.BEFORE_CUTOFF, name, text)
