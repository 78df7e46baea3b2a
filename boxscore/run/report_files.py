"""The reports of a run directory: of the whole run, and of each model where several gave its samples."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from boxscore.errors import StoreError
from boxscore.own_folders import folder_within
from boxscore.report.build import MODELS, RunInfo, RunInstance, build_reports, model_folder
from boxscore.run.store import store_file

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence
    from pathlib import Path

    from boxscore.provenance import RunRecord, StoredSample
    from boxscore.records import Result, Sample
    from boxscore.report.build import Report

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
