"""Runs of a benchmark on groups of its instances, by a tag such as `domain`: where each is relatively strong."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.compare.pairs import bounds, finding
from boxscore.compare.records import Group, Grouped, GroupScore
from boxscore.errors import UsageError
from boxscore.score.paired import pair, paired_interval, paired_test
from boxscore.score.statistics import holm, pass_at_k_each
from boxscore.score.systems import MIN_INSTANCES, domain_improvements, kind_of_domain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from boxscore.compare.read import ComparedRun
    from boxscore.score.statistics import InstanceCounts


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
    """What to do where no instance has a tag."""
    benchmark = runs[0].benchmark
    known = sorted({name for run in runs for name in run.record.tags})
    if known:
        return f"instances of {benchmark} have no tag {by!r} in these runs; they have {', '.join(known)}"
    return (
        f"instances of {benchmark} have no {by} in these runs, nor any other tag. If its data has one now, grade again "
        "with the same --out: run.json is written again, and no sample is graded twice"
    )


def _graded(run: ComparedRun, k: int) -> set[str]:
    """Instances that a run has k graded samples of."""
    scores = pass_at_k_each([one.counts for one in run.scored.values()], k)
    return {name for name, score in zip(run.scored, scores, strict=True) if score is not None}


def _why_not_graded(k: int) -> str:
    return "without a graded sample of every run" if k == 1 else f"with fewer than {k} graded samples of some run"


def _enough(names: Sequence[str]) -> bool:
    return len(names) >= MIN_INSTANCES


def _group(runs: Sequence[ComparedRun], value: str, names: Sequence[str], k: int, seed: int) -> Group:
    counts = [[run.scored[name].counts for name in names] for run in runs]
    scores = [_score(own, k) for own in counts]
    improvements = domain_improvements(scores)
    found = [
        GroupScore(run=run.label, score=score, improvement_percent=better, kind=kind_of_domain(better))
        for run, score, better in zip(runs, scores, improvements, strict=True)
    ]
    compared = [_against(one, counts[0], own, k, seed) for one, own in zip(found[1:], counts[1:], strict=True)]
    return Group(value=value, instances=len(names), runs=(found[0], *compared))


def _score(counts: Sequence[InstanceCounts], k: int) -> float:
    each = [score for score in pass_at_k_each(counts, k) if score is not None]
    return math.fsum(each) / len(each)


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
    """Adjust findings for the number of comparisons in the table, by Holm."""
    p_values = iter(holm([one.p for group in groups for one in group.runs if one.p is not None]))
    return tuple(replace(group, runs=tuple(_found(group.runs, p_values))) for group in groups)


def _found(runs: Sequence[GroupScore], p_values: Iterator[float]) -> Iterator[GroupScore]:
    for one in runs:
        if one.difference is None:
            yield one
        else:
            p = next(p_values)
            yield replace(one, p_adjusted=p, finding=finding(p, one.difference.difference))
