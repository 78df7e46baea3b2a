"""The words of a gate, and what it says of all benchmarks together: their mean, and what is better for sure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.compare.pairs import SIGNIFICANT
from boxscore.compare.records import Bounds, GatedMean
from boxscore.score.noninferiority import Verdict, judge, judge_bracket
from boxscore.score.paired import paired_test
from boxscore.score.statistics import Interval, holm, mean_interval

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boxscore.compare.pairs import Matched
    from boxscore.compare.records import GatedPair

_SEED = 0  # of sign flips


def judge_mean(gated: Sequence[GatedPair], margin: float) -> GatedMean:
    """Judge the plain mean of the differences on all benchmarks, each of which has a baseline."""
    seen, worst, best = (
        _mean([one.seen for one in gated]),
        _mean([one.worst for one in gated]),
        _mean([one.best for one in gated]),
    )
    bounds = [_bounds(one, gated) for one in (seen, worst, best)]
    invalid = next((one for one in gated if one.verdict is Verdict.INVALID), None)
    if invalid is not None:
        verdict, reason = Verdict.INVALID, f"{invalid.benchmark} is not valid"
    elif seen is None or worst is None or best is None:
        verdict, reason = Verdict.INCONCLUSIVE, "no interval can be computed on some benchmark"
    else:
        verdict = judge_bracket(seen[1], worst[1], best[1], margin)
        reason = in_words(verdict, seen[1], margin)
        if verdict is not judge(seen[1].low, seen[1].high, margin):
            reason = f"{between(seen[1])}, but {between(worst[1])} or {between(best[1])} by what is missing"
    return GatedMean(verdict=verdict, reason=reason, margin=margin, seen=bounds[0], worst=bounds[1], best=bounds[2])


def _mean(every: Sequence[Bounds | None]) -> tuple[float, Interval] | None:
    """The mean difference with its bounds; None where one has none."""
    parts = [
        (one.difference, Interval(low=one.low, high=one.high, method=""))
        for one in every
        if one is not None and one.difference is not None and one.low is not None and one.high is not None
    ]
    if len(parts) < len(every):
        return None
    return sum(value for value, _ in parts) / len(parts), mean_interval(parts)


def _bounds(found: tuple[float, Interval] | None, gated: Sequence[GatedPair]) -> Bounds:
    instances = sum(one.seen.instances for one in gated if one.seen is not None)
    if found is None:
        return Bounds(instances=instances)
    return Bounds(difference=found[0], low=found[1].low, high=found[1].high, instances=instances)


def look_for_better(gated: Sequence[GatedPair], matched: Mapping[str, Matched], k: int) -> list[GatedPair]:
    """Say on which benchmarks the candidate is surely better, once the gate has passed.

    Only then: so both questions together err as rarely as each (P. H. Westfall and A. Krishen, *Optimally weighted,
    fixed sequence and gatekeeper multiple testing procedures*, Journal of Statistical Planning and Inference 2001). The
    largest p of the bracket counts, adjusted by Holm over benchmarks.
    """
    judged = [one for one in gated if one.candidate in matched]
    adjusted = dict(
        zip(
            (one.candidate for one in judged),
            holm([_p_better(matched[one.candidate], k) for one in judged]),
            strict=True,
        )
    )
    return [
        one
        if one.candidate not in adjusted
        else replace(one, p_better=adjusted[one.candidate], better=adjusted[one.candidate] <= SIGNIFICANT)
        for one in gated
    ]


def _p_better(matched: Matched, k: int) -> float:
    """The p of the candidate's being better, whatever missing results were; 1 where it is not in some case."""
    every = (matched.pair(k), matched.filled(k, best=False), matched.filled(k, best=True))
    return max(paired_test(one, _SEED)[0] if sum(one.differences) > 0 else 1.0 for one in every)


def in_words(verdict: Verdict, seen: Interval, margin: float) -> str:
    """Why a difference was judged as it was."""
    points = f"{100 * margin:g} points"
    if verdict is Verdict.PASS:
        return f"{'worse, within' if seen.high < 0 else 'not worse by'} the margin of {points}: {between(seen)}"
    if verdict is Verdict.FAIL:
        more = f"by more than the margin of {points}" if seen.high < -margin else f"and maybe by more than {points}"
        return f"worse, {more}: {between(seen)}"
    return f"{between(seen)}: neither surely worse nor surely within the margin of {points}"


def between(interval: Interval) -> str:
    """Bounds of a difference, in points."""
    return f"{100 * interval.low:+.1f} to {100 * interval.high:+.1f} points"
