"""Whether a candidate is no worse than a baseline by more than a margin: verdicts and interim looks."""

from __future__ import annotations

import enum
import math
import random
from typing import TYPE_CHECKING

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


def judge_bracket(observed: Interval, worst: Interval, best: Interval, margin: float) -> Verdict:
    """Judge as `judge`, where results are missing: inconclusive unless every way to fill them in says the same."""
    verdicts = {judge(one.low, one.high, margin) for one in (observed, worst, best)}
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
