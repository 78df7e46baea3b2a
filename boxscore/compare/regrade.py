"""Grade the samples of a run again, to tell the noise of grading from that of sampling."""

from __future__ import annotations

import math
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

from boxscore.compare.records import Regraded
from boxscore.data.plugins import load_harness
from boxscore.errors import UsageError
from boxscore.records import Outcome, Sample
from boxscore.run.api import grade
from boxscore.run.store import read_run
from boxscore.score.systems import cohen_kappa

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from boxscore.compare.read import ComparedRun
    from boxscore.records import Result

    GradeAgain = Callable[[ComparedRun, Sequence[Sample]], Iterable[Result]]

LISTED = 100  # of samples whose verdicts differ


def regrade(run: ComparedRun, times: int, again: GradeAgain | None = None) -> Regraded:
    """Grade each sample of a run so often again, as it was graded, and count whose verdict is not always the same.

    Nothing is written to the run. `again` grades samples, in boxes unless given. Raises what grading does.
    """
    if times < 1:
        raise UsageError(f"samples cannot be graded {times} times again")
    again = again or _in_boxes
    verdicts: defaultdict[tuple[str, str], list[bool]] = defaultdict(list)
    for name, one in run.scored.items():
        for sample_id, result in one.results.items():
            verdicts[name, sample_id].append(result.outcome is Outcome.PASSED)
    samples = _samples(run, verdicts)
    for _ in range(times):
        for result in again(run, samples):
            if result.outcome is not Outcome.INTERNAL:
                verdicts[result.instance_id, result.sample_id].append(result.outcome is Outcome.PASSED)
    differing = [name for name, own in verdicts.items() if len(set(own)) > 1]
    return Regraded(
        run=run.label,
        times=times,
        samples=len(samples),
        differing_samples=len(differing),
        differing=tuple(f"{instance} {sample}" for instance, sample in differing[:LISTED]),
        deviation=_deviation(verdicts),
        sampling_deviation=_sampling(run, _deviation(verdicts)),
        kappa=cohen_kappa([(own[0], own[1]) for own in verdicts.values() if len(own) > 1]),
    )


def _samples(run: ComparedRun, graded: Iterable[tuple[str, str]]) -> list[Sample]:
    wanted = set(graded)
    _, stored, _ = read_run(run.path)
    return [
        Sample(instance_id=one.instance_id, sample_id=one.sample_id, text=one.text, kind=one.kind, model=one.model)
        for one in stored
        if (one.instance_id, one.sample_id) in wanted
    ]


def _in_boxes(run: ComparedRun, samples: Sequence[Sample]) -> Iterable[Result]:
    """Grade as the run was, each sample by itself. Raises UsageError for a benchmark that its name does not lead to."""
    asked = run.record.provenance
    own_file = asked.benchmark.endswith(".jsonl")
    if not own_file:
        _need_harness(run)
    return grade(
        asked.benchmark,
        samples,
        data=None if own_file or asked.data_path is None else Path(asked.data_path),
        backend=asked.backend or "auto",
        runtime=asked.runtime,
        strict=asked.strict,
        cpu_s=asked.limits_cpu_s,
        workers=asked.workers,
        reuse=False,
        gate=0,
    ).results


def _need_harness(run: ComparedRun) -> None:
    """Raise UsageError where the name of a run's benchmark leads to no harness, such as of one that is only a file."""
    name = run.record.provenance.benchmark
    try:
        load_harness(name)
    except UsageError as error:
        raise UsageError(
            f"--regrade: {run.label} is of {name!r}, and no such benchmark is found by its name, by which runs know "
            "theirs: give its harness an entry point, or leave --regrade out"
        ) from error


def _sampling(run: ComparedRun, grading: float) -> float | None:
    """How far pass@1 would be from itself with other samples, less what grading does; None where none can tell."""
    used = [one for one in run.scored.values() if one.n]
    if any(one.n == 1 for one in used) or not used:
        return None
    both = math.fsum(one.c * (one.n - one.c) / (one.n**2 * (one.n - 1)) for one in used) / len(used) ** 2
    return math.sqrt(max(0.0, both - grading**2))


def _deviation(verdicts: Mapping[tuple[str, str], Sequence[bool]]) -> float:
    """How far pass@1 of the run would be from itself, were it graded once more: one standard deviation."""
    variances: defaultdict[str, list[float]] = defaultdict(list)
    for (instance, _), own in verdicts.items():
        rate, n = sum(own) / len(own), len(own)
        variances[instance].append(rate * (1 - rate) * n / (n - 1) if n > 1 else 0.0)
    if not variances:
        return 0.0
    return math.sqrt(math.fsum(math.fsum(own) / len(own) ** 2 for own in variances.values())) / len(variances)
