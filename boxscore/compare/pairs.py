"""Two runs of a benchmark, instance by instance."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.compare.read import AMOUNTS, ComparedRun, Scored
from boxscore.compare.records import Bounds, Changed, Order, PairComparison
from boxscore.records import Outcome
from boxscore.report.numbers import counted
from boxscore.run.store import log_path
from boxscore.score.paired import (
    EXACT_MCNEMAR,
    TWICE,
    Ratio,
    difference_interval,
    mcnemar,
    pair,
    paired_interval,
    paired_test,
    ratio_of_means,
    smallest_p,
)
from boxscore.score.planning import smallest_difference
from boxscore.score.statistics import deviation, few_clusters
from boxscore.score.systems import order_chance, posterior

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from boxscore.score.paired import Paired
    from boxscore.score.statistics import Interval

SIGNIFICANT = 0.05
NOT_FOUND = "no difference found"
_HALF = 0.5
_REASON_CHARS = 300
_FEW_DIFFERING = 5  # so many instances that differ cannot reach 5 %, whichever way they point


class Matched(Struct, frozen=True, kw_only=True):
    """Instances that both runs were asked for and that can be resolved, in the baseline's order."""

    baseline: ComparedRun
    candidate: ComparedRun
    names: tuple[str, ...]
    before: tuple[Scored, ...]
    after: tuple[Scored, ...]
    left_out: dict[str, int]

    def pair(self, k: int) -> Paired:
        """What was graded of both; an instance without a result of either is left out."""
        return pair([one.counts for one in self.before], [one.counts for one in self.after], k)

    def filled(self, k: int, *, best: bool) -> Paired:
        """With what is missing taken as best, or as worst, for the candidate."""
        before = [one.filled(passed=not best) for one in self.before]
        return pair(before, [one.filled(passed=best) for one in self.after], k)

    @property
    def missing(self) -> int:
        """Samples without a verdict, of either run."""
        return sum(one.missing for one in (*self.before, *self.after))


def match(baseline: ComparedRun, candidate: ComparedRun) -> Matched:
    """Match instances by their ids.

    What one run could not resolve and the other passed can be resolved: it is missing there, and may have decided.
    """
    common = [name for name in baseline.scored if name in candidate.scored]
    names = [name for name in common if _resolvable(baseline.scored[name], candidate.scored[name])]
    left_out = {
        "only in the baseline": len(baseline.scored) - len(common),
        "only in the candidate": len(candidate.scored) - len(common),
        "unresolvable": len(common) - len(names),
    }
    return Matched(
        baseline=baseline,
        candidate=candidate,
        names=tuple(names),
        before=tuple(baseline.scored[name] for name in names),
        after=tuple(candidate.scored[name] for name in names),
        left_out={why: count for why, count in left_out.items() if count},
    )


def _resolvable(one: Scored, other: Scored) -> bool:
    return not (one.unresolvable or other.unresolvable) or bool(one.c or other.c)


def compare_pair(matched: Matched, k: int, seed: int) -> PairComparison:
    """Compare two runs; `p_adjusted` is p itself until `adjusted` corrects it for the other pairs."""
    paired = matched.pair(k)
    interval = paired_interval(paired)
    p, test = paired_test(paired, seed) if paired.first else (1.0, "none")
    fixed, broken = changes(matched, paired)
    signs = paired.signs
    return PairComparison(
        benchmark=matched.baseline.benchmark,
        baseline=matched.baseline.label,
        candidate=matched.candidate.label,
        metric=f"pass@{k}",
        baseline_score=_mean(paired.first),
        candidate_score=_mean(paired.second),
        observed=bounds(paired, interval),
        worst=_filled(matched, k, best=False),
        best=_filled(matched, k, best=True),
        missing_samples=matched.missing,
        method=None if interval is None else interval.method,
        clusters=None if paired.clusters is None else paired.units,
        p=p,
        test=test,
        p_adjusted=p,
        smallest_p=smallest_p(paired.units if paired.clusters is not None else signs.wins + signs.losses),
        finding=finding(p, _mean(paired.differences)),
        smallest_difference=_smallest(paired, interval),
        mid_p=mcnemar(signs, middle=True) if test == EXACT_MCNEMAR else None,
        design_effect=_design_effect(paired, interval),
        order=_order(matched, paired, k),
        wins=signs.wins,
        losses=signs.losses,
        left_out=_left_out(matched, paired, k),
        fixed=fixed,
        broken=broken,
        ratios=_ratios(matched),
        warnings=(*_warnings(paired, interval, p), *partial(matched)),
    )


def _left_out(matched: Matched, paired: Paired, k: int) -> dict[str, int]:
    dropped = len(matched.names) - len(paired.kept)
    why = "without a graded sample of both" if k == 1 else f"with fewer than {k} graded samples"
    return matched.left_out | ({why: dropped} if dropped else {})


def finding(p: float, difference: float | None) -> str:
    """Say what a test found."""
    if p > SIGNIFICANT or not difference:
        return NOT_FOUND
    return "better" if difference > 0 else "worse"


def bounds(paired: Paired, interval: Interval | None) -> Bounds:
    """The difference and its interval, cut to -1…1: no difference is larger."""
    return Bounds(
        difference=_mean(paired.differences),
        low=None if interval is None else max(-1.0, interval.low),
        high=None if interval is None else min(1.0, interval.high),
        instances=len(paired.first),
    )


