"""The files that Multi-SWE-bench's programs write of a run: `final_report.json`, and a folder for each instance.

What they read again is as theirs: `<org>/<repo>/evals/pr-<number>/` with `fix.patch`, `fix-patch-run.log` and
`report.json`. An instance whose patch failed is unresolved there; one whose log contradicts itself, or that was not
graded for no fault of the patch, is an error.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from boxscore import (
    Outcome,
    PatchDetail,
    PatchTask,
    Status,
    StoreError,
    distinct_names,
    folder_within,
    make_own_folder,
    parse_log,
    predictions_by_model,
    replace_file,
)

from .row import BEFORE, FAIL, NONE, PASS, SKIP, MultiRow

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from boxscore import GradedRun, Result, Sample

FINAL = "final_report.json"
_WORDS = {Status.PASSED: PASS, Status.FAILED: FAIL, Status.SKIPPED: SKIP}
_MAX_MODEL_BYTES = 100  # with a number and an ending it makes a file's name


class GradedSample(Struct, frozen=True, kw_only=True):
    """One prediction: its patch, its record, its result (None: not graded), its log, and what that says of tests.

    `tests` is None where the log contradicts itself.
    """

    sample: Sample
    row: MultiRow
    result: Result | None
    log: str
    tests: Mapping[str, str] | None

    @property
    def resolved(self) -> bool:
        return self.result is not None and self.result.outcome is Outcome.PASSED

    @property
    def completed(self) -> bool:
        judged = self.result is not None and self.result.outcome is not Outcome.INTERNAL
        return judged and (self.resolved or self.tests is not None)


def write_reports(run: GradedRun) -> list[Path]:
    """Write a final report for each model into the run directory, and logs below the folder for the benchmark's files.

    The programs know one prediction of an instance: where there are several, or several models, each set of them has
    a report and a folder of its own, named by the model and a number. Raises StoreError where a file cannot be written.
    """
    sets = predictions_by_model(run.samples)
    results = {(one.instance_id, one.sample_id): one for one in run.results}
    paths = []
    names = distinct_names(sets, lambda one: f"{_safe(one[0] or 'None')}-{one[1]}")
    for key, samples in sets.items():
        name = "" if len(sets) == 1 else names[key]
        graded = [_graded(run, one, results) for one in samples]
        path = run.folder / (f"{name}.{FINAL}" if name else FINAL)
        try:
            report = _encoded(final_report(graded))
            replace_file(path, report)
            if run.files is not None:
                make_own_folder(run.files)
                _write_logs(folder_within(run.files, name) if name else run.files, graded, report)
        except OSError as error:
            raise StoreError(f"{error.filename or path}: cannot write: {error.strerror or error}") from error
        paths.append(path)
    return paths


def final_report(graded: Iterable[GradedSample]) -> dict[str, object]:
    """What `final_report.json` says: of predictions alone, and of empty patches as of others, as theirs does."""
    found = list(graded)
    resolved = [one.row.instance_id for one in found if one.completed and one.resolved]
    unresolved = [one.row.instance_id for one in found if one.completed and not one.resolved]
    errors = [one.row.instance_id for one in found if not one.completed]
    ids = {
        "submitted": [*resolved, *unresolved, *errors],
        "completed": [*resolved, *unresolved],
        "incomplete": errors,
        "resolved": resolved,
        "unresolved": unresolved,
        "empty_patch": [],
        "error": errors,
    }
    return {
        "total_instances": len(found),
        **{f"{name}_instances": len(names) for name, names in ids.items()},
        **{f"{name}_ids": names for name, names in ids.items()},
    }


def instance_report(one: GradedSample) -> dict[str, object]:
    """What `report.json` of an instance says: what each test was in the three stages, and what the fix did to it."""
    row, after = one.row, one.tests or {}
    base, before = row.run_result.statuses(), row.test_patch_result.statuses()
    tests = {
        name: {"run": base.get(name, NONE), "test": before.get(name, NONE), "fix": after.get(name, NONE)}
        for name in {**base, **before, **after}
    }
    problem, fixed_something = _problem(one, tests)
    fixed = {name: test for name, test in tests.items() if test["test"] != PASS and test["fix"] == PASS}
    lists = {
        name: {test: found for test, found in tests.items() if found["test"] == word and found["fix"] == PASS}
        for name, word in BEFORE.items()
    }
    stages = {"run_result": base, "test_patch_result": before, "fix_patch_result": after}
    return {
        "org": row.org,
        "repo": row.repo,
        "number": row.number,
        "valid": not problem,
        "error_msg": problem,
        "fixed_tests": fixed if fixed_something else {},
        **(lists if not problem else {name: {} for name in lists}),
        **{name: _stage(found) for name, found in stages.items()},
    }


def _problem(one: GradedSample, tests: Mapping[str, Mapping[str, str]]) -> tuple[str, bool]:
    """Why the official programs consider a report invalid, "" if they do not; and whether they list what was fixed."""
    if not one.tests:
        return "no test was reported with the fix", False
    for name, test in tests.items():
        if test["test"] == PASS and test["fix"] == FAIL:
            return f"{name!r} passed before the fix and fails with it", False
    if not any(test["test"] != PASS and test["fix"] == PASS for test in tests.values()):
        return "no test passes with the fix that did not before", False
    for name, test in tests.items():
        if test["test"] in (NONE, SKIP) and test["fix"] == FAIL and test["run"] == PASS:
            return f"{name!r} passed without patches and fails with the fix", True
    if one.result is not None and one.result.outcome is Outcome.TAMPERED:
        return f"tampered: {one.result.reason}", True
    return "", True


def _stage(tests: Mapping[str, str]) -> dict[str, object]:
    names = {
        word: [name for name, found in tests.items() if found == status]
        for word, status in (("passed", PASS), ("failed", FAIL), ("skipped", SKIP))
    }
    counts = {f"{word}_count": len(found) for word, found in names.items()}
    return {**counts, **{f"{word}_tests": found for word, found in names.items()}}


def _graded(run: GradedRun, sample: Sample, results: Mapping[tuple[str, str], Result]) -> GradedSample:
    row = msgspec.convert(run.rows[sample.instance_id], MultiRow)
    result = results.get((sample.instance_id, sample.sample_id))
    task = run.tasks.get(sample.instance_id)
    log = "" if result is None else run.printed(result)
    return GradedSample(sample=sample, row=row, result=result, log=log, tests=_tests(result, task, log))


def _tests(result: Result | None, task: object, log: str) -> Mapping[str, str] | None:
    """What the log says of tests, and of required ones what grading saw, since only ends of a long log are kept."""
    if result is None or not isinstance(task, PatchTask):
        return {}
    found = parse_log(task.parser, log)
    if Status.ERROR in found.values():
        return None
    seen = (PatchDetail.of(result) or PatchDetail()).tests
    words = {name: _WORDS[status] for name, status in found.items() if status in _WORDS}
    return words | {name: _WORDS[Status(word)] for name, word in seen.items() if word in _WORDS}


def _write_logs(folder: Path, graded: Iterable[GradedSample], final: bytes) -> None:
    for one in graded:
        row = one.row
        place = folder_within(folder, _safe(row.org), _safe(row.repo), "evals", f"pr-{row.number}")
        replace_file(place / "fix.patch", one.sample.text.encode(errors="replace"), sync=None)
        replace_file(place / "fix-patch-run.log", one.log.encode(errors="replace"), sync=None)
        report = place / "report.json"
        report.unlink(missing_ok=True)
        if one.completed:
            replace_file(report, _encoded(instance_report(one)), sync=None)
    replace_file(folder / FINAL, final)


def _encoded(report: Mapping[str, object]) -> bytes:
    return (json.dumps(report, indent=4, ensure_ascii=False) + "\n").encode(errors="replace")


def _safe(name: str) -> str:
    name = name.replace("/", "__").replace("\0", "_").encode()[:_MAX_MODEL_BYTES].decode(errors="ignore")
    return f"_{name}" if name in {"", ".", ".."} else name
