"""Carry out a job: grade into its run directory and write the reports, of the whole run and of each model."""

from __future__ import annotations

import logging
import time
from contextlib import ExitStack, nullcontext, suppress
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from boxscore.errors import StoreError
from boxscore.images.usage import in_use
from boxscore.images.watch import BuildWatch, watched_by
from boxscore.log import event, in_run, since
from boxscore.own_folders import folder_within
from boxscore.protocols.registry import protocol_of
from boxscore.report.build import MODELS, RunInfo, RunInstance, build_reports, model_folder
from boxscore.run.engine import RunResults, Tools, run_plan, silent, with_originals
from boxscore.run.executors.contract import LOCAL
from boxscore.run.executors.local import LocalWorkers
from boxscore.run.images import Eviction, images_of, look_ahead, references_of
from boxscore.run.store import open_run, read_run, shared, store_file

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from boxscore.images.records import InstanceImage
    from boxscore.images.usage import ImageUse
    from boxscore.interrupt import StopSignal
    from boxscore.provenance import RunRecord, StoredSample
    from boxscore.records import Result, Sample
    from boxscore.report.build import Report
    from boxscore.run.executors.contract import Executor
    from boxscore.run.images import Show
    from boxscore.run.prepare import Job
    from boxscore.run.progress import PlannedWork, Progress
    from boxscore.run.request import Request
    from boxscore.run.store import RunStore


def executor_of(request: Request, job: Job) -> Executor:
    """Where the work is done. Raises UsageError for a place that does not exist, or when Ray is not installed."""
    if request.on == LOCAL:
        return LocalWorkers(job.workers)
    from boxscore.run.executors.ray import RayWorkers, address_of  # noqa: PLC0415 - only for a cluster

    return RayWorkers(address_of(request.on), request.workers, settings=job.settings)


_FILES = ("report.json", "report.md", "junit.xml")


def run_info(record: RunRecord, samples: Iterable[Sample | StoredSample]) -> RunInfo:
    """The facts of a run that its report states."""
    provenance = record.provenance
    submitted: set[str] = set()
    models: dict[tuple[str, str], str] = {}
    for one in samples:
        submitted.add(one.instance_id)
        models[one.instance_id, one.sample_id] = one.model
    return RunInfo(
        run_id=provenance.run_id,
        benchmark=provenance.benchmark,
        trust=provenance.trust,
        instances=tuple(RunInstance(instance_id=name, cluster=cluster) for name, cluster in record.instances.items()),
        parts=provenance.parts,
        ks=provenance.k,
        limits=provenance.limits,
        provenance=provenance,
        started=provenance.started,
        wall_s=provenance.wall_s,
        warnings=record.warnings,
        submitted=frozenset(submitted),
        counts_missing=provenance.counts_missing,
        models=models if len(set(models.values())) > 1 else {},
    )


def write_reports(folder: Path, info: RunInfo, results: Sequence[Result]) -> Report:
    """Make the report and write report.json, report.md and junit.xml, each as a whole. Raises StoreError.

    Where several models gave the samples each has these three in a folder of its own; those of models that an earlier
    command in the same directory had go.
    """
    report, each = build_reports(info, results)
    _write(folder, info, report, results)
    _remove_models(folder / MODELS, keep={model_folder(one.model or "") for one in each})
    for one in each:
        own = [result for result in results if info.models[result.instance_id, result.sample_id] == one.model]
        try:
            place = folder_within(folder, MODELS, model_folder(one.model or ""))
        except OSError as error:
            raise StoreError(f"{error.filename}: cannot be made: {error.strerror or error}") from error
        _write(place, info, one, own)
    return report


def _write(folder: Path, info: RunInfo, report: Report, results: Sequence[Result]) -> None:
    from boxscore.report.junit import render_junit  # noqa: PLC0415 - at the end only
    from boxscore.report.render import render_json, render_markdown  # noqa: PLC0415 - at the end only

    store_file(folder / "report.json", render_json(report))
    store_file(folder / "report.md", render_markdown(report).encode())
    store_file(folder / "junit.xml", render_junit(info, results))


def _remove_models(folder: Path, *, keep: Container[str]) -> None:
    """Remove reports of models that a run no longer has, and nothing else."""
    with suppress(OSError):
        for one in folder.iterdir() if folder.is_dir() and not folder.is_symlink() else ():
            if one.name not in keep and not one.is_symlink():
                for name in _FILES:
                    (one / name).unlink(missing_ok=True)
                one.rmdir()


class FinishedRun(Struct, frozen=True, kw_only=True):
    """What a job came to."""

    graded: RunResults
    report: Report


