"""`boxscore validate`."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from boxscore._commands._output import print_json, print_table, say, say_unpublished
from boxscore._interrupt import stop_on_signals
from boxscore._progress import show_progress
from boxscore._records import Outcome
from boxscore._request import Request, load_benchmark, prepare
from boxscore._run import run_job
from boxscore._samples import empty_samples, gold_samples

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore._interrupt import StopSignal
    from boxscore._records import Result, Sample
    from boxscore._request import Benchmark


class Problem(Struct, frozen=True, kw_only=True):
    """Something about an instance that is not as it must be."""

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


def validate_command(request: Request, *, repeats: int, json: bool) -> int:
    """Grade gold and empty samples several times; exit with 1 if anything is not as it must be."""
    benchmark = load_benchmark(request)
    say_unpublished(benchmark)
    samples = [*gold_samples(benchmark.asked), *empty_samples(benchmark.asked)]
    rounds: list[dict[tuple[str, str], Result]] = []
    with stop_on_signals(say) as stop:
        for _ in range(repeats):
            rounds.append(_round(request, benchmark, samples, stop))
            if stop.draining():
                return 130
    found = Validation(
        benchmark=benchmark.harness.name,
        instances=len(benchmark.asked),
        without_reference=sum(instance.reference is None for instance in benchmark.asked),
        repeats=repeats,
        problems=tuple(find_problems(rounds)),
    )
    if json:
        print_json(found)
    else:
        if found.problems:
            print_table(
                ("instance", "sample", "problem"),
                [(one.instance_id, one.sample_id, one.problem) for one in found.problems],
            )
        say(
            f"{found.benchmark}: {found.instances} instances, {found.without_reference} without a reference, "
            f"{repeats} rounds, {len(found.problems)} problems"
        )
    return 1 if found.problems else 0


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
        job = prepare(msgspec.structs.replace(request, out=Path(folder)), benchmark, samples)
        finished = run_job(job, stop=stop, show=show_progress)
    return {(one.instance_id, one.sample_id): one for one in finished.graded.results}
