"""What a run of Web-Bench comes to: walks through projects, their metrics with intervals, and the tables of both.

A walk's pass@n is the share of its project's tasks before the first of which n attempts all failed; error@1 the share
of tasks that were attempted and whose first attempt failed. So pass@2 is not the chance to pass with two samples, and
the names here say `prefix`: they are not boxscore's pass@k. The tasks of a project are not independent, so intervals
are clustered by project.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

import boxscore
from boxscore import Estimate, InstanceCounts, Outcome, WebDetail, WebTask

from .classes import kind_of
from .project import INIT, LEVELS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from boxscore import Estimate, GradedRun, Result, Sample


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


PREFIX_PASS = tuple(f"prefix_pass@{number}" for number in range(1, ATTEMPTS + 1))
ERROR = "error@1"
METRICS = (*PREFIX_PASS, ERROR)


class Metrics(Struct, frozen=True, kw_only=True):
    """The metrics of some walks, as estimates from 0 to 1 with intervals, and what they were counted from.

    `counts` are sums over walks, and `tasks` is the sum of their tasks: published numbers divide the former by the
    latter.
    """

    projects: int
    walks: int
    tasks: int
    counts: dict[str, int]
    estimates: dict[str, Estimate]

    def published(self, metric: str) -> float | None:
        return per_cent(self.counts[metric], self.tasks) if self.tasks else None


class Tables(Struct, frozen=True, kw_only=True):
    """The metrics of all walks, and by project, by half of the benchmark, and by level of tasks."""

    all: Metrics
    projects: dict[str, Metrics]
    kinds: dict[str, Metrics]
    levels: dict[str, Metrics]


def tables(found: Sequence[Walk]) -> Tables:
    by_project: dict[str, list[Walk]] = defaultdict(list)
    by_kind: dict[str, list[Walk]] = defaultdict(list)
    for walk in found:
        by_project[walk.project].append(walk)
        by_kind[kind_of(walk.project) or "other"].append(walk)
    levelled = [walk for walk in found if walk.levels]
    present = {level for walk in levelled for level in walk.levels}
    return Tables(
        all=metrics(found),
        projects={name: metrics(own) for name, own in sorted(by_project.items())},
        kinds={name: metrics(own) for name, own in sorted(by_kind.items(), reverse=True)},
        levels={level: metrics(levelled, level=level) for level in LEVELS if level in present},
    )


def metrics(found: Sequence[Walk], *, level: str | None = None) -> Metrics:
    """The metrics of walks, or of only their tasks of one level."""
    counts: Counter[str] = Counter(dict.fromkeys(METRICS, 0))
    tries: Counter[tuple[str, str]] = Counter()  # how many walks a task is in
    hits: dict[str, Counter[tuple[str, str]]] = {metric: Counter() for metric in METRICS}
    for walk in found:
        fulfils = _fulfils(walk)
        for place, task in enumerate(walk.tasks):
            if level is not None and walk.levels[place] != level:
                continue
            tries[walk.project, task] += 1
            for metric, fulfilled in fulfils.items():
                counts[metric] += fulfilled(place)
                hits[metric][walk.project, task] += fulfilled(place)
    return Metrics(
        projects=len({walk.project for walk in found}),
        walks=len(found),
        tasks=sum(tries.values()),
        counts=dict(counts),
        estimates={metric: _estimate(tries, hits[metric]) for metric in METRICS},
    )


def _fulfils(walk: Walk) -> dict[str, Callable[[int], bool]]:
    """Whether the task at a place counts, by metric."""
    first, second = (walk.passed(number) for number in range(1, ATTEMPTS + 1))
    failed = walk.failed_at_first()
    return {
        PREFIX_PASS[0]: lambda place: place < first,
        PREFIX_PASS[1]: lambda place: place < second,
        ERROR: lambda place: place in failed,
    }


def _estimate(tries: Counter[tuple[str, str]], hits: Counter[tuple[str, str]]) -> Estimate:
    counted = [InstanceCounts(n=n, c=hits[key], cluster=key[0]) for key, n in tries.items()]
    return boxscore.estimate(counted, 1)


def per_cent(count: int, tasks: int) -> float:
    """A share in per cent with two decimals, rounded half up, as by JavaScript's `toFixed`."""
    return float(Decimal(count / tasks * 100).quantize(Decimal("0.01"), ROUND_HALF_UP))


