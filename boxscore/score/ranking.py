"""One order of systems out of several benchmarks, and how far benchmarks agree.

Ties share their rank: pass or fail makes many, and breaking them by the order of columns would make it the result.
P. Colombo et al., *What are the best systems?*, 2022; J. Kemeny, *Mathematics without numbers*, 1959.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

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
