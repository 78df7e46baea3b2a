"""SWE-bench's own report of a run: the summary, with a folder of logs for each instance where it is asked for.

What is written is what SWE-bench 5.0.2 would write of the same verdicts. An instance counts as completed if
its tests were run to an end; one whose patch does not apply, that ran out of time, or that was not graded for no fault
of the patch, is an error there, never unresolved.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from boxscore import (
    PatchTask,
    SampleKind,
    StoreError,
    check_own_folder,
    distinct_names,
    folder_within,
    make_own_folder,
    predictions_by_model,
    replace_file,
)

from .logs import GradedPrediction, held, write_logs

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from pathlib import Path

    from boxscore import GradedRun, Result, Sample


_NO_MODEL = "None"
_MAX_FOLDER_BYTES = 200  # with a hash it is still less than a name may have
_MAX_MODEL_BYTES, _MAX_NAME_BYTES = 100, 140  # with hashes; with a run's name and an ending it makes a file's name


def reports_of(run: GradedRun) -> list[Path]:
    """Write one summary for each model into the run directory, and logs below the folder for the benchmark's files.

    Without that folder only answers that came as predictions do have a summary. SWE-bench knows one prediction of an
    instance: further samples of a model get summaries of their own, numbered.
    """
    tasks = {name: task for name, task in run.tasks.items() if isinstance(task, PatchTask)}
    samples = [one for one in run.samples if run.files is not None or one.model or one.kind is SampleKind.PATCH]
    grouped = predictions_by_model(samples)
    names = distinct_names((model for model, number in grouped if number == 0), _model_name)
    return [
        write_reports(
            run.folder,
            run_id=run.run_id if number == 0 else f"{run.run_id}-{number}",
            model=names[model],
            instances=run.instances,
            results=run.results,
            predictions=chosen,
            logs=run.files,
            tasks=tasks,
            printed=run.printed,
        )
        for (model, number), chosen in grouped.items()
    ]


def write_reports(  # noqa: PLR0913 - options, by keyword
    folder: Path,
    *,
    run_id: str,
    model: str,
    instances: Collection[str],
    results: Iterable[Result],
    predictions: Iterable[Sample],
    logs: Path | None = None,
    tasks: Mapping[str, PatchTask] | None = None,
    printed: Callable[[Result], str] = held,
) -> Path:
    """Write `<model>.<run_id>.json` into a folder, and each instance's files below `logs`; return the first's path.

    Args:
        folder: Where the summary goes.
        run_id: The run's name.
        model: The model's name; `/` becomes `__` in names of files, and what is too long for one is cut.
        instances: The ids that the run was asked for.
        results: What became of the predictions.
        predictions: One sample for each instance at most; an empty text is an empty patch.
        logs: A folder that gets `run_evaluation/<run_id>/<model>/<instance id>/…`; nothing is written if None.
        tasks: Instance id → its task: what was run, and by which parser its log is read.
        printed: Gives the output of a result; a run's results are held without theirs.

    Raises:
        StoreError: A file cannot be written.
    """
    by_name = {(result.instance_id, result.sample_id): result for result in results}
    asked = set(instances)
    samples = {sample.instance_id: sample for sample in predictions}
    graded = {
        name: GradedPrediction(
            sample=sample,
            result=by_name.get((name, sample.sample_id)),
            task=(tasks or {}).get(name),
            printed=printed,
        )
        for name, sample in samples.items()
        if name in asked and sample.text
    }
    safe = _cut(_safe(model or _NO_MODEL), _MAX_NAME_BYTES)
    summary = _summary(asked, samples, graded)
    path = folder / f"{safe}.{_safe(run_id)}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        replace_file(path, (json.dumps(summary, indent=4) + "\n").encode())
        if logs is not None:
            own = _logs_of(logs, run_id)
            make_own_folder(own)
            folders = distinct_names(graded, lambda name: _cut(_safe(name), _MAX_FOLDER_BYTES))
            for name, one in graded.items():
                write_logs(folder_within(own, safe, folders[name]), one)
    except OSError as error:
        raise StoreError(f"{error.filename or path}: cannot write: {error.strerror or error}") from error
    return path


def check_logs(logs: Path, run_id: str) -> None:
    """Refuse a folder of logs that another program has written, before a run is graded. Raises UsageError."""
    check_own_folder(_logs_of(logs, run_id))


def _logs_of(logs: Path, run_id: str) -> Path:
    return logs / "run_evaluation" / _safe(run_id)


def _summary(
    asked: set[str], samples: Mapping[str, Sample], graded: Mapping[str, GradedPrediction]
) -> dict[str, object]:
    completed = sorted(name for name, one in graded.items() if one.completed)
    resolved = [name for name in completed if graded[name].resolved]
    unresolved = [name for name in completed if not graded[name].resolved]
    errors = sorted(graded.keys() - set(completed))
    empty = sorted(name for name, sample in samples.items() if name in asked and not sample.text)
    failures = {name: failure for name, one in sorted(graded.items()) if (failure := one.failure) is not None}
    environment = [name for name, failure in failures.items() if failure.environment]
    ambiguous = [name for name, failure in failures.items() if not failure.environment]
    return {
        "total_instances": len(asked),
        "submitted_instances": len(samples),
        "completed_instances": len(completed),
        "resolved_instances": len(resolved),
        "unresolved_instances": len(unresolved),
        "infra_failure_instances": len(environment),
        "ambiguous_failure_instances": len(ambiguous),
        "empty_patch_instances": len(empty),
        "error_instances": len(errors),
        "completed_ids": completed,
        "incomplete_ids": sorted(asked - samples.keys()),
        "empty_patch_ids": empty,
        "submitted_ids": sorted(samples),
        "resolved_ids": resolved,
        "unresolved_ids": unresolved,
        "infra_failure_ids": environment,
        "ambiguous_failure_ids": ambiguous,
        "failure_reasons": {name: failure.reason for name, failure in failures.items()},
        "error_ids": errors,
        "schema_version": 2,
        # Boxes are gone when a run ends; images are kept for the next one on purpose and are not counted as left over.
        "unstopped_instances": 0,
        "unstopped_containers": [],
        "unremoved_images": [],
    }


def _model_name(model: str) -> str:
    return _cut(_safe(model or _NO_MODEL), _MAX_MODEL_BYTES)


def _cut(name: str, most: int) -> str:
    return name.encode()[:most].decode(errors="ignore")


def _safe(name: str) -> str:
    """A name as SWE-bench makes a folder's of it; one that would lead elsewhere, or that no disk takes, does not."""
    name = name.replace("/", "__").replace("\0", "_")
    return f"_{name}" if name in {"", ".", ".."} else name


_ODD = re.compile(r"[^A-Za-z0-9._-]")
_MAX_PREFIX = 100  # with an ending it makes a file's name


def samples_by_prefix(samples: Iterable[Sample]) -> dict[str, list[Sample]]:
    """Samples by their model as part of a file's name; further samples of an instance by that and a number."""
    found = predictions_by_model(samples)
    names = distinct_names(found, lambda one: f"{_prefix(one[0])}-{one[1]}" if one[1] else _prefix(one[0]))
    return {names[key]: some for key, some in found.items()}


def _prefix(model: str) -> str:
    return _ODD.sub("_", model)[:_MAX_PREFIX].lstrip(".")
