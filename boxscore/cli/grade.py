"""`boxscore grade`: read samples, grade them and show the report."""

from __future__ import annotations

import hashlib
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from msgspec import Struct
from msgspec.structs import replace

from boxscore.cli.options import REQUEST_OPTIONS, Logging, Shown, command
from boxscore.cli.output import (
    INFRASTRUCTURE,
    OK,
    UNMET,
    end_with_page,
    print_report,
    say,
    say_warnings,
)
from boxscore.data.plugin_calls import check_files, write_files
from boxscore.data.samples import (
    gold_samples,
    joined,
    read_samples,
    sample_ids,
    unknown_warnings,
)
from boxscore.errors import ImageMissing, InputError, SandboxUnavailable, UsageError
from boxscore.harness import GradedRun
from boxscore.interrupt import stop_on_signals
from boxscore.option import GRADING, OUTPUT, option
from boxscore.records import SampleKind
from boxscore.report.numbers import counted
from boxscore.run.prepare import load_benchmark, prepare, with_sampling
from boxscore.run.progress import show_progress
from boxscore.run.request import Request
from boxscore.run.run import executor_of, run_job
from boxscore.run.store import Outputs, open_run, pending

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from boxscore.interrupt import Stop
    from boxscore.records import Sample
    from boxscore.report.records import Report
    from boxscore.run.executors.contract import Executor
    from boxscore.run.prepare import Benchmark, Job
    from boxscore.run.run import FinishedRun

_GOLD = Path("gold")  # as SWE-bench's own programs take it


def _sample_kind(text: str) -> SampleKind:
    kinds = (SampleKind.COMPLETION, SampleKind.SOLUTION, SampleKind.ANSWER)
    if text not in kinds:
        raise ValueError(f"{text!r} is none of {', '.join(kinds)}")
    return SampleKind(text)


class GradeOptions(Shown, frozen=True, kw_only=True):
    """What `boxscore grade` was asked."""

    request: Request
    predictions: Annotated[
        tuple[Path, ...],
        option("-p --predictions", "A file or folder of samples; may be repeated.", metavar="PATH"),
    ] = ()
    taken_as: Annotated[
        SampleKind | None,
        option(
            "--as",
            "Treat every text as this kind, whatever its field is called: completion, solution or answer.",
            GRADING,
            metavar="KIND",
            read=_sample_kind,
        ),
    ] = None
    gold: Annotated[bool, option("--gold", "Grade the benchmark's own references.")] = False
    skip_unknown: Annotated[
        bool,
        option("--skip-unknown", "Leave out samples of instances that the benchmark does not have, and count them."),
    ] = False
    benchmark_files: Annotated[
        Path | None,
        option(
            "--benchmark-files",
            "Also write the benchmark's own files below DIR, such as SWE-bench's logs of each instance.",
            OUTPUT,
            metavar="DIR",
        ),
    ] = None


@command(
    "grade",
    request=REQUEST_OPTIONS,
    usual=(
        *("predictions", "gold", "only", "limit", "k", "workers", "cpu_s", "out", "data", "backend", "page"),
        "dry_run",
    ),
)
def grade(options: GradeOptions, log: Logging) -> int:
    """Grade samples that exist. Run the same command again to resume."""
    with log.begin(quiet=options.quiet):
        return grade_command(options)


class Ready(Struct, frozen=True, kw_only=True):
    """A benchmark whose samples are read, and which is ready to be graded with options of its own."""

    options: GradeOptions
    job: Job
    samples: Sequence[Sample]


