"""How often a gate errs, simulated: systems that are equal, and systems that are worse by just the margin."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from boxscore.score.noninferiority import (
    GATE_CONFIDENCE,
    Verdict,
    judge,
)
from boxscore.score.paired import pair, paired_interval
from boxscore.score.statistics import InstanceCounts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Chances = Callable[[random.Random], list[tuple[float, str | None]]]

# Sizes of the clusters of the last design: unequal, as repositories are.
REPOSITORIES = (3, 4, 5, 6, 6, 7, 8, 8, 9, 10, 12, 14)


# And those of SWE-bench Verified, where one has nearly half of the instances.
VERY_UNEQUAL = (231, 75, 44, 34, 32, 22, 22, 19, 10, 8, 2, 1)


def very_unequal(rng: random.Random) -> list[tuple[float, str | None]]:
    return [
        (min(0.9, max(0.1, middle + rng.uniform(-0.4, 0.4))), str(name))
        for name, size in enumerate(VERY_UNEQUAL)
        for middle in [rng.uniform(0.4, 0.6)]
        for _ in range(size)
    ]


def independent(n: int, spread: float) -> Chances:
    return lambda rng: [(0.1 + 0.8 * rng.betavariate(spread, spread), None) for _ in range(n)]


def clustered(rng: random.Random) -> list[tuple[float, str | None]]:
    found: list[tuple[float, str | None]] = []
    for name, size in enumerate(REPOSITORIES):
        middle = rng.uniform(0.3, 0.7)
        found += [(middle + rng.uniform(-0.2, 0.2), str(name)) for _ in range(size)]
    return found


# Instances and their chances, samples of each, the margin.
DESIGNS: dict[str, tuple[Chances, int, float]] = {
    "50 x 1": (independent(50, 0.5), 1, 0.10),
    "164 x 1": (independent(164, 0.3), 1, 0.05),
    "164 x 10": (independent(164, 0.5), 10, 0.03),
    "500 x 1": (independent(500, 0.5), 1, 0.05),
    "92 x 4 in 12 clusters": (clustered, 4, 0.05),
    "500 x 1 in 12 very unequal clusters": (very_unequal, 1, 0.10),
}


def draws(rng: random.Random, chances: Sequence[tuple[float, str | None]], n: int) -> list[InstanceCounts]:
    return [
        InstanceCounts(n=n, c=sum(rng.random() < chance for _ in range(n)), cluster=name) for chance, name in chances
    ]


def verdicts(design: str, pairs: int, loss: float, seed: int) -> list[Verdict]:
    make, n, margin = DESIGNS[design]
    rng, found = random.Random(seed), []
    for _ in range(pairs):
        chances = make(rng)
        worse = [(chance - loss, name) for chance, name in chances]
        interval = paired_interval(pair(draws(rng, chances, n), draws(rng, worse, n)), GATE_CONFIDENCE)
        assert interval is not None
        found.append(judge(interval.low, interval.high, margin))
    return found


def share(found: list[Verdict], verdict: Verdict) -> float:
    return found.count(verdict) / len(found)


@pytest.mark.slow
@pytest.mark.parametrize("design", DESIGNS)
def test_errors_of_a_gate(design: str) -> None:
    failed = share(verdicts(design, 2000, 0.0, 1), Verdict.FAIL)
    passed = share(verdicts(design, 2000, DESIGNS[design][2], 2), Verdict.PASS)
    print(f"{design}: false fail {failed:.3f}, false pass at the margin {passed:.3f}")  # noqa: T201 - for the record

    assert failed <= 0.06
    assert passed <= 0.06
