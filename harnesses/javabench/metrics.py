"""Completion@k, Compilation@k and Pass@k of JavaBench, as published and linear, with their intervals.

A sample counts where its classes are whole: each could be replaced, and none is left undone. Completion@k counts such
samples, Compilation@k those of them that compile, Pass@k the share of tests that these pass. The published estimator
puts that share, a fraction, into pass@k's product, which is made for whole numbers: 2.5 of 5 samples are 0.545 at
k = 1. The linear one is the mean share, 0.5, and there is one for k = 1 alone.
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

import boxscore
from boxscore import Outcome, ProjectDetail

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from boxscore import GradedRun, Result, Sample

USUAL_SAMPLES = 5  # of each task that the published tables are made of, whatever there are more
METRICS = ("completion", "compilation", "pass", "pass_linear")


class Verdict(Struct, frozen=True, kw_only=True):
    """What one sample of a task came to; `task` is `PROJECT/NAME`, and `passed` of `total` tests passed."""

    task: str
    whole: bool
    compiled: bool
    passed: int
    total: int

    @property
    def share(self) -> float:
        """The tests that passed, of all: 0 where it is left undone or does not compile."""
        return self.passed / self.total if self.whole and self.compiled and self.total else 0.0

    @property
    def project(self) -> str:
        """The project that the task is of."""
        return self.task.partition("/")[0]


class Score(Struct, frozen=True, kw_only=True):
    """A mean over tasks, or over projects, from 0 to 1, with its 95 % interval, None where there is none."""

    value: float
    low: float | None = None
    high: float | None = None
    n: int


class Scores(Struct, frozen=True, kw_only=True):
    """The metrics of some samples at one k: for each project, and the plain mean over the projects.

    `pass_linear` is there for k = 1 alone. `samples` is how many of each task were counted.
    """

    k: int
    samples: int
    projects: dict[str, dict[str, Score]]
    mean: dict[str, Score]


def published_estimate(n: int, c: float, k: int) -> float:
    """What the benchmark's own notebooks compute for `c` of `n` samples, where `c` may be a fraction."""
    if n - c < k:
        return 1.0
    first = n - c + 1
    return 1.0 - math.prod(1.0 - k / (first + step) for step in range(math.ceil(n + 1 - first)))


def scores(verdicts: Iterable[Verdict], *, k: int = 1, samples: int = USUAL_SAMPLES) -> Scores:
    """Score the first samples of each task, in the order given.

    Raises UsageError where a task has fewer than `samples`: the published formula would count those that are missing
    as failed. So it is where `k` is more than that.
    """
    if not 1 <= k <= samples:
        raise boxscore.UsageError(f"k must be from 1 to the {samples} samples of each task, not {k}")
    by_task: dict[str, list[Verdict]] = defaultdict(list)
    for one in verdicts:
        by_task[one.task].append(one)
    few = {name: len(own) for name, own in by_task.items() if len(own) < samples}
    if few:
        name, count = next(iter(few.items()))
        more = f", as {len(few) - 1} others" if len(few) > 1 else ""
        raise boxscore.UsageError(f"{name} has {count} samples of the {samples} that are to be counted{more}")
    by_project: dict[str, list[Sequence[Verdict]]] = defaultdict(list)
    for own in by_task.values():
        by_project[own[0].project].append(own[:samples])
    names = METRICS if k == 1 else METRICS[:-1]
    projects = {
        project: {name: _over_tasks([_of_task(name, own, k) for own in tasks]) for name in names}
        for project, tasks in sorted(by_project.items())
    }
    mean = {name: _over_projects([own[name] for own in projects.values()]) for name in names} if projects else {}
    return Scores(k=k, samples=samples, projects=projects, mean=mean)


def _of_task(metric: str, own: Sequence[Verdict], k: int) -> float:
    if metric == "pass_linear":
        return math.fsum(one.share for one in own) / len(own)
    counted = {
        "completion": sum(one.whole for one in own),
        "compilation": sum(one.whole and one.compiled for one in own),
        "pass": sum(one.share for one in own),
    }[metric]
    return published_estimate(len(own), counted, k)


def _over_tasks(values: Sequence[float]) -> Score:
    interval = boxscore.t_interval(values)
    value = math.fsum(values) / len(values)
    if interval is None or not interval.standard_error:
        return Score(value=value, n=len(values))
    return Score(value=value, low=max(0.0, interval.low), high=min(1.0, interval.high), n=len(values))