def grade_command(options: GradeOptions) -> int:
    """Grade one benchmark, show the report and say how it went."""
    benchmark = load_benchmark(options.request)
    files = sample_files(options, benchmark)
    ready = _prepared(options, benchmark, files)
    job = ready.job
    refuse_overwriting(options, job, files)
    if not options.quiet:
        say_warnings(_warnings(ready))
    executor = _executor(ready)
    if options.dry_run:
        return say_plan(job)
    if not options.quiet:
        first = "; references that are not known to resolve here are graded first" if job.plan.references_first else ""
        say(f"{_what(job)} in {job.backend.name} boxes{first}")
        say(f"run directory: {job.folder}")
    with stop_on_signals(say) as stop:
        try:
            finished = run_job(job, stop=stop, show=partial(show_progress, quiet=options.quiet), executor=executor)
        except ImageMissing:
            raise
        except SandboxUnavailable as error:  # which worked when the run was prepared
            say("\n  ".join(error.lines()))
            return INFRASTRUCTURE
    if finished.graded.reused == len(job.plan.items) and not options.quiet:
        there = finished.graded.reused
        say(f"{'the result was' if there == 1 else f'all {there:,} results were'} there already; nothing to grade")
    print_report(finished.report, job.folder, failures=options.failures, json=options.json)
    write_more(ready, finished)
    end_with_page(job.folder, page=options.page, quiet=options.quiet, json=options.json)
    return exit_code(options, finished, stop)


def _prepared(options: GradeOptions, benchmark: Benchmark, files: tuple[Path, ...]) -> Ready:
    """Read the samples and prepare a run of them."""
    samples, warnings = read_given(benchmark, files, options.taken_as, skip_unknown=options.skip_unknown)
    inputs = {str(path): sha256_of(path) for path in files}
    if not files:  # what would be asked of the gate is what is graded
        options = replace(options, request=replace(options.request, no_gate=True))
    warnings = [*same_content(inputs), *warnings]
    job = prepare(options.request, benchmark, samples, inputs, warnings)
    return Ready(options=options, job=with_sampling(job, files), samples=samples)


def _warnings(ready: Ready) -> Iterator[str]:
    """Say what is odd, before it is graded."""
    options, job = ready.options, ready.job
    yield from job.record.warnings
    if options.benchmark_files is not None and not hasattr(job.plan.harness, "write_files"):
        name = job.record.provenance.benchmark
        yield f"{name} has no files of its own: none are written to {options.benchmark_files}"
    most = max(Counter((one.model, one.instance_id) for one in ready.samples).values())
    too_many = [k for k in options.request.k or () if k > most]
    if too_many:
        yield f"pass@{too_many[0]} will not be computed: no instance has more than {counted(most, 'sample')}"


def _what(job: Job) -> str:
    """How many samples are graded, and of how many instances where some have none."""
    items, asked = job.plan.items, len(job.record.instances)
    graded = len({one.sample.instance_id for one in items})
    part = "" if graded == asked else f", for {graded:,} of {asked:,} instances"
    return f"{counted(len(items), 'sample')} of {job.record.provenance.benchmark}{part}"


def _executor(ready: Ready) -> Executor:
    return executor_of(ready.options.request, ready.job)


def same_content(inputs: Mapping[str, str]) -> Iterator[str]:
    """Tell of files that are copies of one another, by their hashes."""
    first: dict[str, str] = {}
    for path, sha256 in inputs.items():
        one = first.setdefault(sha256, path)
        if one != path:
            yield f"{path} holds the same as {one}: its samples are counted as further draws, though they are copies"


def refuse_overwriting(options: GradeOptions, job: Job, files: Sequence[Path]) -> None:
    """Raise UsageError where a file that the user has could be one that the run writes."""
    for path in files:
        if path.resolve().parent == job.folder.resolve():
            raise UsageError(
                f"{path} is in the run directory itself, where files are replaced: move it, or give another --out"
            )
    if options.benchmark_files is not None:
        check_files(job.plan.harness, options.benchmark_files, job.folder.name)


def write_more(ready: Ready, finished: FinishedRun) -> None:
    """Write files that users of the benchmark expect, where its harness has any."""
    options, job = ready.options, ready.job
    run = GradedRun(
        run_id=job.folder.name,
        folder=job.folder,
        files=options.benchmark_files,
        instances=tuple(job.record.instances),
        samples=tuple(ready.samples),
        results=tuple(finished.graded.results),
        tasks=job.plan.tasks,
        printed=Outputs(job.folder),
        rows={name: instance.row for name, instance in job.plan.instances.items()},
    )
    for path in write_files(job.plan.harness, run):
        if not options.quiet:
            say(f"benchmark file: {path}")


