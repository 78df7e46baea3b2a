"""Systems in order: rankings over benchmarks, domains, Bayes@N, and agreement of two gradings."""

from __future__ import annotations

import enum
import math
from collections import Counter
from functools import lru_cache
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


def average_ranks(scores: Sequence[float]) -> list[float]:
    """How many others each score beats, a tie as a half: 0 for the lowest of different ones."""
    return [
        sum(other < score for other in scores) + (sum(other == score for other in scores) - 1) / 2 for score in scores
    ]


def borda(rows: Sequence[Sequence[float]]) -> list[float]:
    """Points of each system: its average ranks, added up over rows of scores (a row for each benchmark)."""
    return [math.fsum(points) for points in zip(*map(average_ranks, rows), strict=True)]


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


def kendall_tau(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Kendall's tau-b of two rows of scores of the same systems; None where one has no two different scores."""
    pairs = [(i, j) for i in range(len(first)) for j in range(i)]
    one = [_sign(first[i] - first[j]) for i, j in pairs]
    two = [_sign(second[i] - second[j]) for i, j in pairs]
    untied = sum(map(abs, one)) * sum(map(abs, two))
    return sum(a * b for a, b in zip(one, two, strict=True)) / math.sqrt(untied) if untied else None


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


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


def max_at_k(scores: Sequence[float], k: int) -> float | None:
    """Mean of the best of k scores, over all draws of k from these; None where k > n. pass@k for scores of 0 and 1."""
    n = len(scores)
    if k > n:
        return None
    ways = math.comb(n, k)
    return math.fsum(score * (math.comb(i, k - 1) / ways) for i, score in enumerate(sorted(scores)) if i >= k - 1)


@lru_cache(maxsize=4096)
def plurality(classes: tuple[tuple[int, bool], ...], k: int) -> float | None:
    """Chance that the answer that most of k samples gave passes, ties broken at random; None where k > n.

    `classes` are the answers that differ: how many samples gave each, and whether it passes. Counted out exactly.
    """
    n = sum(size for size, _ in classes)
    if k > n:
        return None
    return math.fsum(_with_most(classes, k, most) for most in range(1, k + 1)) / math.comb(n, k)


def _with_most(classes: tuple[tuple[int, bool], ...], k: int, most: int) -> float:
    """Ways to draw k samples in which no answer comes more than `most` times; of ties the share that passes."""
    # By samples drawn, answers that come most often, and how many of these are right.
    ways: Counter[tuple[int, int, int]] = Counter({(0, 0, 0): 1})
    for size, passes in classes:
        further: Counter[tuple[int, int, int]] = Counter()
        for (drawn, tied, right), count in ways.items():
            for times in range(min(size, most, k - drawn) + 1):
                one = times == most
                further[drawn + times, tied + one, right + (one and passes)] += count * math.comb(size, times)
        ways = further
    return math.fsum(count * right / tied for (drawn, tied, right), count in ways.items() if drawn == k and tied)


MIN_INSTANCES = 10  # a domain with fewer has no such number
THRESHOLD_PERCENT = 10.0
_SYSTEMS = 2
_ROUNDING = 1e-9


class DomainKind(enum.StrEnum):
    """What a domain is to a system: one in which it is better than the others, worse, or about as good."""

    COMFORT = "comfort"
    STRANGE = "strange"
    NEITHER = "neither"


def domain_improvements(scores: Sequence[float]) -> tuple[float | None, ...]:
    """The Domain-Specific Improvement of each of N ≥ 2 systems on one domain, in percent, in the order of `scores`.

    DSI_i = 100/(N-1) · Σ over j ≠ i of (P_i - P_j)/P_i, where P are scores of one metric: shares, or percent, for the
    unit cancels out. It is at most 100 and has no lower bound: a weak system's is far below 0. It is not symmetric, and
    depends on which other systems there are. None for a system whose own score is 0, whatever the others'.

    Raises ValueError for fewer than two scores, and for one below 0 or not finite.
    """
    if len(scores) < _SYSTEMS:
        raise ValueError(f"an improvement over other systems needs two scores, not {len(scores)}")
    if not all(math.isfinite(score) and score >= 0 for score in scores):
        raise ValueError(f"scores must be finite and not below 0: {list(scores)}")
    total = math.fsum(scores)
    others = len(scores) - 1
    return tuple(100 * (1 - (total - own) / (others * own)) if own else None for own in scores)


def kind_of_domain(improvement_percent: float | None) -> DomainKind | None:
    """Comfort above THRESHOLD_PERCENT, strange below its negative; None where the improvement is not defined."""
    if improvement_percent is None:
        return None
    if improvement_percent > THRESHOLD_PERCENT + _ROUNDING:
        return DomainKind.COMFORT
    return DomainKind.STRANGE if improvement_percent < -THRESHOLD_PERCENT - _ROUNDING else DomainKind.NEITHER


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


def cohen_kappa(pairs: Sequence[tuple[bool, bool]]) -> float | None:
    """Cohen's kappa of two verdicts on each sample; None where chance alone would agree always, or without any.

    Where nearly all verdicts are alike it says little: read it beside the counts. J. Cohen, *A coefficient of agreement
    for nominal scales*, Educational and Psychological Measurement 1960.
    """
    n = len(pairs)
    if not n:
        return None
    first, second = sum(one for one, _ in pairs) / n, sum(other for _, other in pairs) / n
    by_chance = first * second + (1 - first) * (1 - second)
    seen = sum(one is other for one, other in pairs) / n
    return None if by_chance == 1 else (seen - by_chance) / (1 - by_chance)
