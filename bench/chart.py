"""A bar chart as SVG, by hand: one bar for each row, with the span of what was measured."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, LEFT, RIGHT, TOP, STEP, THICK = 760, 170, 190, 54, 34, 20
OURS, OTHERS, INK = "#2a6f97", "#9aa5b1", "#1f2933"


class Bar(NamedTuple):
    """A median with its lowest and highest value, and what is written behind it."""

    label: str
    median: float
    low: float
    high: float
    note: str = ""


def svg(title: str, subtitle: str, bars: Sequence[Bar]) -> str:
    """Draw the bars, all on one scale that begins at 0."""
    scale = (WIDTH - LEFT - RIGHT) / (max((bar.high for bar in bars), default=0.0) or 1.0)
    height = TOP + STEP * len(bars) + 12
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" fill="{INK}">',
        "<style>text { font: 13px sans-serif }</style>",
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="12" y="22" style="font: bold 15px sans-serif">{escape(title)}</text>',
        f'<text x="12" y="41">{escape(subtitle)}</text>',
        *(line for place, bar in enumerate(bars) for line in _bar(bar, TOP + STEP * place, scale)),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _bar(bar: Bar, top: int, scale: float) -> list[str]:
    middle = top + THICK / 2
    low, high = LEFT + bar.low * scale, LEFT + bar.high * scale
    span = f"M{low:.1f} {middle:.1f}H{high:.1f}M{low:.1f} {middle - 4:.1f}v8M{high:.1f} {middle - 4:.1f}v8"
    colour = OURS if bar.label.startswith("boxscore") else OTHERS
    return [
        f'<text x="{LEFT - 8}" y="{middle + 4:.1f}" text-anchor="end">{escape(bar.label)}</text>',
        f'<rect x="{LEFT}" y="{top}" width="{bar.median * scale:.1f}" height="{THICK}" fill="{colour}"/>',
        f'<path d="{span}" stroke="{INK}" fill="none"/>',
        f'<text x="{high + 8:.1f}" y="{middle + 4:.1f}">{escape(bar.note)}</text>',
    ]
