"""Whether a candidate is no worse than a baseline by more than a margin: the verdicts."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

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
