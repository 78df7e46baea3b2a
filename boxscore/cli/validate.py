"""`boxscore validate`."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from boxscore.cache import cache_folder
from boxscore.cli.output import print_json, print_table, say, say_unpublished
from boxscore.cli.validate_patches import PatchLists, Tools, print_patches, validate_patches
from boxscore.data.harness_check import findings
from boxscore.data.samples import empty_samples, gold_samples
from boxscore.errors import RunStopped, UsageError
from boxscore.interrupt import stop_on_signals
from boxscore.protocols.contract import narrowed
from boxscore.protocols.patch.task import PatchTask
from boxscore.protocols.registry import protocol_of
from boxscore.records import Outcome
from boxscore.report.render import counted
from boxscore.run.display import show_progress
from boxscore.run.prepare import Request, load_benchmark, prepare
from boxscore.run.run import run_job

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.interrupt import StopSignal
    from boxscore.records import Result, Sample
    from boxscore.run.prepare import Benchmark, Job

REPEATS, PATCH_REPEATS = 2, 3


class Problem(Struct, frozen=True, kw_only=True):
    """Something about an instance that is not as it must be.

    `sample_id` is `gold` or `empty`, of patches also `before`, without any patch, or what differs: `lists`, `flaky`;
    `harness` is what its prompt, its extraction or its task is wrong in.
    """

    instance_id: str
    sample_id: str
    problem: str


class Validation(Struct, frozen=True, kw_only=True):
    """What a validation found; `without_reference` counts instances whose gold could not be tried."""

    benchmark: str
    instances: int
    without_reference: int
    repeats: int
    problems: tuple[Problem, ...]
    patches: tuple[PatchLists, ...] = ()


def validate_command(request: Request, *, repeats: int | None, json: bool) -> int:
    """Grade gold and empty samples several times; exit with 1 if anything is not as it must be.

    Of patches the tests run before and after gold, and are compared with those that are recorded.
    """
    benchmark = load_benchmark(request)
    say_unpublished(benchmark)
    contract = _contract(benchmark)
    samples = [*gold_samples(benchmark.asked), *empty_samples(benchmark.asked)]
    with tempfile.TemporaryDirectory() as folder:
        job = prepare(msgspec.structs.replace(request, out=Path(folder)), benchmark, samples)
    tasks = {
        name: narrowed(task, PatchTask, name)
        for name, task in job.plan.tasks.items()
        if protocol_of(task).grades_patches
    }
    if tasks and len(tasks) < len(job.plan.tasks):
        raise UsageError(f"{benchmark.harness.name} mixes patches with others; validate its instances apart (-i)")
    repeats = repeats or (PATCH_REPEATS if tasks else REPEATS)
    with stop_on_signals(say) as stop:
        found = _patches(job, tasks, repeats, stop) if tasks else _functions(request, benchmark, samples, repeats, stop)
    if found is None:
        return stop.exit_code
    problems, patches = (*contract, *found[0]), found[1]
    validation = Validation(
        benchmark=benchmark.harness.name,
        instances=len(benchmark.asked),
        without_reference=sum(instance.reference is None for instance in benchmark.asked),
        repeats=repeats,
        problems=problems,
        patches=patches,
    )
    _show(validation, json=json)
    return 1 if problems else 0


def _contract(benchmark: Benchmark) -> list[Problem]:
    """What is wrong with the harness itself, an instance at a time."""
    return [
        Problem(instance_id=one.instance_id, sample_id="harness", problem=text)
        for one in benchmark.asked
        for text in findings(benchmark.harness, one)
    ]


def _show(found: Validation, *, json: bool) -> None:
    if json:
        print_json(found)
        return
    if found.patches:
        print_patches(found.patches)
    if found.problems:
        print_table(
            ("instance", "sample", "problem"),
            [(one.instance_id, one.sample_id, one.problem) for one in found.problems],
        )
    say(
        f"{found.benchmark}: {counted(found.instances, 'instance')}, {found.without_reference} without a reference, "
        f"{counted(found.repeats, 'round')}, {counted(len(found.problems), 'problem')}"
    )


_Found = tuple[tuple[Problem, ...], tuple[PatchLists, ...]]


def _functions(
    request: Request, benchmark: Benchmark, samples: list[Sample], repeats: int, stop: StopSignal
) -> _Found | None:
    rounds: list[dict[tuple[str, str], Result]] = []
    for _ in range(repeats):
        rounds.append(_round(request, benchmark, samples, stop))
        if stop.draining():
            return None
    return tuple(find_problems(rounds)), ()


def _patches(job: Job, tasks: dict[str, PatchTask], repeats: int, stop: StopSignal) -> _Found | None:
    from boxscore.protocols.patch.boxes import Boxes  # noqa: PLC0415 - as above
    from boxscore.protocols.patch.canaries.run import Canaries  # noqa: PLC0415 - as above
    from boxscore.protocols.patch.find_image import TreeFinder  # noqa: PLC0415 - brings the SDK

    job.backend.reap()
    tools = Tools(
        open_boxes=partial(Boxes, job.backend, TreeFinder(job.backend)),
        canaries=Canaries(cache_folder()),
        stop=stop,
        workers=job.workers,
        say=say,
    )
    try:
        with job.backend.attending(stop):
            found = validate_patches(tasks, repeats, tools)
    except RunStopped:
        return None
    finally:
        job.backend.sweep()
    if found is None:
        return None
    problems = [
        Problem(instance_id=one.instance_id, sample_id=what, problem=text)
        for one in found
        for what, text in one.problems
    ]
    return tuple(problems), tuple(found)


def find_problems(rounds: Sequence[dict[tuple[str, str], Result]]) -> list[Problem]:
    """Compare rounds: gold must pass, empty samples must not, and outcomes must be the same in all rounds."""
    problems = []
    for instance_id, sample_id in rounds[0]:
        results = [one[instance_id, sample_id] for one in rounds if (instance_id, sample_id) in one]
        text = _problem(sample_id, results)
        if text is not None:
            problems.append(Problem(instance_id=instance_id, sample_id=sample_id, problem=text))
    return problems


def _problem(sample_id: str, results: Sequence[Result]) -> str | None:
    first = results[0]
    outcomes = [result.outcome for result in results]
    if Outcome.INTERNAL in outcomes:
        return f"could not be graded: {results[outcomes.index(Outcome.INTERNAL)].reason}"
    if len(set(outcomes)) > 1 or any(result.parts != first.parts for result in results):
        return f"rounds disagree: {', '.join(outcomes)}"
    passed = first.outcome is Outcome.PASSED
    if sample_id == "empty":
        return "an empty sample passes" if passed else None
    return None if passed else f"gold does not pass: {first.outcome} {first.reason}"


def _round(
    request: Request, benchmark: Benchmark, samples: list[Sample], stop: StopSignal
) -> dict[tuple[str, str], Result]:
    with tempfile.TemporaryDirectory() as folder:
        job = prepare(
            msgspec.structs.replace(request, out=Path(folder), no_alarm=True, reuse=False), benchmark, samples
        )
        finished = run_job(job, stop=stop, show=show_progress)
    return {(one.instance_id, one.sample_id): one for one in finished.graded.results}
