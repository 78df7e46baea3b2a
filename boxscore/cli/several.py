"""`boxscore grade`, of one benchmark or several: all is checked before the first box opens, each is graded in turn.

Each benchmark has a run directory of its own below that of the command, and everything that takes a run takes it.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from boxscore.cli.grade import (
    GradeOptions,
    exit_code,
    grade_command,
    no_files,
    read_given,
    refuse_log_among,
    refuse_overwriting,
    same_content,
    sample_files,
    say_plan,
    sha256_of,
    write_more,
)
from boxscore.cli.options import REQUEST_OPTIONS, Benches, Logging, command
from boxscore.cli.output import INFRASTRUCTURE, OK, UNMET, USAGE, print_several, say, say_warnings, write_run_page
from boxscore.data.samples import instances_named
from boxscore.data.samples_of_several import share_out
from boxscore.errors import BoxError, BoxscoreError, ImageMissing, SandboxUnavailable, UsageError
from boxscore.interrupt import stop_on_signals
from boxscore.records import fingerprint
from boxscore.report.numbers import counted
from boxscore.report.several import BenchmarkScore, SeveralReport, score_of
from boxscore.run.engine import now
from boxscore.run.folders import RUNS, RunsRecord, check_folder_of_runs, write_runs, write_several
from boxscore.run.prepare import given_folder, load_benchmark, prepare, with_sampling
from boxscore.run.progress import show_progress
from boxscore.run.run import executor_of, run_job

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from boxscore.data.samples_of_several import SampleFiles
    from boxscore.interrupt import Stop
    from boxscore.records import Sample
    from boxscore.run.prepare import Benchmark, Job
    from boxscore.run.run import FinishedRun

_MILD_FIRST = (OK, UNMET, USAGE, INFRASTRUCTURE)
_MOST_NAME = 60  # characters of benchmarks in the name of a folder


class Asked(Struct, frozen=True, kw_only=True):
    """One of the benchmarks, with the options that are its own and what is to be graded of it."""

    options: GradeOptions
    benchmark: Benchmark
    files: SampleFiles


class Ready(Struct, frozen=True, kw_only=True):
    """One that is ready to start."""

    options: GradeOptions
    job: Job
    samples: Sequence[Sample]


class Ended(Struct, frozen=True, kw_only=True):
    """What became of one: what it came to, or the error that ended it; neither where the command was stopped before."""

    finished: FinishedRun | None = None
    error: BoxscoreError | None = None


@command(
    "grade",
    request=REQUEST_OPTIONS,
    usual=(
        *("predictions", "gold", "only", "limit", "k", "workers", "cpu_s", "out", "data", "backend", "page"),
        "dry_run",
    ),
)
def grade(bench: Benches, options: GradeOptions, log: Logging) -> int:
    """Grade samples that exist. Run the same command again to resume."""
    refuse_log_among(log.log_file, options)
    with log.begin(quiet=options.quiet):  # once it is sure that the file may be written
        return grade_command(options) if len(bench) == 1 else grade_several(options, bench)


def grade_several(options: GradeOptions, names: Sequence[str]) -> int:
    """Grade several benchmarks, show one report and say how it went; the exit code is the worst of theirs."""
    asked = _asked(options, _loaded(options, names))
    ready = _placed({name: _prepared(one, name) for name, one in asked.items()}, options)
    folder = next(iter(ready.values())).job.folder.parent
    for name, one in ready.items():
        refuse_overwriting(one.options, one.job, asked[name].files.paths)
        if not options.quiet:
            say_warnings(f"{name}: {text}" for text in (*one.job.record.warnings, *no_files(one.options, one.job)))
    if options.dry_run:
        return max(say_plan(one.job) for one in ready.values())
    if not options.quiet:
        samples = sum(len(one.job.plan.items) for one in ready.values())
        backend = next(iter(ready.values())).job.backend.name
        say(f"{counted(samples, 'sample')} of {', '.join(ready)} in {backend} boxes")
        say(f"run directories: in {folder}")
    return _graded(options, ready, folder)


def _loaded(options: GradeOptions, names: Sequence[str]) -> dict[str, Benchmark]:
    """The benchmarks by their names, with the instances that are asked for."""
    if options.files_version is not None:
        raise UsageError("--files-version is one benchmark's own: grade that one by itself")
    if options.request.data is not None and options.request.data.is_file():
        raise UsageError(
            f"--data {options.request.data} is the file of one benchmark: give the folder with all of them"
        )
    loaded: dict[str, Benchmark] = {}
    for name in names:
        benchmark = load_benchmark(replace(options.request, benchmark=name, only=()))
        if benchmark.harness.name in loaded:
            own = benchmark.harness.name
            raise UsageError(f"{own} is given twice" + (f", the second time as {name}" if name != own else ""))
        loaded[benchmark.harness.name] = benchmark
    return _narrowed(loaded, options) if options.request.only else loaded


def _narrowed(loaded: Mapping[str, Benchmark], options: GradeOptions) -> dict[str, Benchmark]:
    """Leave the instances that were asked for, each of which one benchmark at least must have."""
    found: dict[str, Benchmark] = {}
    known: set[str] = set()
    for name, one in loaded.items():
        written = instances_named(options.request.only, [instance.instance_id for instance in one.every])
        known |= {given for given, meant in written.items() if meant is not None}
        asked = [instance for instance in one.every if instance.instance_id in set(written.values())]
        found[name] = replace(one, asked=tuple(asked[: options.request.limit]))
    strange = [given for given in options.request.only if given not in known]
    if strange:
        raise UsageError(f"none of {', '.join(loaded)} has an instance {strange[0]!r}")
    empty = [name for name, one in found.items() if not one.asked]
    if empty:
        raise UsageError(f"none of the instances asked for is of {empty[0]}: leave it out")
    return found


def _asked(options: GradeOptions, loaded: Mapping[str, Benchmark]) -> dict[str, Asked]:
    """Say what is to be graded of which. Raises UsageError for one of which nothing is."""
    shared = share_out(options.predictions, loaded)
    found = {}
    for name, benchmark in loaded.items():
        files = shared[name]
        if options.predictions and not (files.paths or files.gold or options.gold):
            given = ", ".join(map(str, options.predictions))
            raise UsageError(f"no sample in {given} is of {name}: leave it out, or give its samples (-p {name}=FILE)")
        own = replace(
            options,
            request=replace(options.request, benchmark=name),
            predictions=files.paths,
            gold=options.gold or files.gold,
            benchmark_files=None if options.benchmark_files is None else options.benchmark_files / name,
        )
        try:
            files = replace(files, paths=sample_files(own, benchmark))
        except UsageError as error:
            raise UsageError(f"{name}: {error} (-p {name}=FILE)") from error
        found[name] = Asked(options=own, benchmark=benchmark, files=files)
    return found


def _prepared(one: Asked, name: str) -> Ready:
    options, benchmark, files = one.options, one.benchmark, one.files
    parent = given_folder(options.request)
    if parent is not None:
        check_folder_of_runs(parent)
    folder = None if parent is None else parent / name
    samples, warnings = read_given(benchmark, files.paths, options.taken_as, skip_unknown=options.skip_unknown)
    inputs = {str(path): sha256_of(path) for path in files.paths}
    request = replace(options.request, out=folder, run_id=None)
    if not files.paths:  # what would be asked of the gate is what is graded
        request = replace(request, no_gate=True)
    options = replace(options, request=request)
    try:
        job = prepare(request, benchmark, samples, inputs, [*same_content(inputs), *warnings])
    except UsageError as error:
        raise UsageError(f"{name}: {error}") from error
    return Ready(options=options, job=with_sampling(job, files.paths), samples=samples)


def _placed(ready: dict[str, Ready], options: GradeOptions) -> dict[str, Ready]:
    """Give the runs of a command that names no directory one, the same whenever the same is graded."""
    if given_folder(options.request) is not None:
        return ready
    name = "+".join(ready)[:_MOST_NAME].rstrip("+.-")
    parent = RUNS / f"{name}-{fingerprint([one.job.folder.name for one in ready.values()])[:8]}"
    check_folder_of_runs(parent)
    return {name: replace(one, job=_moved(one.job, parent / name)) for name, one in ready.items()}


def _moved(job: Job, folder: Path) -> Job:
    provenance = replace(job.record.provenance, run_id=f"{folder.parent.name}-{folder.name}")
    return replace(job, folder=folder, record=replace(job.record, provenance=provenance))


def _graded(options: GradeOptions, ready: Mapping[str, Ready], folder: Path) -> int:
    started, began = now(), time.monotonic()
    write_runs(folder, RunsRecord(benchmarks=tuple(ready), started=started))
    with stop_on_signals(say) as stop:
        ended = {name: _run(one, name, stop) for name, one in ready.items()}
        wall_s = round(time.monotonic() - began, 3)
        report = SeveralReport(
            run_id=folder.resolve().name,
            benchmarks=tuple(_score(name, one) for name, one in ended.items()),
            started=started,
            wall_s=wall_s,
        )
        write_runs(folder, RunsRecord(benchmarks=tuple(ready), started=started, wall_s=wall_s))
        write_several(folder, report)
        each = {name: one.finished.report for name, one in ended.items() if one.finished is not None}
        print_several(report, folder, each=each, failures=options.failures, json=options.json)
        return _worst([_code(ready[name], name, one, stop) for name, one in ended.items()])


def _run(ready: Ready, name: str, stop: Stop) -> Ended:
    """Grade one benchmark; what ends it ends no other."""
    if stop.draining():
        return Ended()
    options = ready.options
    if not options.quiet:
        say(f"{name}: {counted(len(ready.job.plan.items), 'sample')}")
    try:
        executor = executor_of(options.request, ready.job, say=(lambda _: None) if options.quiet else say)
        show = partial(show_progress, quiet=options.quiet)
        return Ended(finished=run_job(ready.job, stop=stop, show=show, executor=executor))
    except BoxscoreError as error:
        return Ended(error=error)


def _score(name: str, ended: Ended) -> BenchmarkScore:
    if ended.finished is None:
        error = "not begun: the command was stopped" if ended.error is None else str(ended.error)
        return BenchmarkScore(benchmark=name, folder=name, error=error)
    return score_of(name, ended.finished.report)


def _code(ready: Ready, name: str, ended: Ended, stop: Stop) -> int:
    """Write a run's further files; say how it ended, unless it did as it should, and give its own exit code."""
    error = ended.error
    if ended.finished is not None:
        try:
            _write_files(ready, ended.finished)
        except BoxscoreError as found:
            error = found
        else:
            return exit_code(ready.options, ended.finished, stop, lambda text: say(f"{name}: {text}"))
    if error is None:
        return stop.exit_code
    first, *more = error.lines()
    say("\n  ".join((f"{name}: {first}", *more)))
    return _code_of(error)


def _write_files(ready: Ready, finished: FinishedRun) -> None:
    """Write the files that users of a benchmark expect, and the page if it is asked for."""
    write_more(ready.options, ready.job, finished, ready.samples)
    if ready.options.page:
        write_run_page(ready.job.folder, quiet=ready.options.quiet)


def _code_of(error: BoxscoreError) -> int:
    """As for a single run: boxes worked when it was prepared."""
    lost = isinstance(error, SandboxUnavailable) and not isinstance(error, ImageMissing)
    return INFRASTRUCTURE if lost or isinstance(error, BoxError) else USAGE


def _worst(codes: Sequence[int]) -> int:
    """The code that tells of the most trouble; that of a signal above all."""
    return max(codes, key=lambda code: _MILD_FIRST.index(code) if code in _MILD_FIRST else len(_MILD_FIRST))
