"""How often a gate would err on given instances, simulated: pairs of runs of equal systems, and of one worse system.

Chances of instances are drawn from what a run showed of them, Beta(a + c, a + n - c), with an `a` by which single
samples of equal systems differ on as many instances as is planned. The worse system solves each instance less often by
one and the same factor, so that its score is lower by the margin.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.score.noninferiority import GATE_CONFIDENCE, Verdict, judge
from boxscore.score.paired import pair, paired_interval
from boxscore.score.statistics import InstanceCounts

if TYPE_CHECKING:
    from collections.abc import Sequence

_HALVINGS = 30
_MOST_ALIKE = 0.45  # of the discordance: at one half nothing that was seen would count


class Shares(Struct, frozen=True, kw_only=True):
    """How often each verdict came out."""

    passed: float
    failed: float
    inconclusive: float


class Calibration(Struct, frozen=True, kw_only=True):
    """Verdicts over `pairs` of simulated runs of `equal` systems, and of one that is `worse` by just the margin.

    `worse` is None where the score is not above the margin, so that nothing is worse by as much.
    """

    pairs: int
    equal: Shares
    worse: Shares | None


class Design(Struct, frozen=True, kw_only=True):
    """An instance of a simulation: what a run showed of it, and how many samples either run has."""

    seen: InstanceCounts
    first: int
    second: int


def calibrate(  # noqa: PLR0913 - what is simulated, by keyword
    designs: Sequence[Design], *, margin: float, k: int, discordance: float, pairs: int, seed: int
) -> Calibration:
    """Simulate so many pairs of runs, twice. Raises ValueError without instances or pairs."""
    if not designs or pairs < 1:
        raise ValueError(f"{pairs} pairs of runs of {len(designs)} instances cannot be simulated")
    rng = random.Random(seed)  # noqa: S311 - a simulation, no secret
    share = min(discordance, _MOST_ALIKE)
    before = share / (1 - 2 * share)
    equal: Counter[Verdict] = Counter()
    worse: Counter[Verdict] = Counter()
    for _ in range(pairs):
        chances = [rng.betavariate(before + one.seen.c, before + one.seen.n - one.seen.c) for one in designs]
        equal[_verdict(designs, chances, 1.0, margin, k, rng)] += 1
        factor = _factor(chances, margin, k)
        if factor is not None:
            worse[_verdict(designs, chances, factor, margin, k, rng)] += 1
    return Calibration(pairs=pairs, equal=_shares(equal), worse=_shares(worse) if worse.total() == pairs else None)


def _verdict(  # noqa: PLR0913, PLR0917 - one simulated pair
    designs: Sequence[Design], chances: Sequence[float], factor: float, margin: float, k: int, rng: random.Random
) -> Verdict:
    first = [_drawn(one.seen, one.first, chance, rng) for one, chance in zip(designs, chances, strict=True)]
    second = [_drawn(one.seen, one.second, chance * factor, rng) for one, chance in zip(designs, chances, strict=True)]
    interval = paired_interval(pair(first, second, k), GATE_CONFIDENCE)
    return Verdict.INCONCLUSIVE if interval is None else judge(interval.low, interval.high, margin)


def _drawn(seen: InstanceCounts, n: int, chance: float, rng: random.Random) -> InstanceCounts:
    return InstanceCounts(n=n, c=sum(rng.random() < chance for _ in range(n)), cluster=seen.cluster)


def _factor(chances: Sequence[float], margin: float, k: int) -> float | None:
    """What chances are multiplied by for pass@k to be lower by the margin; None where it is not above the margin."""
    wanted = _score(chances, 1.0, k) - margin
    if wanted < 0:
        return None
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _score(chances, middle, k) < wanted else (low, middle)
    return (low + high) / 2


def _score(chances: Sequence[float], factor: float, k: int) -> float:
    if k == 1:
        return factor * math.fsum(chances) / len(chances)
    return math.fsum(1 - (1 - factor * chance) ** k for chance in chances) / len(chances)


def _shares(found: Counter[Verdict]) -> Shares:
    total = found.total()
    return Shares(
        passed=found[Verdict.PASS] / total,
        failed=found[Verdict.FAIL] / total,
        inconclusive=found[Verdict.INCONCLUSIVE] / total,
    )