def change_of(one: Scored, other: Scored) -> str | None:
    """Say what became of an instance from one run to the other, by the majority of its samples.

    It is `fixed`, `broken`, `both_passed`, `both_failed`, or `undecided` where either run passed half of its samples;
    None where either has none.
    """
    if not one.n or not other.n:
        return None
    before, after = one.c / one.n, other.c / other.n
    if _HALF in {before, after}:
        return "undecided"
    if (before > _HALF) is not (after > _HALF):
        return "fixed" if after > _HALF else "broken"
    return "both_passed" if after > _HALF else "both_failed"


def changes(matched: Matched, paired: Paired) -> tuple[tuple[Changed, ...], tuple[Changed, ...]]:
    """List what the candidate fixed and what it broke, by the majority of an instance's samples."""
    found = [(change_of(matched.before[place], matched.after[place]), place) for place in paired.kept]
    fixed, broken = (
        tuple(_changed(matched, place) for change, place in found if change == wanted) for wanted in ("fixed", "broken")
    )
    return fixed, broken


def _changed(matched: Matched, place: int) -> Changed:
    name, before, after = matched.names[place], matched.before[place], matched.after[place]
    return Changed(
        instance_id=name,
        before=outcomes_of(before),
        after=outcomes_of(after),
        reason=next(_reasons(before, after), ""),
        baseline_log=_log(matched.baseline, name, before),
        candidate_log=_log(matched.candidate, name, after),
    )


def _reasons(*sides: Scored) -> Iterator[str]:
    for side in sides:
        for result in side.results.values():
            if result.outcome is not Outcome.PASSED and result.reason:
                yield " ".join(result.reason[: 4 * _REASON_CHARS].split())[:_REASON_CHARS]


def outcomes_of(scored: Scored) -> str:
    """Outcomes of an instance's samples, most frequent first."""
    counts = Counter(result.outcome.value for result in scored.results.values())
    if not counts:
        return "no sample"
    if scored.n == 1:
        return next(iter(counts))
    return ", ".join(f"{count} {name}" for name, count in counts.most_common())


def _log(run: ComparedRun, name: str, scored: Scored) -> str | None:
    for sample_id, result in scored.results.items():
        path = log_path(run.path, name, sample_id)
        if result.outcome is not Outcome.PASSED and path.is_file():
            return str(path)
    return None


def partial(matched: Matched) -> Iterator[str]:
    """Say that runs are about a part of their benchmark."""
    found = matched.candidate.record.provenance.partial or matched.baseline.record.provenance.partial
    if found is not None:
        yield found


def _design_effect(paired: Paired, interval: Interval | None) -> float | None:
    plain = None if paired.clusters is None else difference_interval(paired.differences)
    if plain is None or not plain.standard_error or interval is None or interval.standard_error is None:
        return None
    return (interval.standard_error / plain.standard_error) ** 2


def _order(matched: Matched, paired: Paired, k: int) -> Order | None:
    counts = [(matched.before[place].counts, matched.after[place].counts) for place in paired.kept]
    sizes = {one.n for both in counts for one in both}
    if len(sizes) != 1 or max(sizes) < TWICE:
        return None
    first, second = (posterior([both[side] for both in counts], k) for side in (0, 1))
    return Order(samples=max(sizes), baseline=first, candidate=second, candidate_better=order_chance(first, second))


def _filled(matched: Matched, k: int, *, best: bool) -> Bounds:
    paired = matched.filled(k, best=best)
    return bounds(paired, paired_interval(paired))


def _mean(values: Sequence[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None


def _smallest(paired: Paired, interval: Interval | None) -> float | None:
    """The difference that this comparison would have found with 80 % power, by the spread that it saw."""
    if interval is None or len(paired.first) < 2:  # noqa: PLR2004 - a deviation needs two
        return None
    error = interval.standard_error
    if error is None:
        error = deviation(paired.differences) / math.sqrt(len(paired.first))
    return smallest_difference(error * error, 1) or None


def _ratios(matched: Matched) -> dict[str, Ratio]:
    """What the candidate took, as a multiple of the baseline's, where both are known of some instance."""
    found = {}
    for name in AMOUNTS:
        ratio = ratio_of_means(
            (one.amounts.get(name), other.amounts.get(name), one.cluster)
            for one, other in zip(matched.before, matched.after, strict=True)
        )
        if ratio.n:
            found[name] = ratio
    return found


def _warnings(paired: Paired, interval: Interval | None, p: float) -> Iterator[str]:
    signs = paired.signs
    differing = signs.wins + signs.losses
    if interval is None:
        yield "no interval: it needs two instances (or three clusters) that do not all differ by the same"
    elif (interval.low > 0 or interval.high < 0) is not (p <= SIGNIFICANT):
        yield "on the border of what can be told: interval and test disagree about 5 %, and the test decides"
    if paired.clusters is not None:
        least = smallest_p(paired.units)
        yield f"{counted(paired.units, 'cluster')}: no p below {least:.3g} can be found (2/2^{paired.units})"
        yield from few_clusters(paired.units, None if interval is None else interval.degrees)
    elif paired.single and paired.first and not differing:
        yield "no instance came out differently in the two runs"
    elif paired.single and paired.first and differing <= _FEW_DIFFERING:
        least = smallest_p(differing)
        yield f"only {counted(differing, 'instance')} came out differently: no p below {least:.3g} can be found"
