"""The gate: a candidate must be no worse than its baseline by more than a margin, on each benchmark."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from boxscore.compare.build import by_benchmark
from boxscore.compare.pairs import bounds, changes, match, partial
from boxscore.compare.read import check_comparable
from boxscore.compare.records import GatedPair, GateReport
from boxscore.errors import UsageError
from boxscore.report.numbers import counted
from boxscore.score.noninferiority import (
    GATE_CONFIDENCE,
    Verdict,
    all_of,
    judge,
    judge_bracket,
)
from boxscore.score.paired import distinct_clusters, paired_interval, smallest_p
from boxscore.score.planning import (
    PLANNED_DISCORDANCE,
    POWER,
    Units,
    alike_variance,
    can_pass,
    pass_chance,
    smallest_margin,
    units_of,
)
from boxscore.score.statistics import LEAST_CLUSTERS, Interval, estimate, few_clusters

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from boxscore.compare.pairs import Matched
    from boxscore.compare.read import ComparedRun
    from boxscore.score.paired import Paired


def in_words(verdict: Verdict, observed: Interval, margin: float) -> str:
    """Why a difference was judged as it was."""
    points = f"{100 * margin:g} points"
    if verdict is Verdict.PASS:
        return f"{'worse, within' if observed.high < 0 else 'not worse by'} the margin of {points}: {between(observed)}"
    if verdict is Verdict.FAIL:
        more = f"by more than the margin of {points}" if observed.high < -margin else f"and maybe by more than {points}"
        return f"worse, {more}: {between(observed)}"
    return f"{between(observed)}: neither surely worse nor surely within the margin of {points}"


def between(interval: Interval) -> str:
    """Bounds of a difference, in points."""
    return f"{100 * interval.low:+.1f} to {100 * interval.high:+.1f} points"


_ALL_THE_SAME = "or judge all the same: --allow-underpowered"


class GateRules(Struct, frozen=True, kw_only=True):
    """What is asked of runs: a margin for each benchmark (under "" for all others), a score, and what is let pass.

    `discordance` is the share of instances on which single samples of equal systems are
    taken to differ.
    """

    margins: Mapping[str, float] = {}
    fail_under: float | None = None
    k: int = 1
    allowed: Collection[str] = ()
    allow_underpowered: bool = False
    discordance: float = PLANNED_DISCORDANCE

    def margin(self, benchmark: str) -> float:
        """The margin of a benchmark. Raises UsageError where there is none."""
        found = self.margins.get(benchmark, self.margins.get(""))
        if found is None:
            raise UsageError(f"no margin for {benchmark}: give --margin, such as 0.05 for five points")
        return found


def gate_runs(runs: Sequence[ComparedRun], baselines: Sequence[ComparedRun], rules: GateRules) -> GateReport:
    """Judge runs against the baselines of their benchmarks; without any, by the score that is asked for alone.

    Raises UsageError for runs without a baseline, that cannot be compared, or by rules that cannot be met.
    """
    pairs = _paired(runs, baselines, rules)
    sides = [(baseline, run) for run, baseline in pairs if baseline is not None]
    differences = check_comparable(sides, rules.allowed)
    matched = {run.label: match(baseline, run) for baseline, run in sides}
    if not rules.allow_underpowered:
        for one in matched.values():
            _refuse_hopeless(one, rules)
    gated = [_gate(run, matched.get(run.label), rules) for run, _ in pairs]
    return GateReport(
        verdict=all_of(one.verdict for one in gated),
        confidence=GATE_CONFIDENCE,
        pairs=tuple(gated),
        differences=differences,
    )


def _paired(
    runs: Sequence[ComparedRun], baselines: Sequence[ComparedRun], rules: GateRules
) -> list[tuple[ComparedRun, ComparedRun | None]]:
    if not runs:
        raise UsageError("nothing to judge: give the run, or one run of each benchmark")
    if not baselines and rules.fail_under is None:
        raise UsageError("nothing to judge by: give --baseline RUN with --margin, or --fail-under SHARE, or both")
    groups = by_benchmark(baselines)
    several = next((bench for bench, own in groups.items() if len(own) > 1), None)
    if several is not None:
        raise UsageError(f"{len(groups[several])} baselines of {several}: give one of each benchmark")
    benches = [run.benchmark for run in runs]
    repeated = next((bench for bench in benches if benches.count(bench) > 1), None)
    if repeated is not None:
        raise UsageError(f"{benches.count(repeated)} runs of {repeated}: gate each of them by itself")
    _check_names(benches, groups, rules)
    return [(run, groups[run.benchmark][0] if baselines else None) for run in runs]


def _check_names(benches: Sequence[str], groups: Collection[str], rules: GateRules) -> None:
    """Refuse what does not fit together: each benchmark has a run, a baseline and a margin, or none has a baseline."""
    if groups and set(groups) != set(benches):
        raise UsageError(
            f"runs are of {', '.join(sorted(benches))}, baselines of {', '.join(sorted(groups))}: give one of each"
        )
    strange = next((name for name in rules.margins if name and name not in benches), None)
    if strange is not None:
        raise UsageError(f"--margin {strange}=…: there is no run of {strange} here")
    for bench in groups:
        rules.margin(bench)
    if rules.margins and not groups:
        raise UsageError("--margin needs a --baseline to be worse than")


def _refuse_hopeless(matched: Matched, rules: GateRules) -> None:
    units, variance = plan_of(matched, rules)
    bench = matched.baseline.benchmark
    margin = rules.margin(bench)
    if units is None:
        return
    if units.clusters is not None and units.clusters < LEAST_CLUSTERS:
        error = UsageError(
            f"a gate on {bench} cannot pass: it needs instances of {LEAST_CLUSTERS} clusters, and these are of "
            f"{units.clusters}"
        )
        error.details = (_ALL_THE_SAME,)
        raise error
    if can_pass(variance, units, margin):
        return
    size = counted(units.instances, "instance")
    size += "" if units.clusters is None else f" in {units.clusters} clusters"
    chance, least = pass_chance(variance, units, margin), smallest_margin(variance, units)
    error = UsageError(
        f"a margin of {margin:g} on {bench} is too small for {size}: an equal system would pass with a chance of only "
        f"{100 * chance:.0f} %"
    )
    error.details = (
        f"allow {least:.3f} for a chance of {100 * POWER:.0f} %",
        f"or grade more samples of each instance: `boxscore plan {bench}` says how many",
        _ALL_THE_SAME,
    )
    raise error


def plan_of(matched: Matched, rules: GateRules) -> tuple[Units | None, float]:
    """What counts, and the planned variance of its differences: by numbers of samples, not by results."""
    sized = [
        (min(one.n + one.missing, other.n + other.missing), one.cluster)
        for one, other in zip(matched.before, matched.after, strict=True)
    ]
    enough = [(size, cluster) for size, cluster in sized if size >= rules.k]
    if not enough:
        return None, 0.0
    variance = sum(alike_variance(size, rules.k, rules.discordance) for size, _ in enough) / len(enough)
    clusters = distinct_clusters([cluster for _, cluster in enough])
    sizes = list(Counter(clusters or ()).values())
    if len(sizes) < LEAST_CLUSTERS:
        return Units(instances=len(enough), clusters=len(sizes) or None), variance
    return units_of(sizes), variance


def _gate(run: ComparedRun, matched: Matched | None, rules: GateRules) -> GatedPair:
    """Judge one run: by its baseline, by its score, or by both; not at all where one of the two is invalid."""
    by_score, score = _by_score(run, rules)
    shown = GatedPair(
        benchmark=run.benchmark,
        candidate=run.label,
        verdict=Verdict.PASS,
        reason="",
        score=score,
        under=rules.fail_under,
    )
    by_margin: list[tuple[Verdict, str]] = []
    if matched is not None:
        reason, shown = _by_margin(matched, rules, shown)
        by_margin = [reason]
    found = list(_invalid(run, matched, shown)) or [*by_margin, *by_score]
    verdict = all_of(one for one, _ in found)
    return replace(shown, verdict=verdict, reason="; ".join(reason for one, reason in found if one is verdict))


def _invalid(run: ComparedRun, matched: Matched | None, shown: GatedPair) -> Iterator[tuple[Verdict, str]]:
    for one in (run, *([] if matched is None else [matched.baseline])):
        if one.invalid is not None:
            yield Verdict.INVALID, f"{one.label}: {one.invalid}"
    if shown.score is None and shown.under is not None:
        yield Verdict.INVALID, f"{run.label} has no score"
    if shown.observed is not None and not shown.observed.instances:
        yield Verdict.INVALID, "the two runs have no instance in common that was graded in both"


def _by_score(run: ComparedRun, rules: GateRules) -> tuple[list[tuple[Verdict, str]], float | None]:
    scored = [one for one in run.scored.values() if not one.unresolvable]
    score = estimate([one.counts for one in scored], rules.k).value
    least = rules.fail_under
    if least is None or score is None:
        return [], score
    worst, best = (
        estimate([one.filled(passed=passed) for one in scored], rules.k).value or 0.0 for passed in (False, True)
    )
    name = f"pass@{rules.k}"
    if min(score, worst) >= least:
        return [(Verdict.PASS, f"{name} is {score:.4f}, not under {least:g}")], score
    if max(score, best) < least:
        return [(Verdict.FAIL, f"{name} is {score:.4f}, under {least:g}")], score
    reason = (
        f"{name} is {score:.4f}: {worst:.4f} if all missing results had failed, {best:.4f} if all had passed, "
        f"so that nobody can tell whether it is under {least:g}"
    )
    return [(Verdict.INCONCLUSIVE, reason)], score


def _by_margin(matched: Matched, rules: GateRules, shown: GatedPair) -> tuple[tuple[Verdict, str], GatedPair]:
    every = matched.pair(rules.k), matched.filled(rules.k, best=False), matched.filled(rules.k, best=True)
    observed, worst, best = (paired_interval(one, GATE_CONFIDENCE) for one in every)
    margin = rules.margin(matched.baseline.benchmark)
    units, variance = plan_of(matched, rules)
    fixed, broken = changes(matched, every[0])
    shown = replace(
        shown,
        baseline=matched.baseline.label,
        margin=margin,
        observed=bounds(every[0], observed),
        worst=bounds(every[1], worst),
        best=bounds(every[2], best),
        missing_samples=matched.missing,
        method=None if observed is None else observed.method,
        clusters=None if every[0].clusters is None else every[0].units,
        equal_pass=None if units is None else pass_chance(variance, units, margin),
        smallest_margin=None if units is None else smallest_margin(variance, units),
        wins=every[0].signs.wins,
        losses=every[0].signs.losses,
        left_out=matched.left_out,
        fixed=fixed,
        broken=broken,
        warnings=(*_warnings(every[0], observed), *partial(matched)),
    )
    return _by_bounds(observed, worst, best, margin), shown


def _by_bounds(
    observed: Interval | None, worst: Interval | None, best: Interval | None, margin: float
) -> tuple[Verdict, str]:
    """Judge the interval of a difference, and those with missing results taken as failed or as passed."""
    if observed is None or worst is None or best is None:
        return Verdict.INCONCLUSIVE, "no interval can be computed of so few instances or clusters"
    verdict = judge_bracket(observed, worst, best, margin)
    alone = judge(observed.low, observed.high, margin)
    if verdict is alone:
        return verdict, in_words(verdict, observed, margin)
    reason = (
        f"{between(observed)}, which alone is {alone}; but with what is missing taken as failed or passed "
        f"{between(worst)} or {between(best)}: {judge(worst.low, worst.high, margin)} or "
        f"{judge(best.low, best.high, margin)}"
    )
    return verdict, reason


def _warnings(paired: Paired, observed: Interval | None) -> Iterator[str]:
    if paired.clusters is None:
        return
    yield f"bounds over {paired.units} clusters; no test over them finds a p below {smallest_p(paired.units):.3g}"
    yield from few_clusters(paired.units, None if observed is None else observed.degrees)
