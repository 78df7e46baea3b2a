"""Whether a candidate is no worse than a baseline by more than a margin: verdicts, interim looks, and their errors."""

from __future__ import annotations

import enum
import math
import random
from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.score.paired import pair, paired_interval
from boxscore.score.statistics import InstanceCounts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from boxscore.score.statistics import Interval


GATE_CONFIDENCE = 0.90  # both bounds of it are one-sided at 95 %


class Verdict(enum.StrEnum):
    """What a gate says."""

    PASS = "pass"  # noqa: S105 - no password
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    INVALID = "invalid"


def judge(low: float, high: float, margin: float) -> Verdict:
    """Judge a difference, new minus old, by its one-sided bounds and a margin above 0.

    Surely worse, but surely by less than the margin, is a pass: that is what the margin is for.
    """
    if low > -margin:
        return Verdict.PASS
    return Verdict.FAIL if high < 0 else Verdict.INCONCLUSIVE


def judge_bracket(seen: Interval, worst: Interval, best: Interval, margin: float) -> Verdict:
    """Judge as `judge`, where results are missing: inconclusive unless every way to fill them in says the same."""
    verdicts = {judge(one.low, one.high, margin) for one in (seen, worst, best)}
    return verdicts.pop() if len(verdicts) == 1 else Verdict.INCONCLUSIVE


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Join verdicts on several benchmarks, all of which must pass.

    One that failed decides, whatever became of the others; else one that is invalid, else one that is inconclusive.
    """
    found = set(verdicts)
    order = (Verdict.FAIL, Verdict.INVALID, Verdict.INCONCLUSIVE)
    return next((one for one in order if one in found), Verdict.PASS)


EVIDENCE = 20.0  # 1 over the level of 5 %


def evidence(wins: int, differing: int) -> float:
    """How much likelier `wins` of `differing` instances are for a worse system than for an equal one.

    2 * B(w+1, m-w+1) * I(1/2; w+1, m-w+1) * 2^m, with whole numbers: the sum is a binomial tail.
    """
    ways = sum(math.comb(differing + 1, i) for i in range(wins + 1, differing + 2))
    return ways / ((differing + 1) * math.comb(differing, wins))


def seeded_order(names: Iterable[str], seed: int) -> list[str]:
    """Give instances a random order that depends on their names and the seed alone."""
    order = sorted(names)
    random.Random(seed).shuffle(order)  # noqa: S311 - a simulation, no secret
    return order


def ends_early(differences: Mapping[str, float], seed: int) -> int | None:
    """As `stops_after`, of instances by their names, in the order that the seed gives them.

    A run that goes on may be looked at as often as one likes, if what it has not done yet is taken as solved: that
    never makes more of the evidence than there will be, in whatever order results come.
    """
    return stops_after([differences[name] for name in seeded_order(differences, seed)])


def stops_after(differences: Sequence[float]) -> int | None:
    """After how many instances, in this order, the evidence that the second is worse is enough; None if never."""
    wins = differing = 0
    for number, difference in enumerate(differences, 1):
        if not difference:
            continue
        differing += 1
        wins += difference > 0
        if evidence(wins, differing) >= EVIDENCE:
            return number
    return None


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
