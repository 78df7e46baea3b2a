"""Walks through projects, read from results: which attempts at which tasks passed."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore import Outcome, WebDetail, WebTask

from .project import INIT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from boxscore import GradedRun, Result, Sample

ATTEMPTS = 2


class Walk(Struct, frozen=True, kw_only=True):
    """One walk through a project's tasks, but `init`, which the benchmark does not count.

    `tried` says of each task that was attempted, in order, whether its attempts passed. `levels` are those of all
    `tasks`, or empty if they are not known.
    """

    project: str
    tasks: tuple[str, ...]
    levels: tuple[str, ...] = ()
    tried: tuple[tuple[bool, ...], ...] = ()

    def passed(self, attempts: int) -> int:
        """Count the tasks before the first whose first `attempts` attempts all failed."""
        for number, tries in enumerate(self.tried):
            if not any(tries[:attempts]):
                return number
        return len(self.tried)

    def failed_at_first(self) -> frozenset[int]:
        return frozenset(number for number, tries in enumerate(self.tried) if not tries[0])


def walk_of(project: str, detail: WebDetail) -> Walk:
    counted = [place for place, name in enumerate(detail.tasks) if name != INIT]
    tries: dict[str, list[bool]] = defaultdict(list)
    for attempt in detail.attempts:
        if attempt.task != INIT:
            tries[attempt.task].append(attempt.outcome is Outcome.PASSED)
    return Walk(
        project=project,
        tasks=tuple(detail.tasks[place] for place in counted),
        levels=tuple(detail.levels[place] for place in counted) if detail.levels else (),
        tried=tuple(tuple(own[:ATTEMPTS]) for own in tries.values()),
    )


class Graded(Struct, frozen=True, kw_only=True):
    """One sample, its result, and the walk that it is."""

    sample: Sample
    result: Result
    walk: Walk


def graded_by_model(run: GradedRun) -> dict[str, Sequence[Graded]]:
    """The samples of each model with their walks, in the run's order.

    Samples without a verdict are left out. One that could not be read is a walk that attempted nothing.
    """
    results = {(one.instance_id, one.sample_id): one for one in run.results}
    nothing = _nothing(run)
    found: dict[str, list[Graded]] = defaultdict(list)
    for sample in run.samples:
        result = results.get((sample.instance_id, sample.sample_id))
        if result is None or result.outcome is Outcome.INTERNAL:
            continue
        project = sample.instance_id
        detail = result.detail if isinstance(result.detail, WebDetail) else nothing.get(project, WebDetail())
        found[sample.model].append(Graded(sample=sample, result=result, walk=walk_of(project, detail)))
    return dict(found)


def walks(graded: Iterable[Graded]) -> list[Walk]:
    """The walks alone."""
    return [one.walk for one in graded]


def _nothing(run: GradedRun) -> dict[str, WebDetail]:
    """Details for samples that were not judged at all, by project, with tasks taken from other samples or the run."""
    others = {one.instance_id: one.detail for one in run.results if isinstance(one.detail, WebDetail)}
    told = {name: WebDetail(tasks=one.tasks, levels=one.levels) for name, one in others.items()}
    return told | {
        name: WebDetail(tasks=tuple(step.name for step in task.steps), levels=tuple(step.level for step in task.steps))
        for name, task in run.tasks.items()
        if isinstance(task, WebTask)
    }
