"""Compare runs: pairs, groups of instances, and rankings over benchmarks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.compare.pairs import bounds, compare_pair, finding, match
from boxscore.compare.read import AMOUNTS, check_comparable
from boxscore.compare.records import Group, Grouped, GroupScore, Ranked, RunComparison, Side
from boxscore.errors import UsageError
from boxscore.score.paired import pair, paired_interval, paired_test
from boxscore.score.statistics import CONFIDENCE, estimate, holm, pass_at_k_each
from boxscore.score.systems import (
    kemeny,
    pass_hat_k,
    strict_majority,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from boxscore.compare.read import ComparedRun, Scored
    from boxscore.compare.records import PairComparison
    from boxscore.score.statistics import InstanceCounts


MIN_INSTANCES = 10  # of a group; one with fewer tells nothing


def group_runs(runs: Sequence[ComparedRun], by: str, k: int, seed: int) -> Grouped:
    """Compare two or more runs of a benchmark, the baseline first, on the instances of each value of a tag.

    All runs are compared on the same instances: those that each has k graded samples of. Raises UsageError where no
    instance has the tag, or two runs disagree about one.
    """
    values = tag_values(runs, by)
    every = dict.fromkeys(name for run in runs for name in run.scored)
    lacking = {run.label: every.keys() - _graded(run, k) for run in runs}
    graded = [name for name in every if not any(name in lacks for lacks in lacking.values())]
    by_value: dict[str, list[str]] = {}
    for name in graded:
        if name in values:
            by_value.setdefault(values[name], []).append(name)
    left_out = {
        f"without {by}": sum(name not in values for name in graded),
        _why_not_graded(k): len(every) - len(graded),
    }
    groups = [_group(runs, value, by_value[value], k, seed) for value in sorted(by_value) if _enough(by_value[value])]
    return Grouped(
        benchmark=runs[0].benchmark,
        by=by,
        metric=f"pass@{k}",
        least=MIN_INSTANCES,
        groups=_adjusted(groups),
        too_few={value: len(names) for value, names in sorted(by_value.items()) if not _enough(names)},
        left_out={why: count for why, count in left_out.items() if count},
        lacking={label: len(names) for label, names in lacking.items() if names},
    )


def tag_values(runs: Sequence[ComparedRun], by: str) -> Mapping[str, str]:
    """The value that a tag has for each instance that has it; a run that knows nothing of it is as the others say."""
    found: dict[str, str] = {}
    first: dict[str, ComparedRun] = {}
    for run in runs:
        for name, value in run.record.tags.get(by, {}).items():
            if found.setdefault(name, value) != value:
                raise UsageError(
                    f"--by {by}: {name} is {found[name]!r} in {first[name].label} and {value!r} in {run.label}: these "
                    "runs were made with data that says otherwise"
                )
            first.setdefault(name, run)
    if not found:
        raise UsageError(f"--by {by}: {_no_such_tag(runs, by)}")
    return found


def _no_such_tag(runs: Sequence[ComparedRun], by: str) -> str:
    benchmark = runs[0].benchmark
    known = sorted({name for run in runs for name in run.record.tags})
    if known:
        return f"instances of {benchmark} have no tag {by!r} in these runs; they have {', '.join(known)}"
    return (
        f"instances of {benchmark} have no {by} in these runs, nor any other tag. If its data has one now, grade again "
        "with the same --out: run.json is written again, and no sample is graded twice"
    )


def _graded(run: ComparedRun, k: int) -> set[str]:
    scores = pass_at_k_each([one.counts for one in run.scored.values()], k)
    return {name for name, score in zip(run.scored, scores, strict=True) if score is not None}


def _why_not_graded(k: int) -> str:
    return "without a graded sample of every run" if k == 1 else f"with fewer than {k} graded samples of some run"


def _enough(names: Sequence[str]) -> bool:
    return len(names) >= MIN_INSTANCES


def _group(runs: Sequence[ComparedRun], value: str, names: Sequence[str], k: int, seed: int) -> Group:
    counts = [[run.scored[name].counts for name in names] for run in runs]
    found = [
        GroupScore(run=run.label, score=_mean(pass_at_k_each(own, k))) for run, own in zip(runs, counts, strict=True)
    ]
    compared = [_against(one, counts[0], own, k, seed) for one, own in zip(found[1:], counts[1:], strict=True)]
    return Group(value=value, instances=len(names), runs=(found[0], *compared))


def _against(
    one: GroupScore, first: Sequence[InstanceCounts], second: Sequence[InstanceCounts], k: int, seed: int
) -> GroupScore:
    paired = pair(first, second, k)
    interval = paired_interval(paired)
    p, test = paired_test(paired, seed)
    return replace(
        one,
        difference=bounds(paired, interval),
        method=None if interval is None else interval.method,
        p=p,
        test=test,
    )


def _adjusted(groups: Sequence[Group]) -> tuple[Group, ...]:
    p_values = iter(holm([one.p for group in groups for one in group.runs if one.p is not None]))
    return tuple(replace(group, runs=tuple(_found(group.runs, p_values))) for group in groups)


def _found(runs: Sequence[GroupScore], p_values: Iterator[float]) -> Iterator[GroupScore]:
    for one in runs:
        if one.difference is None:
            yield one
        else:
            p = next(p_values)
            yield replace(one, p_adjusted=p, finding=finding(p, one.difference.difference))


SEVERAL = 2
_REPEATED = (2, 3, 5, 10)  # k of what is said beside pass@k


def compare_runs(
    runs: Sequence[ComparedRun],
    *,
    k: int = 1,
    allowed: Collection[str] = (),
    seed: int = 0,
    by: Collection[str] = (),
) -> RunComparison:
    """Compare runs; with `by` also on groups of instances, by tags of these names.

    Raises UsageError where a run has none to be compared with, or one that it must not be, and where instances have no
    such tag.
    """
    groups = by_benchmark(runs)
    alone = next((own[0] for own in groups.values() if len(own) < SEVERAL), None)
    if alone is not None:
        raise UsageError(f"{alone.label} is the only run of {alone.benchmark} here: a comparison needs two of each")
    sides = [(own[0], other) for own in groups.values() for other in own[1:]]
    differences = check_comparable(sides, allowed)
    grouped = tuple(group_runs(own, tag, k, seed) for own in groups.values() for tag in dict.fromkeys(by))
    return RunComparison(
        confidence=CONFIDENCE,
        seed=seed,
        runs=tuple(side(run) for run in runs),
        pairs=adjusted([compare_pair(match(one, other), k, seed) for one, other in sides]),
        ranking=rank(groups, k),
        differences=differences,
        grouped=grouped,
    )


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
        replace(one, p_adjusted=p, finding=finding(p, one.observed.difference))
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
    """Reliability and majorities, where every instance has enough samples."""
    least = min((one.n for one in scored), default=0)
    found = {}
    for k in _REPEATED:
        if k > least:
            break
        found[f"pass^{k}"] = _mean([pass_hat_k(one.n, one.c, k) for one in scored])
        if k % 2:  # of an even k a tie counts as lost
            found[f"majority@{k}"] = _mean([strict_majority(one.n, one.c, k) for one in scored])
    return found


def _mean(values: Sequence[float | None]) -> float:
    return math.fsum(one or 0.0 for one in values) / len(values)


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
    macro = {name: math.fsum(column) / len(rows) for name, column in zip(systems, zip(*rows, strict=True), strict=True)}
    return Ranked(
        metric=f"pass@{k}",
        benchmarks=tuple(by_model),
        macro=dict(sorted(macro.items(), key=lambda one: -one[1])),
        kemeny=() if consensus is None else tuple(systems[place] for place in consensus.order),
        kemeny_unique=consensus is not None and consensus.unique,
    )


def _score(run: ComparedRun, k: int) -> float | None:
    return estimate([one.counts for one in run.scored.values() if not one.unresolvable], k).value
