"""Costs and times of two systems: how many times as much, instance by instance."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.score.differences import difference_interval
from boxscore.score.paired import clusters_apart

if TYPE_CHECKING:
    from collections.abc import Iterable


class Ratio(Struct, frozen=True, kw_only=True):
    """The second system's over the first's: the ratio of geometric means over `n` instances, with its 95 % interval.

    `left_out` counts instances where one of the two is 0 or not known. None without any, `low` and `high` below two.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0
    left_out: int = 0


def ratio_of_means(pairs: Iterable[tuple[float | None, float | None, str | None]]) -> Ratio:
    """Compare positive amounts, first and second system's, with the cluster of their instance (None: independent)."""
    every = list(pairs)
    used = [(first, second, cluster) for first, second, cluster in every if first and second and min(first, second) > 0]
    logs = [math.log(second / first) for first, second, _ in used]
    if not logs:
        return Ratio(left_out=len(every))
    clusters = clusters_apart([cluster for _, _, cluster in used])
    interval = difference_interval(logs, clusters)
    return Ratio(
        value=math.exp(math.fsum(logs) / len(logs)),
        low=None if interval is None else math.exp(interval.low),
        high=None if interval is None else math.exp(interval.high),
        n=len(logs),
        left_out=len(every) - len(logs),
    )
