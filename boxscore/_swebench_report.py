"""SWE-bench's own files: the summary of a run, and a folder of logs for each instance.

What is written is what SWE-bench 4.1.0 or 5.0.2 would write of the same verdicts. An instance counts as completed if
its tests were run to an end; one whose patch does not apply, that ran out of time, or that was not graded for no fault
of the patch, is an error there, never unresolved.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from boxscore._errors import StoreError
from boxscore._infra_failure import Failure, classify
from boxscore._records import Outcome

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from boxscore._records import Result, Sample

Layout = Literal[4, 5]

_NOT_COMPLETED = {Outcome.INTERNAL, Outcome.PATCH_REJECTED, Outcome.TIMEOUT}
_TIMED_OUT = "\n\nTimeout error: {seconds:.0f} seconds exceeded."
_NO_MODEL = "None"


class _Graded(Struct, frozen=True, kw_only=True):
    """One prediction that is not empty, with its result (None: not graded yet)."""

    sample: Sample
    result: Result | None

    @property
    def completed(self) -> bool:
        return self.result is not None and self.result.outcome not in _NOT_COMPLETED

    @property
    def resolved(self) -> bool:
        return self.result is not None and self.result.outcome is Outcome.PASSED

    @property
    def test_output(self) -> str:
        """What `test_output.txt` holds."""
        if self.result is None:
            return ""
        late = _TIMED_OUT.format(seconds=self.result.wall_s or 0)
        return self.result.output + (late if self.result.outcome is Outcome.TIMEOUT else "")

    @property
    def instance_log(self) -> str:
        """What `run_instance.log` holds."""
        if self.result is None:
            return "not graded\n"
        applied = self.result.patch.applied if self.result.patch is not None else None
        how = f">>>>> Applied Patch: {applied.rung}" if applied is not None else ">>>>> Patch Apply Failed"
        state = "Grading answer" if self.completed else "Error in evaluation"
        verdict = f"resolved: {self.resolved}; {self.result.outcome}: {self.result.reason}"
        return f"{how}\n{state} for {self.result.instance_id}: {verdict}\n"

    @property
    def failure(self) -> Failure | None:
        """Why it was not resolved, where the environment is or may be the cause."""
        if self.resolved:
            return None
        if self.result is not None and self.result.outcome is Outcome.INTERNAL:
            return Failure(reason="container_unavailable", environment=True)
        return classify(f"{self.test_output}\n{self.instance_log}")


def write_reports(  # noqa: PLR0913 - options, by keyword
    folder: Path,
    *,
    run_id: str,
    model: str,
    instances: Collection[str],
    results: Iterable[Result],
    predictions: Iterable[Sample],
    logs: Path | None = None,
    scripts: Mapping[str, str] | None = None,
    layout: Layout = 5,
) -> Path:
    """Write `<model>.<run_id>.json` into a folder, and each instance's files below `logs`; return the first's path.

    Args:
        folder: Where the summary goes.
        run_id: The run's name.
        model: The model's name; `/` becomes `__` in names of files.
        instances: The ids that the run was asked for.
        results: What became of the predictions.
        predictions: One sample for each instance at most; an empty text is an empty patch.
        logs: A folder that gets `run_evaluation/<run_id>/<model>/<instance id>/…`; nothing is written if None.
        scripts: Instance id → the commands that were run, for `eval.sh`.
        layout: The fields of swebench 4.1.0, or of 5.0.2, which has all of them and more.

    Raises:
        StoreError: A file cannot be written.
    """
    by_name = {(result.instance_id, result.sample_id): result for result in results}
    asked = set(instances)
    samples = {sample.instance_id: sample for sample in predictions}
    graded = {
        name: _Graded(sample=sample, result=by_name.get((name, sample.sample_id)))
        for name, sample in samples.items()
        if name in asked and sample.text
    }
    safe = _safe(model or _NO_MODEL)
    summary = _summary(asked, samples, graded, layout=layout)
    path = folder / f"{safe}.{_safe(run_id)}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(summary, indent=4) + "\n", encoding="utf-8")
        if logs is not None:
            for name, one in graded.items():
                place = logs / "run_evaluation" / _safe(run_id) / safe / _safe(name)
                _write_logs(place, one, script=(scripts or {}).get(name, ""), layout=layout)
    except OSError as error:
        raise StoreError(f"{error.filename or path}: cannot write: {error.strerror or error}") from error
    return path


def instance_report(sample: Sample, result: Result, *, layout: Layout = 5) -> dict[str, object]:
    """What `report.json` of an instance says: only where its tests were run to an end."""
    detail = result.patch
    tests = detail is not None and (any(detail.fail_to_pass) or any(detail.pass_to_pass))
    report: dict[str, object] = {
        "patch_is_None": False,
        "patch_exists": True,
        "patch_successfully_applied": tests,
        "resolved": result.outcome is Outcome.PASSED,
    }
    if layout >= 5:  # noqa: PLR2004 - a version
        failure = None if tests else classify(_Graded(sample=sample, result=result).test_output)
        report["infra_failure"] = failure is not None and failure.environment
        if failure is not None:
            report["infra_failure_reason"] = failure.reason
    if tests and detail is not None:
        report["tests_status"] = {
            "FAIL_TO_PASS": _split(detail.fail_to_pass),
            "PASS_TO_PASS": _split(detail.pass_to_pass),
            "FAIL_TO_FAIL": _split(((), ())),
            "PASS_TO_FAIL": _split(((), ())),
        }
    return {sample.instance_id: report}


def _split(tests: tuple[Sequence[str], Sequence[str]]) -> dict[str, list[str]]:
    return {"success": list(tests[0]), "failure": list(tests[1])}


def _summary(
    asked: set[str], samples: Mapping[str, Sample], graded: Mapping[str, _Graded], *, layout: Layout
) -> dict[str, object]:
    completed = sorted(name for name, one in graded.items() if one.completed)
    resolved = [name for name in completed if graded[name].resolved]
    unresolved = [name for name in completed if not graded[name].resolved]
    errors = sorted(graded.keys() - set(completed))
    empty = sorted(name for name, sample in samples.items() if name in asked and not sample.text)
    failures = {name: failure for name, one in sorted(graded.items()) if (failure := one.failure) is not None}
    environment = [name for name, failure in failures.items() if failure.environment]
    ambiguous = [name for name, failure in failures.items() if not failure.environment]
    later = layout >= 5  # noqa: PLR2004 - a version
    return {
        "total_instances": len(asked),
        "submitted_instances": len(samples),
        "completed_instances": len(completed),
        "resolved_instances": len(resolved),
        "unresolved_instances": len(unresolved),
        **({"infra_failure_instances": len(environment)} if later else {}),
        **({"ambiguous_failure_instances": len(ambiguous)} if later else {}),
        "empty_patch_instances": len(empty),
        "error_instances": len(errors),
        "completed_ids": completed,
        "incomplete_ids": sorted(asked - samples.keys()),
        "empty_patch_ids": empty,
        "submitted_ids": sorted(samples),
        "resolved_ids": resolved,
        "unresolved_ids": unresolved,
        **({"infra_failure_ids": environment, "ambiguous_failure_ids": ambiguous} if later else {}),
        **({"failure_reasons": {name: failure.reason for name, failure in failures.items()}} if later else {}),
        "error_ids": errors,
        "schema_version": 2,
        # Boxes are gone when a run ends; images are kept for the next one on purpose and are not counted as left over.
        **({"unstopped_instances": 0, "unstopped_containers": [], "unremoved_images": []} if later else {}),
    }


def _write_logs(place: Path, one: _Graded, *, script: str, layout: Layout) -> None:
    place.mkdir(parents=True, exist_ok=True)
    _write(place / "patch.diff", one.sample.text)
    _write(place / "eval.sh", script)
    report = place / "report.json"
    report.unlink(missing_ok=True)
    _write(place / "run_instance.log", one.instance_log)
    if one.result is None:
        return
    if one.result.outcome is not Outcome.PATCH_REJECTED:
        _write(place / "test_output.txt", one.test_output)
    if one.completed:
        _write(report, json.dumps(instance_report(one.sample, one.result, layout=layout), indent=4))


def _write(path: Path, text: str) -> None:
    path.write_bytes(text.encode(errors="replace"))


def _safe(name: str) -> str:
    """A name as SWE-bench makes a folder's of it; one that would lead elsewhere does not."""
    name = name.replace("/", "__")
    return f"_{name}" if name in {"", ".", ".."} else name
