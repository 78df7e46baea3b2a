"""SWE-rebench V2's own report of a run, `eval_report.json`, beside SWE-bench's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from boxscore import Outcome, PatchDetail, PatchTask, StoreError, replace_file

from ..prefixes import samples_by_prefix

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore import GradedRun, Result

REPORT = "eval_report.json"
_PASSED = "PASSED"


def write_eval_reports(run: GradedRun) -> list[Path]:
    """Write a report for the graded instances of V2 of each model; none where there are none. Raises StoreError."""
    tasks = {
        name: task for name, task in run.tasks.items() if isinstance(task, PatchTask) and task.log_program is not None
    }
    results = {(result.instance_id, result.sample_id): result for result in run.results}
    groups = samples_by_prefix(sample for sample in run.samples if sample.instance_id in tasks)
    written = []
    for prefix, samples in groups.items():
        graded = [results[key] for one in samples if (key := (one.instance_id, one.sample_id)) in results]
        items = [report_item(result, tasks[result.instance_id]) for result in graded]
        all_ok = all(item["passed_match"] for item in items)
        report = {"max_workers": None, "total": len(items), "all_ok": all_ok, "items": items}
        path = run.folder / (REPORT if len(groups) == 1 else f"{prefix}_{REPORT}")
        try:
            run.folder.mkdir(parents=True, exist_ok=True)
            replace_file(path, json.dumps(report, ensure_ascii=False, indent=2).encode())
        except OSError as error:
            raise StoreError(f"{error.filename or path}: cannot write: {error.strerror or error}") from error
        written.append(path)
    return written


def report_item(result: Result, task: PatchTask) -> dict[str, object]:
    """What the official program says of an instance. Its exit code is not kept; what was not run has an `error`."""
    detail = PatchDetail.of(result)
    known = {} if detail is None or result.outcome is Outcome.TAMPERED else detail.tests
    passed = {name for name, status in known.items() if status == _PASSED}
    not_run = result.outcome in {Outcome.INTERNAL, Outcome.NO_CODE}
    return {
        "instance_id": result.instance_id,
        "from_fail_to_pass": sorted(passed.intersection(task.fail_to_pass)),
        "failed_from_pass_to_pass": sorted(set(task.pass_to_pass) - passed),
        "passed_match": result.outcome is Outcome.PASSED,
        "exit_code": None,
        "log_path": None,
        "error": (result.reason or str(result.outcome)) if not_run else "",
    }
