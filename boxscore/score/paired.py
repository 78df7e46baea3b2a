"""Two systems on the same instances: differences, intervals and tests, ratios, how a system differs from itself."""

from __future__ import annotations

import itertools
import math
import random
from statistics import NormalDist
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.score.statistics import (
    CONFIDENCE,
    NO_SPREAD,
    InstanceCounts,
    Interval,
    clustered_interval,
    clusters_of,
    pass_at_k_each,
    t_interval,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


RESAMPLES = 9_999
EXACT_UNITS = 16  # up to here every choice of signs is counted: 65,536
_ROUNDING = 1e-9


def difference_interval(
    differences: Sequence[float], clusters: Sequence[str] | None = None, confidence: float = CONFIDENCE
) -> Interval | None:
    """Student's t interval for the mean difference, clustered where clusters are given.

    None where it cannot be computed: fewer than two instances or three clusters, or all of them alike.
    """
    found = (
        t_interval(differences, confidence)
        if clusters is None
        else clustered_interval(differences, clusters, confidence)
    )
    return None if found is None or not found.standard_error or found.standard_error < NO_SPREAD else found


def smallest_p(units: int) -> float:
    """The least p that a two-sided sign flip over so many units can have: all point the same way."""
    return min(1.0, 2.0 ** (1 - units))


def sign_flip(differences: Sequence[float], clusters: Sequence[str] | None, seed: int) -> float:
    """Two-sided p of turning the signs of instances, or of whole clusters.

    Exact up to EXACT_UNITS units that are not 0; beyond that by RESAMPLES seeded draws and the seen one.
    """
    totals = [total for total in unit_totals(differences, clusters) if abs(total) > _ROUNDING]
    observed = abs(math.fsum(totals)) - _ROUNDING
    if len(totals) <= EXACT_UNITS:
        sums = [0.0]
        for total in totals:
            sums = [one + signed for one in sums for signed in (total, -total)]
        return sum(abs(one) >= observed for one in sums) / len(sums)
    rng = random.Random(seed)  # noqa: S311 - a simulation, no secret
    whole, extreme = math.fsum(totals), 1
    for _ in range(RESAMPLES):
        bits = rng.getrandbits(len(totals))
        turned = sum(itertools.compress(totals, map(int, f"{bits:0{len(totals)}b}")))
        extreme += abs(whole - 2 * turned) >= observed
    return extreme / (RESAMPLES + 1)


def unit_totals(values: Sequence[float], clusters: Sequence[str] | None) -> list[float]:
    """Sums of what is varied together: of each cluster, or of each instance where there are no clusters."""
    if clusters is None:
        return list(values)
    found: dict[str, float] = {}
    for value, cluster in zip(values, clusters, strict=True):
        found[cluster] = found.get(cluster, 0.0) + value
    return list(found.values())


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


EXACT_MCNEMAR = "exact McNemar"


class Paired(Struct, frozen=True, kw_only=True):
    """pass@k of two systems on the instances that both have enough samples of, second minus first.

    `single` where each instance has one sample of each. `clusters` is None where no two instances share one.
    """

    kept: tuple[int, ...]
    first: tuple[float, ...]
    second: tuple[float, ...]
    single: bool
    clusters: tuple[str, ...] | None

    @property
    def differences(self) -> list[float]:
        """How much more the second solves of each instance."""
        return [second - first for first, second in zip(self.first, self.second, strict=True)]

    @property
    def signs(self) -> Discordant:
        """Of how many instances either solves more than the other."""
        each = self.differences
        wins, losses = sum(one > NO_SPREAD for one in each), sum(one < -NO_SPREAD for one in each)
        return Discordant(n=len(each), wins=wins, losses=losses)

    @property
    def units(self) -> int:
        """How many independent units there are: instances, or clusters of them."""
        return len(self.first) if self.clusters is None else len(set(self.clusters))


def pair(first: Sequence[InstanceCounts], second: Sequence[InstanceCounts], k: int = 1) -> Paired:
    """Pair counts of the same instances, in the same order; those with fewer than k samples of either are left out.

    Raises ValueError for k < 1.
    """
    scores = list(zip(pass_at_k_each(first, k), pass_at_k_each(second, k), strict=True))
    kept = [(place, one, other) for place, (one, other) in enumerate(scores) if one is not None and other is not None]
    kept_places = [place for place, _, _ in kept]
    return Paired(
        kept=tuple(kept_places),
        first=tuple(one for _, one, _ in kept),
        second=tuple(other for _, _, other in kept),
        single=k == 1 and all(first[place].n == second[place].n == 1 for place in kept_places),
        clusters=distinct_clusters([first[place].cluster for place in kept_places]),
    )


def distinct_clusters(clusters: Sequence[str | None]) -> tuple[str, ...] | None:
    """The cluster of each instance, one of its own where it has none; None where no two instances share one."""
    names = clusters_of(clusters)
    return None if names is None else tuple(name or f"\0{place}" for place, name in enumerate(names))


def paired_interval(paired: Paired, confidence: float = CONFIDENCE) -> Interval | None:
    """Tango's interval for one sample each; else Student's t on the differences, clustered where there are clusters.

    Where nothing differs, Tango's of as many trials as there are units: no difference seen is not certainty.
    None where there are no instances, only one unit, or one and the same difference other than 0 everywhere.
    """
    if not paired.first:
        return None
    if paired.single and paired.clusters is None:
        return tango(paired.signs, confidence)
    signs = paired.signs
    if not signs.wins and not signs.losses:
        return tango(Discordant(n=paired.units, wins=0, losses=0), confidence)
    return difference_interval(paired.differences, paired.clusters, confidence)


def paired_test(paired: Paired, seed: int) -> tuple[float, str]:
    """Two-sided p of no difference, and the name of its test: exact McNemar for one sample each, else sign flip."""
    if paired.single and paired.clusters is None:
        return mcnemar(paired.signs), EXACT_MCNEMAR
    p = sign_flip(paired.differences, paired.clusters, seed)
    return p, "sign flip" if paired.clusters is None else "sign flip over clusters"


TWICE = 2


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
    clusters = distinct_clusters([cluster for _, _, cluster in used])
    interval = difference_interval(logs, clusters)
    return Ratio(
        value=math.exp(math.fsum(logs) / len(logs)),
        low=None if interval is None else math.exp(interval.low),
        high=None if interval is None else math.exp(interval.high),
        n=len(logs),
        left_out=len(every) - len(logs),
    )
