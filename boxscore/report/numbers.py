"""Numbers as people read them, in reports, comparisons and pages alike."""

from __future__ import annotations

from datetime import UTC, datetime

MINUTE_S, HOUR_S = 60, 3600


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


def duration(seconds: float) -> str:
    """Say seconds as people write them: `35 ms`, `2.40 s`, `12.3 s`, `3 min 05 s`, `2 h 10 min`."""
    if round(seconds, 3) < 0.1:  # noqa: PLR2004 - below it milliseconds have two digits that count
        return f"{float(f'{1000 * seconds:.2g}'):g} ms"
    if round(seconds, 1) < MINUTE_S:
        return f"{seconds:.2f} s" if round(seconds, 1) < 10 else f"{seconds:.1f} s"  # noqa: PLR2004 - one digit
    whole = round(seconds)
    if whole < HOUR_S:
        return f"{whole // MINUTE_S} min {whole % MINUTE_S:02} s"
    minutes = round(seconds / MINUTE_S)
    return f"{minutes // 60:,} h {minutes % 60:02} min"


def moment(text: str) -> str:
    """Say a time in ISO 8601 as people write it, `2 March 2026, 12:05 UTC`; as it is where it is none."""
    try:
        found = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return text
    return f"{found.day} {found:%B %Y, %H:%M} UTC"