def plain(found: Tables) -> dict[str, Any]:
    return {
        "all": _plain(found.all),
        **{
            part: {name: _plain(own) for name, own in getattr(found, part).items()}
            for part in ("kinds", "levels", "projects")
        },
    }


def _plain(found: Metrics) -> dict[str, Any]:
    return {
        "projects": found.projects,
        "walks": found.walks,
        "tasks": found.tasks,
        **{
            metric: {
                "published_percent": found.published(metric),
                "count": found.counts[metric],
                "value": own.value,
                "low": own.low,
                "high": own.high,
                "method": own.method,
                "reason": own.reason,
                "warnings": list(own.warnings),
            }
            for metric, own in found.estimates.items()
        },
    }


HEAD = (
    f"| | projects | walks | tasks | {' | '.join(f'`{metric}`' for metric in METRICS)} |\n"
    f"|{' --- |' * (4 + len(METRICS))}"
)
MEANING = (
    "`prefix_pass@n` is the share of tasks before the first of which n attempts all failed, `error@1` that of tasks "
    "whose first attempt failed: Web-Bench's pass@n and error@1, which are no estimates of pass@k. Bounds are 95 % "
    "intervals over projects."
)


def markdown(models: Mapping[str, Tables]) -> str:
    """The tables of each model. Names of models and projects are in backticks, without any of their own."""
    return "\n".join(
        ["# Web-Bench", "", MEANING, *(line for name, own in models.items() for line in _model(name, own))]
    )


def _model(name: str, found: Tables) -> Iterator[str]:
    yield from ("", f"## {_code(name)}" if name else "## All samples", "", HEAD, _row("all", found.all))
    for part in (found.kinds, found.levels):
        yield from (_row(key, own) for key, own in part.items())
    yield from (_row(_code(key), own) for key, own in found.projects.items())


def _row(name: str, found: Metrics) -> str:
    cells = [_cell(found.estimates[metric]) for metric in METRICS]
    return f"| {name} | {found.projects} | {found.walks} | {found.tasks} | {' | '.join(cells)} |"


def _cell(found: Estimate) -> str:
    if found.value is None:
        return "-"
    bounds = "" if found.low is None or found.high is None else f" ({found.low:.1%} to {found.high:.1%})"
    return f"{found.value:.1%}{bounds}"


def _code(name: str) -> str:
    kept = "".join(" " if one in "`|\n\r" else one for one in name)
    return f"`{kept}`"


METRICS_FILE, TABLE_FILE = "web_bench_metrics.json", "web_bench_metrics.md"


def write_results(run: GradedRun, left_out: Mapping[str, str]) -> Sequence[Path]:
    """Write the metrics beside the run, or into the folder for the benchmark's files. Raises StoreError."""
    graded = graded_by_model(run)
    folder = run.files or run.folder
    try:
        if run.files is not None:
            boxscore.make_own_folder(run.files)
        found = {model: tables(walks(own)) for model, own in graded.items()}
        told = {model: plain(own) | {"whole_projects": _whole(graded[model])} for model, own in found.items()}
        document = {"left_out": dict(left_out), **({"models": told} if set(told) != {""} else told[""])}
        text = msgspec.json.format(msgspec.json.encode(document), indent=4) + b"\n"
        table = f"{markdown(found)}\n".encode()
        return [_write(folder / METRICS_FILE, text), _write(folder / TABLE_FILE, table)]
    except OSError as error:
        raise boxscore.StoreError(f"{folder} cannot be written: {error.strerror}") from error


def _whole(graded: Iterable[Graded]) -> int:
    """How many samples are finished projects, whose tasks were judged at once."""
    return sum(isinstance(one.result.detail, WebDetail) and one.result.detail.whole for one in graded)


def _write(path: Path, text: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    boxscore.replace_file(path, text)
    return path
