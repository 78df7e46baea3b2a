"""Differences of two systems, instance by instance, where instances have several samples or clusters.

What is drawn again, or has its sign turned, is the instance or its whole cluster, never a sample: the noise of samples
is in the scores already. B. Efron, *Better bootstrap confidence intervals*, JASA 1987 (BCa).
"""

from __future__ import annotations

import itertools
import math
import random
from statistics import NormalDist
from typing import TYPE_CHECKING

from boxscore.score.statistics import CONFIDENCE, NO_SPREAD, Interval, clustered_interval, t_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    seen = abs(math.fsum(totals)) - _ROUNDING
    if len(totals) <= EXACT_UNITS:
        sums = [0.0]
        for total in totals:
            sums = [one + signed for one in sums for signed in (total, -total)]
        return sum(abs(one) >= seen for one in sums) / len(sums)
    rng = random.Random(seed)  # noqa: S311 - a simulation, no secret
    whole, extreme = math.fsum(totals), 1
    for _ in range(RESAMPLES):
        bits = rng.getrandbits(len(totals))
        turned = sum(itertools.compress(totals, map(int, f"{bits:0{len(totals)}b}")))
        extreme += abs(whole - 2 * turned) >= seen
    return extreme / (RESAMPLES + 1)


def bootstrap(
    differences: Sequence[float],
    clusters: Sequence[str] | None,
    seed: int,
    *,
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
) -> Interval | None:
    """Seeded BCa interval of the mean difference over instances or whole clusters; percentiles where BCa has no value.

    None below two units, or where all of them are alike.
    """
    units = _units(differences, clusters)
    means = [total / size for total, size in units]
    if len(units) < 2 or max(means) - min(means) < NO_SPREAD:  # noqa: PLR2004 - a spread needs two
        return None
    rng = random.Random(seed)  # noqa: S311 - a simulation, no secret
    n = len(units)
    if clusters is None:  # each unit is one value, which is quicker to add up
        found = sorted(sum(rng.choices(differences, k=n)) / n for _ in range(resamples))
    else:
        found = sorted(_mean(rng.choices(units, k=n)) for _ in range(resamples))
    low, high = _adjusted(units, found, (1 - confidence) / 2) or ((1 - confidence) / 2, (1 + confidence) / 2)
    method = "bootstrap BCa" if clusters is None else "bootstrap BCa over clusters"
    return Interval(low=_at(found, low), high=_at(found, high), method=method)


def unit_totals(values: Sequence[float], clusters: Sequence[str] | None) -> list[float]:
    """Sums of what is varied together: of each cluster, or of each instance where there are no clusters."""
    return [total for total, _ in _units(values, clusters)]


def _units(values: Sequence[float], clusters: Sequence[str] | None) -> list[tuple[float, int]]:
    if clusters is None:
        return [(value, 1) for value in values]
    found: dict[str, tuple[float, int]] = {}
    for value, cluster in zip(values, clusters, strict=True):
        total, size = found.get(cluster, (0.0, 0))
        found[cluster] = total + value, size + 1
    return list(found.values())


def _mean(units: Sequence[tuple[float, int]]) -> float:
    return sum(total for total, _ in units) / sum(size for _, size in units)


def _adjusted(units: Sequence[tuple[float, int]], found: Sequence[float], tail: float) -> tuple[float, float] | None:
    """The shares of sorted resamples that bound a BCa interval; None where it is not defined."""
    normal, seen = NormalDist(), _mean(units)
    below = (sum(one < seen - _ROUNDING for one in found) + sum(one <= seen + _ROUNDING for one in found)) / 2
    if not 0 < below < len(found):
        return None
    bias = normal.inv_cdf(below / len(found))
    total, size = sum(one for one, _ in units), sum(one for _, one in units)
    without = [(total - one) / (size - own) for one, own in units]
    middle = math.fsum(without) / len(without)
    spread = math.fsum((middle - one) ** 2 for one in without)
    skew = math.fsum((middle - one) ** 3 for one in without) / (6 * spread * math.sqrt(spread)) if spread else 0.0
    shares = []
    for z in (normal.inv_cdf(tail), normal.inv_cdf(1 - tail)):
        moved = bias + z
        shares.append(normal.cdf(bias + moved / (1 - skew * moved)))
    return shares[0], shares[1]


def _at(found: Sequence[float], share: float) -> float:
    """The value that a share of sorted values lies below."""
    return found[min(len(found) - 1, max(0, math.floor(share * len(found))))]
