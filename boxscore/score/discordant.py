"""Two systems with one sample of each instance: what one solved alone against what the other solved alone.

T. Tango, *Equivalence test and confidence interval for the difference in proportions for the paired-sample design*,
Statistics in Medicine 1998 (the interval, which does not shrink to nothing where nothing differs); Q. McNemar, *Note on
the sampling error of the difference between correlated proportions or percentages*, Psychometrika 1947 (the test).
"""

from __future__ import annotations

import math
from statistics import NormalDist

from msgspec import Struct

from boxscore.score.statistics import CONFIDENCE, Interval

_HALVINGS = 60  # of an interval of at most 2: past the last digit of a float


class Discordant(Struct, frozen=True, kw_only=True):
    """Of `n` instances, `wins` were solved by the second system alone and `losses` by the first alone."""

    n: int
    wins: int
    losses: int

    @property
    def difference(self) -> float:
        """How much more the second solves: -1 to 1."""
        return (self.wins - self.losses) / self.n


def tango(counts: Discordant, confidence: float = CONFIDENCE) -> Interval:
    """Tango's score interval for the difference; n >= 1."""
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    middle = counts.difference
    return Interval(
        low=_bound(counts, -1.0, middle, z),
        high=_bound(counts, 1.0, middle, -z),
        method="tango",
    )


def mcnemar(counts: Discordant, *, middle: bool = False) -> float:
    """Two-sided p of McNemar's exact test; `middle` gives the mid-p. 1 where no instance differs."""
    both, least = counts.wins + counts.losses, min(counts.wins, counts.losses)
    if not both:
        return 1.0
    tail = sum(math.comb(both, i) for i in range(least + 1))
    doubled = 2 * tail - (math.comb(both, least) if middle else 0)
    return min(1.0, doubled / (1 << both))


def _bound(counts: Discordant, outer: float, inner: float, z: float) -> float:
    """The difference, between the one that was seen and an end, whose score is z: the score falls as it grows."""
    for _ in range(_HALVINGS):
        middle = (outer + inner) / 2
        beyond = abs(_score(counts, middle)) > abs(z)
        outer, inner = (middle, inner) if beyond else (outer, middle)
    return (outer + inner) / 2


def _score(counts: Discordant, difference: float) -> float:
    """How many standard errors the difference is from the one that was seen, by the likeliest rates that have it."""
    n, wins, losses = counts.n, counts.wins, counts.losses
    b = -wins - losses + (2 * n - wins + losses) * difference
    c = -losses * difference * (1 - difference)
    loss_rate = (math.sqrt(max(0.0, b * b - 8 * n * c)) - b) / (4 * n)
    variance = n * (2 * loss_rate + difference * (1 - difference))
    distance = wins - losses - n * difference
    if variance <= 0:
        return 0.0 if not distance else math.copysign(math.inf, distance)
    return distance / math.sqrt(variance)
