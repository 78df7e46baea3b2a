"""SWE-bench Pro's own files of a run: `eval_results.json`, and each instance's outputs where they are asked for.

The official program reads them again: an output that is there is not made anew, and gives the same verdict. What was
not graded for no fault of the patch stands in none of them; the official program would call it false.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from boxscore import Outcome, PatchDetail, PatchTask, StoreError, folder_within, make_own_folder, replace_file

from ..prefixes import samples_by_prefix

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore import GradedRun, Result, Sample

RESULTS = "eval_results.json"
_MISSING = "MISSING"


def write_outputs(run: GradedRun) -> list[Path]:
    """Write a file of results for each prefix, and each instance's files below the folder for them.

    The first sample of an instance with a prefix is what the official program knows; further ones are numbered.
    Raises StoreError.
    """
    results = {(result.instance_id, result.sample_id): result for result in run.results}
    folder = run.files or run.folder
    groups = samples_by_prefix(run.samples)
    written = []
    try:
        if run.files is not None:
            make_own_folder(folder)
        for prefix, samples in groups.items():
            graded = [(sample, results[key]) for sample in samples if (key := _key(sample)) in results]
            verdicts = {
                sample.instance_id: result.outcome is Outcome.PASSED
                for sample, result in graded
                if result.outcome is not Outcome.INTERNAL
            }
            path = folder / (RESULTS if len(groups) == 1 else f"{prefix}_{RESULTS}")
            replace_file(path, json.dumps(verdicts).encode())
            written.append(path)
            if run.files is not None:
                for sample, result in graded:
                    _write_instance(folder_within(folder, sample.instance_id), prefix, sample, result, run)
    except OSError as error:
        raise StoreError(f"{error.filename or folder}: cannot write: {error.strerror or error}") from error
    return written


def _key(sample: Sample) -> tuple[str, str]:
    return sample.instance_id, sample.sample_id


def _write_instance(place: Path, prefix: str, sample: Sample, result: Result, run: GradedRun) -> None:
    task = run.tasks.get(sample.instance_id)
    _write(place / f"{prefix}_patch.diff", sample.text)
    _write(place / f"{prefix}_stdout.log", run.printed(result))
    _write(place / f"{prefix}_stderr.log", "")
    if isinstance(task, PatchTask):
        _write(place / f"{prefix}_entryscript.sh", "\n".join(("#!/bin/bash", *task.commands, "")))
    output = place / f"{prefix}_output.json"
    output.unlink(missing_ok=True)
    if result.outcome is not Outcome.INTERNAL:
        _write(output, json.dumps({"tests": _tests(result)}))


def _tests(result: Result) -> list[dict[str, str]]:
    """Required tests with their statuses; none where they say more than the verdict does."""
    detail = PatchDetail.of(result)
    if detail is None:
        return []
    tests = [{"name": name, "status": status} for name, status in detail.tests.items() if status != _MISSING]
    claimed = len(tests) == len(detail.tests) and all(one["status"] == "PASSED" for one in tests)
    return [] if claimed and result.outcome is not Outcome.PASSED else tests


def _write(path: Path, text: str) -> None:
    replace_file(path, text.encode(errors="replace"), sync=None)
