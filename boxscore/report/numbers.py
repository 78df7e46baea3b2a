"""Numbers as people read them, in reports, comparisons and pages alike."""

from __future__ import annotations


def counted(number: int, noun: str, nouns: str = "") -> str:
    """Say how many there are: `1 sample`, `2 samples`; `nouns` is for a plural that is not made by an s."""
    return f"{number:,} {noun if number == 1 else nouns or f'{noun}s'}"


def percent(share: float | None, unknown: str = "-") -> str:
    """Say a share of 1 as per cent."""
    return unknown if share is None else f"{100 * share:.1f} %"


def points(difference: float) -> str:
    """Say a difference of shares of 1 in percentage points."""
    return f"{100 * difference:.1f} points"


def cost_text(cost_usd: float | None) -> str:
    """Say a sum of US dollars."""
    return "unknown" if cost_usd is None else f"${cost_usd:,.4f}"