def sample_files(options: GradeOptions, benchmark: Benchmark) -> tuple[Path, ...]:
    """Files to read samples from; a benchmark that ships with recorded samples is graded on them by default."""
    files = tuple(path for path in options.predictions if path != _GOLD or path.exists())
    gold = options.gold or files != options.predictions
    if gold and files:
        raise UsageError("--gold grades the references and --predictions a file: give one of them")
    if gold or files:
        return files
    recorded = benchmark.data.path.with_name("samples.jsonl")
    if benchmark.harness.source.bundled and recorded.is_file():
        return (recorded,)
    raise UsageError("nothing to grade: give a file of samples with -p/--predictions, or --gold")


def read_given(
    benchmark: Benchmark,
    files: tuple[Path, ...],
    taken_as: SampleKind | None,
    *,
    skip_unknown: bool = False,
) -> tuple[list[Sample], list[str]]:
    """Read the samples, and what is to be said of them."""
    if not files:
        return list(gold_samples(benchmark.asked)), []
    known = sample_ids(benchmark.harness, benchmark.every)
    unknown: list[str] = []
    read = list(read_samples(files, known, taken_as=taken_as, unknown=unknown.append, skip_unknown=skip_unknown))
    samples, warnings = joined(benchmark.harness, benchmark.every, read)
    noun = "sample" if skip_unknown else "prediction"
    return samples, [*unknown_warnings(benchmark.harness.name, unknown, noun=noun), *warnings]


def say_plan(job: Job) -> int:
    """Say what would be graded, without doing it."""
    todo = len(job.plan.items)
    if (job.folder / "results.jsonl").is_file():
        with open_run(job.folder) as store:
            keys = job.plan.keys()
            todo = len(pending(keys, store.results(keys), alone=job.reuse is False)[0])
    say(f"would grade {todo} of {_what(job)} in {job.backend.name} boxes into {job.folder}")
    return OK


def exit_code(options: GradeOptions, finished: FinishedRun, stop: Stop) -> int:
    """Say how a run ended, unless it did as it should, and return what the process ends with for it."""
    report, left = finished.report, counted(finished.graded.missing, "sample")
    if finished.graded.alarm is not None:
        say(f"stopped: {finished.graded.alarm}")
        if finished.graded.missing:
            say(f"{left} not graded; run the same command to continue, add --no-alarm to ignore the alarm")
        else:
            say("every sample has a result; run the same command with --no-alarm to accept them")
        return INFRASTRUCTURE
    if finished.graded.missing and stop.draining():
        say(f"interrupted: {left} not graded; run the same command to resume")
        return stop.exit_code
    if finished.graded.missing:
        say(f"not finished: {left} without a result; run the same command to resume")
        return INFRASTRUCTURE
    if report.invalid:
        say(f"not a valid run: {report.invalid_reason}")
        return INFRASTRUCTURE
    return OK if options.fail_under is None or is_enough(report, options.fail_under) else UNMET


def is_enough(report: Report, least: float) -> bool:
    """Whether pass@k of the smallest k, of each model, is as much as was asked for; say of those that are less."""
    k = min(report.pass_at_k, key=int)
    values = {f"{one.model}: ": one.pass_at_k[k].value for one in report.models} or {"": report.pass_at_k[k].value}
    less = {model: value for model, value in values.items() if value is None or value < least}
    for model, value in less.items():
        say(f"{model}pass@{k} is {'not known' if value is None else f'{value:.4f}'}, under {least}")
    return not less


def sha256_of(path: Path) -> str:
    """Hash a file, or the files of a folder with their names."""
    digest = hashlib.sha256()
    try:
        files = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
        for file in files:
            if path.is_dir():
                digest.update(f"{file.relative_to(path)}\0".encode(errors="surrogateescape"))
            with file.open("rb") as stream:
                digest.update(hashlib.file_digest(stream, "sha256").digest())
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path) from error
    return digest.hexdigest()
