"""The Python entry, `grade`: what the command line's `grade` does, with records in and records out."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from boxscore.data.samples import GOLD, given_samples, gold_samples, joined, sample_ids, unknown_warnings
from boxscore.errors import OutcomeDrift
from boxscore.interrupt import Stop
from boxscore.records import Result  # noqa: TC001 - msgspec resolves the annotation
from boxscore.report.records import Report
from boxscore.run.prepare import load_benchmark, prepare
from boxscore.run.request import make_request, run_folder
from boxscore.run.run import executor_of, run_job
from boxscore.run.store import Outputs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from boxscore.records import Sample
    from boxscore.run.prepare import Benchmark
    from boxscore.run.run import FinishedRun

    Samples = Sample | Mapping[str, object] | str | Path | Iterable[Sample | Mapping[str, object] | Path]


class GradedReport(Report, frozen=True, kw_only=True):
    """A report with the results that it counts, in the order of the samples; `report.json` holds no results."""

    results: tuple[Result, ...]


def grade(  # noqa: PLR0913 - options, by keyword
    benchmark: str | Path,
    samples: Samples | None = None,
    *,
    backend: str = "auto",
    workers: int | None = None,
    out: Path | str | None = None,
    data: Path | str | None = None,
    instances: str | Iterable[str] = (),
    k: int | Iterable[int] | None = None,
    cpu_s: float | None = None,
    image: str | None = None,
    reuse: bool = True,
    gate: int = 1,
    skip_unknown: bool = False,
    runtime: str | None = None,
    strict: bool = False,
    apply: str | None = None,
    on: str = "local",
    least_trust: str | None = None,
) -> GradedReport:
    """Grade samples (the benchmark's own references if None) and report.

    Args:
        benchmark: A benchmark's name, or the path of a harness file.
        samples: Answers to instances of the benchmark: `Sample` records, dicts with the fields that a line of a file
            has, or the path of a file or folder, read as `-p` of the command line is: so `gold` is the references.
        backend: Where boxes are made: auto, docker or local.
        workers: Boxes to run in parallel; as many as cores if None.
        out: The run directory, which makes the run resumable; none is kept if None.
        data: A data folder or file in place of the cache.
        instances: Only this instance, or these; all if empty.
        k: The k of pass@k, one or several; left to the report if None.
        cpu_s: Cpu seconds of one sample in place of the benchmark's own limit.
        image: An image in place of the benchmark's own.
        reuse: True grades equal code of an instance once, False each sample by itself.
        gate: How often the reference of an instance must resolve here before its samples are charged; 0 charges them
            whether or not it does.
        skip_unknown: Leave out samples of instances that the benchmark does not have; `warnings` counts them.
        runtime: A container runtime of the docker backend, such as `runsc`.
        strict: Give every sample a box of its own, not only every patch.
        apply: Apply patches in one of the benchmark's named ways, in place of its usual one.
        on: Where to grade: `local`, or `ray` or `ray://HOST:10001` for workers on a Ray cluster.
        least_trust: Withhold passes below this level of trust: they are `internal`, and count in no score.

    Returns:
        The report, with the result of each sample in `results`.

    Raises:
        BoxscoreError: See `boxscore.errors` for who is at fault and what to do. What is wrong with an argument is a
            UsageError, before any box opens.
    """
    with ExitStack() as stack:
        folder = run_folder("grade", out, stack)
        request = make_request(
            "grade",
            benchmark,
            out=folder,
            data=data,
            instances=instances,
            k=k,
            reuse=reuse,
            backend=backend,
            workers=workers,
            cpu_s=cpu_s,
            image=image,
            gate=gate,
            runtime=runtime,
            strict=strict,
            apply=apply,
            on=on,
            least_trust=least_trust,
        )
        if _are_references(samples):  # what would be asked of the gate is what is graded
            request = msgspec.structs.replace(request, no_gate=True)
        loaded = load_benchmark(request)
        given, warnings = _given(samples, loaded, skip_unknown=skip_unknown)
        job = prepare(request, loaded, given, warnings=warnings)
        finished = run_job(job, stop=Stop(), executor=executor_of(request, job))
        return graded_report(finished, folder)


def _are_references(samples: Samples | None) -> bool:
    return samples is None or (isinstance(samples, str) and samples == GOLD and not Path(GOLD).exists())


def _given(samples: Samples | None, benchmark: Benchmark, *, skip_unknown: bool) -> tuple[list[Sample], list[str]]:
    """The samples that are to be graded, and what is to be said of those left out."""
    if samples is None or _are_references(samples):
        return list(gold_samples(benchmark.asked)), []
    unknown: list[str] = []
    known = sample_ids(benchmark.harness, benchmark.every)
    read = given_samples(samples, known, unknown=unknown.append, skip_unknown=skip_unknown)
    given, warnings = joined(benchmark.harness, benchmark.every, read)
    noun = "sample" if skip_unknown else "prediction"
    return given, [*unknown_warnings(benchmark.harness.name, unknown, noun=noun), *warnings]


def graded_report(finished: FinishedRun, folder: Path) -> GradedReport:
    """The report of a finished run with its results. Raises OutcomeDrift where the alarm ended it."""
    if finished.graded.alarm is not None:
        raise OutcomeDrift(finished.graded.alarm)
    return GradedReport(
        **{name: getattr(finished.report, name) for name in finished.report.__struct_fields__},
        results=_with_output(finished.graded.results, folder),
    )


def _with_output(results: Iterable[Result], folder: Path) -> tuple[Result, ...]:
    """Results as `results.jsonl` has them: a run itself holds them without what samples printed, and pictures."""
    outputs = Outputs(folder)
    return tuple(map(outputs.whole, results))
