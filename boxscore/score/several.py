"""Several comparisons at once: Holm where some difference is looked for, and the mean of differences on benchmarks.

S. Holm, *A simple sequentially rejective multiple test procedure*, Scandinavian Journal of Statistics 1979;
G. Y. Zou and A. Donner, *Construction of confidence limits about effect measures: a general approach*, Statistics in
Medicine 2008.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from boxscore.score.statistics import Interval

if TYPE_CHECKING:
    from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p values, in the order of those given."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted, least = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(order):
        least = max(least, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = least
    return adjusted


def mean_interval(parts: Sequence[tuple[float, Interval]]) -> Interval:
    """Bound the plain mean of independent differences by the interval of each (MOVER); there is at least one.

    Each part is as far from its bounds as its own method says, and squares of these distances add up.
    """
    middle = math.fsum(value for value, _ in parts) / len(parts)
    below = math.sqrt(math.fsum((value - one.low) ** 2 for value, one in parts)) / len(parts)
    above = math.sqrt(math.fsum((one.high - value) ** 2 for value, one in parts)) / len(parts)
    return Interval(low=middle - below, high=middle + above, method="mover")
