"""Systems in order: rankings over benchmarks, domains, Bayes@N, and agreement of two gradings."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.score.statistics import InstanceCounts


MOST_EXACT = 12  # systems whose best order is looked for among all: the work doubles with each


class Consensus(Struct, frozen=True, kw_only=True):
    """The order that agrees with most pairwise comparisons, best first, by the indices of systems.

    `agreement` counts them, ties as a half each. `unique` is False where another order agrees with as many.
    """

    order: tuple[int, ...]
    agreement: float
    unique: bool


def kemeny(rows: Sequence[Sequence[float]]) -> Consensus | None:
    """Find the order that agrees with most pairs of rows, exactly; None for more than MOST_EXACT systems."""
    systems = len(rows[0])
    if systems > MOST_EXACT:
        return None
    above = [
        [sum((row[a] > row[b]) + (row[a] == row[b]) / 2 for row in rows) for b in range(systems)]
        for a in range(systems)
    ]
    # Best orders of each set of systems, as the bottom of a whole order: agreement, number of such orders, first of it.
    best: list[tuple[float, int, int]] = [(0.0, 1, -1)]
    for members in range(1, 1 << systems):
        inside = [one for one in range(systems) if members >> one & 1]
        tops = []
        for top in inside:
            agreement, ways, _ = best[members ^ 1 << top]
            tops.append((agreement + sum(above[top][one] for one in inside if one != top), ways, top))
        most = max(agreement for agreement, _, _ in tops)
        first = next(top for agreement, _, top in tops if agreement == most)
        best.append((most, sum(ways for agreement, ways, _ in tops if agreement == most), first))
    members, order = (1 << systems) - 1, []
    while members:
        order.append(best[members][2])
        members ^= 1 << order[-1]
    agreement, ways, _ = best[-1]
    return Consensus(order=tuple(order), agreement=agreement, unique=ways == 1)


def pass_hat_k(n: int, c: int, k: int) -> float | None:
    """Chance that all of k samples pass, drawn from n of which c passed: pass^k. None where k > n."""
    return None if k > n else math.comb(c, k) / math.comb(n, k)


def strict_majority(n: int, c: int, k: int) -> float | None:
    """Chance that more than half of k samples pass, drawn from n of which c passed. None where k > n.

    A tie counts as not passed, so that an even k is harder than the odd one before it.
    """
    if k > n:
        return None
    ways = sum(math.comb(c, i) * math.comb(n - c, k - i) for i in range(k // 2 + 1, k + 1))
    return ways / math.comb(n, k)


class Posterior(Struct, frozen=True, kw_only=True):
    """What is known of the mean of pass@k over instances, and how well: one standard deviation."""

    mean: float
    deviation: float


def posterior(counts: Sequence[InstanceCounts], k: int) -> Posterior:
    """Compute it of at least one instance: E[1 - (1 - p)^k], variances of instances added up."""
    means, variances = [], []
    for one in counts:
        missed, missed_twice = _missed(one, k), _missed(one, 2 * k)
        means.append(1 - missed)
        variances.append(max(0.0, missed_twice - missed * missed))
    return Posterior(mean=math.fsum(means) / len(means), deviation=math.sqrt(math.fsum(variances)) / len(variances))


def order_chance(first: Posterior, second: Posterior) -> float:
    """The chance that the second is the better of the two on these instances, by the normal distribution."""
    return NormalDist().cdf((second.mean - first.mean) / math.hypot(first.deviation, second.deviation))


def _missed(counts: InstanceCounts, k: int) -> float:
    """E[(1 - p)^k]: B(a, b + k) / B(a, b)."""
    failed = 1 + counts.n - counts.c
    return math.prod((failed + i) / (counts.n + 2 + i) for i in range(k))
