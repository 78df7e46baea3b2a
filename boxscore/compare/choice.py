"""Which run to take: scores against what they cost, and what the best of several is worth."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from boxscore.compare.records import BestOf, Priced
from boxscore.score.paired import clusters_apart
from boxscore.score.statistics import pass_at_k_each
from boxscore.score.systems import held_out_score

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from boxscore.compare.read import ComparedRun

SEVERAL = 3  # runs of which one is the best: of two the comparison itself says more
_COST = "cost_usd"


def price_runs(runs: Sequence[ComparedRun]) -> Iterator[Priced]:
    """Runs of a benchmark whose cost is known, over the instances that all of them know it of."""
    priced = [run for run in runs if any(_COST in one.amounts for one in run.scored.values())]
    if not any(one.amounts.get(_COST) for run in priced for one in run.scored.values()):
        return
    names = [
        name
        for name in priced[0].scored
        if all(name in run.scored and run.scored[name].n and _COST in run.scored[name].amounts for run in priced)
    ]
    if not names:
        return
    points = []
    for run in priced:
        own = [run.scored[name] for name in names]
        score = math.fsum(one.c / one.n for one in own) / len(own)
        points.append((run.label, score, math.fsum(one.amounts[_COST] for one in own) / len(own)))
    for label, score, cost in points:
        yield Priced(
            benchmark=runs[0].benchmark,
            run=label,
            score=score,
            cost_usd=cost,
            passes_per_usd=score / cost if cost else None,
            beaten_by=next((name for name, *other in points if _beats(other, (score, cost))), None),
            instances=len(names),
        )


def _beats(one: Sequence[float], other: Sequence[float]) -> bool:
    """Whether a score and its cost are no worse than others, and one of them better."""
    return one[0] >= other[0] and one[1] <= other[1] and tuple(one) != tuple(other)


def best_of(runs: Sequence[ComparedRun], k: int, seed: int) -> BestOf | None:
    """The best of several runs of a benchmark, on the instances that all have enough samples of; None below three."""
    if len(runs) < SEVERAL:
        return None
    names = [name for name in runs[0].scored if all(name in run.scored and run.scored[name].n >= k for run in runs)]
    if not names:
        return None
    rows = [
        [score for score in pass_at_k_each([run.scored[name].counts for name in names], k) if score is not None]
        for run in runs
    ]
    sums = [math.fsum(row) for row in rows]
    first, *equals = [run.label for run, total in zip(runs, sums, strict=True) if total == max(sums)]
    clusters = clusters_apart([runs[0].scored[name].cluster for name in names])
    return BestOf(
        benchmark=runs[0].benchmark,
        metric=f"pass@{k}",
        runs=len(runs),
        best=first,
        as_good=tuple(equals),
        score=max(sums) / len(names),
        held_out=held_out_score(rows, clusters, seed),
        instances=len(names),
    )