def _over_projects(parts: Sequence[Score]) -> Score:
    """The projects are those there are, not drawn from others: what varies are the tasks within each."""
    value = math.fsum(one.value for one in parts) / len(parts)
    spread = [
        (one.value, boxscore.Interval(low=one.low, high=one.high, method="t"))
        for one in parts
        if one.low is not None and one.high is not None
    ]
    if len(spread) < len(parts):
        return Score(value=value, n=len(parts))
    bounds = boxscore.mean_interval(spread)
    return Score(value=value, low=max(0.0, bounds.low), high=min(1.0, bounds.high), n=len(parts))


def plain(found: Scores) -> dict[str, Any]:
    """The scores as JSON has them: each with its bounds."""

    def told(own: dict[str, Score]) -> dict[str, Any]:
        return {name: {"value": one.value, "low": one.low, "high": one.high, "n": one.n} for name, one in own.items()}

    return {
        "k": found.k,
        "samples": found.samples,
        "mean": told(found.mean),
        "projects": {project: told(own) for project, own in found.projects.items()},
    }


METRICS_FILE = "javabench_metrics.json"
KS = (1, 3, 5)
NO_CODE = ProjectDetail()


class Graded:
    """The results of one model, by instance, in the order of its samples."""

    def __init__(self, run: GradedRun, samples: Iterable[Sample]) -> None:
        """Match samples and results; those that are our trouble are left out."""
        results = {(one.instance_id, one.sample_id): one for one in run.results}
        self.by_instance: dict[str, list[Result]] = defaultdict(list)
        for sample in samples:
            result = results.get((sample.instance_id, sample.sample_id))
            if result is not None and result.outcome is not Outcome.INTERNAL:
                self.by_instance[sample.instance_id].append(result)

    def verdicts(self) -> list[Verdict]:
        return [
            Verdict(
                task=name,
                whole=can_replace(one) and not has_todo(one),
                compiled=detail_of(one).compiled is True,
                passed=counts(one)[0],
                total=counts(one)[1],
            )
            for name, own in self.by_instance.items()
            for one in own
        ]


def detail_of(result: Result) -> ProjectDetail:
    """What is known of a sample beyond its outcome; that nothing is, where it was not compiled."""
    return result.detail if isinstance(result.detail, ProjectDetail) else NO_CODE


def can_replace(result: Result) -> bool:
    return result.detail is not None


def has_todo(result: Result) -> bool:
    return bool(detail_of(result).incomplete)


def counts(result: Result) -> tuple[int, int]:
    """How many tests passed, and how many there were; none where nothing ran.

    Where a method was run with several parameters, each time counts, as the benchmark has it.
    """
    detail = detail_of(result)
    if detail.compiled is not True:
        return 0, 0
    several = detail.invocations
    each = [several.get(name, (int(status == "PASSED"), 1)) for name, status in detail.tests.items()]
    return sum(passed for passed, _ in each), sum(every for _, every in each)


def write_results(run: GradedRun) -> Sequence[Path]:
    """Write the metrics beside the run, or into the folder for the benchmark's files. Raises StoreError."""
    by_model: dict[str, list[Sample]] = defaultdict(list)
    for sample in run.samples:
        by_model[sample.model].append(sample)
    graded = {model: Graded(run, samples) for model, samples in by_model.items()}
    folder = run.files or run.folder
    try:
        if run.files is not None:
            boxscore.make_own_folder(run.files)
        told = {model: _metrics(own) for model, own in graded.items()}
        return [_write(folder / METRICS_FILE, told[""] if set(told) == {""} else told)]
    except OSError as error:
        raise boxscore.StoreError(f"{folder} cannot be written: {error.strerror}") from error


def _metrics(graded: Graded) -> dict[str, Any]:
    verdicts = graded.verdicts()
    least = min((len(own) for own in graded.by_instance.values()), default=0)
    if not least:
        return {"scores": [], "reason": "no sample was graded"}
    return {"scores": [plain(scores(verdicts, k=k, samples=least)) for k in KS if k <= least]}


def _write(path: Path, document: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    boxscore.replace_file(path, msgspec.json.format(msgspec.json.encode(document), indent=4) + b"\n")
    return path
