"""From runs to a comparison: each benchmark's first run is the baseline of its others."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.compare.amounts import AMOUNTS
from boxscore.compare.choice import best_of, price_runs
from boxscore.compare.comparable import check_comparable
from boxscore.compare.groups import group_runs
from boxscore.compare.pairs import compare_pair, finding, match
from boxscore.compare.records import Ranked, RunComparison, Side
from boxscore.errors import UsageError
from boxscore.records import Outcome
from boxscore.score.statistics import CONFIDENCE, estimate, holm
from boxscore.score.systems import borda, kemeny, kendall_tau, max_at_k, pass_hat_k, plurality, strict_majority

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from boxscore.compare.read import ComparedRun, Scored
    from boxscore.compare.records import PairComparison
    from boxscore.records import Result

SEVERAL = 2
_REPEATED = (2, 3, 5, 10)  # k of what is said beside pass@k


def compare_runs(  # noqa: PLR0913 - options, by keyword
    runs: Sequence[ComparedRun],
    *,
    k: int = 1,
    allowed: Collection[str] = (),
    seed: int = 0,
    again: Sequence[ComparedRun] = (),
    by: Collection[str] = (),
) -> RunComparison:
    """Compare runs, with further ones of the baselines' systems (`again`), one for each benchmark at most.

    With `by` also on groups of instances, by tags of these names. Raises UsageError where a run has none to be compared
    with, or one that it must not be, and where instances have no such tag.
    """
    groups = by_benchmark(runs)
    alone = next((own[0] for own in groups.values() if len(own) < SEVERAL), None)
    if alone is not None:
        raise UsageError(f"{alone.label} is the only run of {alone.benchmark} here: a comparison needs two of each")
    sides = [(own[0], other) for own in groups.values() for other in own[1:]]
    repeats = _repeats(groups, again)
    differences = check_comparable([*sides, *((groups[bench][0], one) for bench, one in repeats.items())], allowed)
    grouped = tuple(group_runs(own, tag, k, seed) for own in groups.values() for tag in dict.fromkeys(by))
    return RunComparison(
        confidence=CONFIDENCE,
        seed=seed,
        runs=tuple(side(run) for run in runs),
        pairs=adjusted([compare_pair(match(one, other), k, seed, repeats.get(one.benchmark)) for one, other in sides]),
        ranking=rank(groups, k),
        differences=differences,
        prices=tuple(itertools.chain.from_iterable(price_runs(own) for own in groups.values())),
        best=tuple(found for own in groups.values() if (found := best_of(own, k, seed)) is not None),
        grouped=grouped,
    )


def _repeats(groups: Mapping[str, Sequence[ComparedRun]], again: Sequence[ComparedRun]) -> dict[str, ComparedRun]:
    """The further run of each benchmark."""
    found: dict[str, ComparedRun] = {}
    for one in again:
        if one.benchmark not in groups or one.benchmark in found:
            raise UsageError(f"--again {one.label}: give one further run of a baseline; this one is of {one.benchmark}")
        found[one.benchmark] = one
    return found


def by_benchmark(runs: Iterable[ComparedRun]) -> dict[str, list[ComparedRun]]:
    """Runs of each benchmark, in the order in which they were given."""
    groups: dict[str, list[ComparedRun]] = {}
    for run in runs:
        groups.setdefault(run.benchmark, []).append(run)
    return groups


def adjusted(pairs: Sequence[PairComparison]) -> tuple[PairComparison, ...]:
    """Adjust findings for the number of comparisons, by Holm."""
    p_values = holm([one.p for one in pairs])
    return tuple(
        replace(one, p_adjusted=p, finding=finding(p, one.seen.difference))
        for one, p in zip(pairs, p_values, strict=True)
    )


def side(run: ComparedRun) -> Side:
    """Summarize one run by itself."""
    scored = [one for one in run.scored.values() if one.n]
    return Side(
        run=run.label,
        path=str(run.path),
        benchmark=run.benchmark,
        model=run.model,
        samples=run.report.samples,
        excluded_samples=run.report.excluded_samples,
        invalid=run.invalid,
        scores=run.report.pass_at_k,
        others=_others(scored),
        amounts=_means_of_amounts(scored),
    )


def _others(scored: Sequence[Scored]) -> dict[str, float]:
    """Reliability, majorities and the best of graded scores, where every instance has enough samples."""
    least = min((one.n for one in scored), default=0)
    found = {}
    classes = [answers(one) for one in scored]
    for k in _REPEATED:
        if k > least:
            break
        found[f"pass^{k}"] = _mean([pass_hat_k(one.n, one.c, k) for one in scored])
        if k % 2:  # of an even k a tie counts as lost
            found[f"majority@{k}"] = _mean([strict_majority(one.n, one.c, k) for one in scored])
            if any(size > 1 for own in classes for size, _ in own):
                found[f"plurality@{k}"] = _mean([plurality(own, k) for own in classes])
    graded = [[graded_score(result) for result in one.results.values()] for one in scored]
    if any(0 < score < 1 for own in graded for score in own):
        for k in (1, *_REPEATED):
            best = [max_at_k(own, k) for own in graded if len(own) >= k]
            if len(best) == len(scored):
                found[f"max@{k}"] = _mean(best)
    return found


def answers(scored: Scored) -> tuple[tuple[int, bool], ...]:
    """The answers of an instance that differ: how many samples gave each, and whether it passed.

    Samples of one code have one key. Where gradings of it differ, each outcome is an answer of its own.
    """
    sizes = Counter((result.key or name, result.outcome is Outcome.PASSED) for name, result in scored.results.items())
    return tuple(sorted(((size, passes) for (_, passes), size in sizes.items()), reverse=True))


def _mean(values: Sequence[float | None]) -> float:
    return math.fsum(one or 0.0 for one in values) / len(values)


def graded_score(result: Result) -> float:
    """The share of required tests that passed, of a patch whose tests ran; else 1 for a pass and 0."""
    if result.outcome is Outcome.PASSED:
        return 1.0
    patch = result.patch
    if patch is None or result.outcome is Outcome.TAMPERED:
        return 0.0
    passed = len(patch.fail_to_pass[0]) + len(patch.pass_to_pass[0])
    every = passed + len(patch.fail_to_pass[1]) + len(patch.pass_to_pass[1])
    return passed / every if every else 0.0


def _means_of_amounts(scored: Sequence[Scored]) -> dict[str, float]:
    found = {}
    for name in AMOUNTS:
        known = [one.amounts[name] for one in scored if name in one.amounts]
        if known:
            found[name] = math.fsum(known) / len(known)
    return found


def rank(groups: dict[str, list[ComparedRun]], k: int) -> Ranked | None:
    """Order the systems that ran on all of several benchmarks; None below two of either."""
    by_model = {
        bench: {run.model or run.label: score for run in own if (score := _score(run, k)) is not None}
        for bench, own in groups.items()
    }
    systems = [name for name in next(iter(by_model.values())) if all(name in scores for scores in by_model.values())]
    if len(by_model) < SEVERAL or len(systems) < SEVERAL:
        return None
    rows = [[scores[name] for name in systems] for scores in by_model.values()]
    consensus = kemeny(rows)
    points = dict(zip(systems, borda(rows), strict=True))
    macro = {name: math.fsum(column) / len(rows) for name, column in zip(systems, zip(*rows, strict=True), strict=True)}
    return Ranked(
        metric=f"pass@{k}",
        benchmarks=tuple(by_model),
        borda=dict(sorted(points.items(), key=lambda one: -one[1])),
        macro=macro,
        kemeny=() if consensus is None else tuple(systems[place] for place in consensus.order),
        kemeny_unique=consensus is not None and consensus.unique,
        agreement=_agreement(dict(zip(by_model, rows, strict=True))),
    )


def _agreement(rows: dict[str, list[float]]) -> dict[str, float | None]:
    """Kendall's tau of each two benchmarks."""
    return {f"{one} and {other}": kendall_tau(rows[one], rows[other]) for one, other in itertools.combinations(rows, 2)}


def _score(run: ComparedRun, k: int) -> float | None:
    return estimate([one.counts for one in run.scored.values() if not one.unresolvable], k).value