def run_job(  # noqa: PLR0913 - options, by keyword
    job: Job,
    *,
    stop: StopSignal,
    show: Callable[[PlannedWork], AbstractContextManager[Progress]] = silent,
    executor: Executor | None = None,
    store: RunStore | None = None,
    alarmed: str | None = None,
) -> FinishedRun:
    """Grade what is not yet graded, and write the reports, also of a run that was interrupted.

    `store` is the job's run directory where that is open already, and `alarmed` says why what is in it is not believed.

    What a killed run left behind is removed first, so that the same command again leaves nothing running. What this one
    could not remove, because its engine did not answer, is tried again at its end.
    """
    watch, images = BuildWatch(), images_of(job.plan.tasks.values())
    tools = Tools(
        open_grader=job.open_grader,
        abandon=job.backend.halt,
        executor=executor or LocalWorkers(job.workers),
        workers=job.workers,
        stop=stop,
        show=show,
        begin=lambda: _begin(job, images, watch),
        end=job.backend.sweep,
        layers=lambda: tuple(sorted(job.backend.layers)),
        share=job.reuse,
        alarm=not job.record.provenance.no_alarm,
        alarmed=alarmed,
    )
    with (
        open_run(job.folder) if store is None else nullcontext(store) as opened,
        in_use((*_shared_images(job), *(name for image in images for name in references_of(image)))) as use,
        watched_by(watch),
        job.backend.attending(stop),
        ExitStack() as stack,
    ):
        if job.keep_bytes is not None:
            tools = replace(tools, show=_evicting(job, use, show, stack))
        graded = _logged(job, lambda: run_plan(job.plan, job.record, opened, tools), stop)
        samples = (item.sample for item in job.plan.items)
        report = write_reports(job.folder, run_info(graded.record, samples), graded.results)
    return FinishedRun(graded=graded, report=report)


def _shared_images(job: Job) -> tuple[str, ...]:
    """The images that several instances have in common."""
    return tuple({one.image for one in job.plan.conditions.values() if one.image is not None})


def _evicting(job: Job, use: ImageUse, show: Show, stack: ExitStack) -> Show:
    """Have images of instances that are done removed while the stack is open; they are seen by the progress."""
    from boxscore.images.store import store_of  # noqa: PLC0415 - only where images are removed

    images = {name: protocol_of(task).images(task) for name, task in job.plan.tasks.items()}
    eviction = Eviction(images, use, job.keep_bytes or 0, store_of(job.backend).evict)
    stack.enter_context(eviction.at_work())
    return lambda work: eviction.watching(show, work)


def _begin(job: Job, images: tuple[InstanceImage, ...], watch: BuildWatch) -> None:
    """Remove what dead engines have left, and look at the images before the first of them is built."""
    job.backend.reap()
    if job.record.provenance.on == "local":  # other machines have images of their own
        look_ahead(images, job.backend, watch)


def _logged(job: Job, grade: Callable[[], RunResults], stop: StopSignal) -> RunResults:
    """Grade, and log that it begins and how it ends."""
    about, began = job.record.provenance, time.monotonic()
    with in_run(about.run_id):
        event(
            "run_started",
            benchmark=about.benchmark,
            samples=len(job.plan.items),
            backend=about.backend,
            on=about.on,
            workers=job.workers,
            folder=str(job.folder),
        )
        try:
            graded = grade()
        except BaseException as error:
            event("run_ended", logging.ERROR, shown=True, how="failed", reason=str(error), wall_s=since(began))
            raise
        if graded.alarm is not None:
            event("alarm", logging.ERROR, shown=True, reason=graded.alarm)
        how = "alarm" if graded.alarm else "stopped" if graded.missing and stop.draining() else "finished"
        event(
            "run_ended",
            how=how,
            samples=len(graded.results),
            missing=graded.missing,
            reused=graded.reused,
            wall_s=since(began),
        )
    return graded


class Rebuilt(Struct, frozen=True, kw_only=True):
    """The report of a run directory, and whether a run was at work in it: then no file of it was replaced."""

    report: Report
    running: bool


def rebuild(folder: Path) -> Rebuilt:
    """Make the reports of a run directory again from its results. Raises InputError if it is not one.

    While a run is at work there its files are left alone: it writes them itself at its end, from more results.
    """
    with shared(folder) as alone:
        info, results = _read(folder)
        report = write_reports(folder, info, results) if alone else build_reports(info, results)[0]
    return Rebuilt(report=report, running=not alone)


def _read(folder: Path) -> tuple[RunInfo, tuple[Result, ...]]:
    record, samples, results = read_run(folder)
    ordered = (
        results[sample.instance_id, sample.sample_id]
        for sample in samples
        if (sample.instance_id, sample.sample_id) in results
    )
    return run_info(record, samples), with_originals(ordered)
