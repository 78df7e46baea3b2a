"""The files that SWE-bench keeps of each instance: its report, what was run, and what that printed.

The official programs can read a folder of them again: what tests printed stands between their markers, unless the
result is `tampered`, for then nothing that was printed is to be read as statuses.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from boxscore import Outcome, PatchDetail, parse_log, replace_file, suite_ran

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from boxscore import PatchTask, Result, Sample

_NOT_COMPLETED = {Outcome.INTERNAL, Outcome.NO_CODE, Outcome.PATCH_REJECTED, Outcome.TIMEOUT}
_START, _END = ": '>>>>> Start Test Output'", ": '>>>>> End Test Output'"
_TIMED_OUT = "\n\nTimeout error: {seconds:.0f} seconds exceeded."
_BOX = "box"
_MISSING = "MISSING"


def held(result: Result) -> str:
    return result.output


class GradedPrediction(Struct, frozen=True, kw_only=True):
    """One prediction that is not empty, with its result (None: not graded yet) and its task, where that is known.

    `printed` finds the output of a result.
    """

    sample: Sample
    result: Result | None
    task: PatchTask | None = None
    printed: Callable[[Result], str] = held

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
        text = self.printed(self.result)
        if self.result.outcome is Outcome.TIMEOUT:
            return f"+ {_START}\n{text}{_TIMED_OUT.format(seconds=_test_s(self.result))}"
        if self.result.outcome is Outcome.TAMPERED:
            return text
        return f"+ {_START}\n{text}{'' if text.endswith(chr(10)) else chr(10)}+ {_END}\n"

    @property
    def instance_log(self) -> str:
        """What `run_instance.log` holds: what the official programs' is searched for, and our outcome."""
        if self.result is None:
            return "not graded\n"
        name, reason = self.result.instance_id, self.result.reason
        applied = (PatchDetail.of(self.result) or PatchDetail()).applied
        how = f">>>>> Applied Patch: {applied.rung}" if applied is not None else ">>>>> Patch Apply Failed"
        ran = "" if applied is None else f"Test runtime: {_test_s(self.result):_.2f} seconds\n"
        state = f"Result for {name}: resolved: {self.resolved}" if self.completed else f"Error in evaluation for {name}"
        return f"{how}\n{ran}{state}\nboxscore: {self.result.outcome}: {reason}\n"

    @property
    def failure(self) -> InfraFailure | None:
        """Why it was not resolved, where the environment is or may be the cause."""
        if self.resolved:
            return None
        if self.result is not None and self.result.outcome is Outcome.INTERNAL:
            return InfraFailure(reason="container_unavailable", environment=True)
        return classify(f"{self.test_output}\n{self.instance_log}")


def instance_report(sample: Sample, result: Result, *, task: PatchTask | None = None) -> dict[str, object]:
    """What `report.json` of an instance says; with its task it can tell whether the log speaks of tests at all."""
    detail = PatchDetail.of(result)
    applied = _was_applied(result, task)
    report: dict[str, object] = {
        "patch_is_None": False,
        "patch_exists": True,
        "patch_successfully_applied": applied,
        "resolved": result.outcome is Outcome.PASSED,
    }
    failure = None if applied else classify(GradedPrediction(sample=sample, result=result).test_output)
    report["infra_failure"] = failure is not None and failure.environment
    if failure is not None:
        report["infra_failure_reason"] = failure.reason
    if applied and detail is not None:
        report["tests_status"] = {
            "FAIL_TO_PASS": _split(detail.fail_to_pass),
            "PASS_TO_PASS": _split(detail.pass_to_pass),
            "FAIL_TO_FAIL": _split(((), ())),
            "PASS_TO_FAIL": _split(((), ())),
        }
    return {sample.instance_id: report}


def write_logs(place: Path, one: GradedPrediction) -> None:
    """Write the files of an instance into its folder. Raises OSError."""
    _write(place / "patch.diff", one.sample.text)
    _write(place / "eval.sh", "" if one.task is None else _eval_script(one.task))
    report = place / "report.json"
    report.unlink(missing_ok=True)
    _write(place / "run_instance.log", one.instance_log)
    if one.result is None:
        return
    if one.result.outcome is not Outcome.PATCH_REJECTED:
        _write(place / "test_output.txt", one.test_output)
    if one.completed:
        whole = structs.replace(one.result, output=one.printed(one.result))
        _write(report, json.dumps(instance_report(one.sample, whole, task=one.task), indent=4))


def _was_applied(result: Result, task: PatchTask | None) -> bool:
    detail = PatchDetail.of(result)
    if detail is None or result.outcome is Outcome.TAMPERED:
        return False
    if not any(detail.fail_to_pass) and not any(detail.pass_to_pass):
        return False
    if task is None or task.parser == _BOX or task.log_program is not None or set(detail.tests.values()) != {_MISSING}:
        return True
    return bool(parse_log(task.parser, result.output)) or suite_ran(result.output)


def _eval_script(task: PatchTask) -> str:
    """What was run, in the order of SWE-bench's script; writing the tests is no command here."""
    restored = "# the instance's test files and test configuration are written over the tree"
    lines = ("#!/bin/bash", f"cd {task.image.tree}", *task.build, restored, _START, *task.commands, _END)
    return "\n".join(lines) + "\n"


def _test_s(result: Result) -> float:
    known = (PatchDetail.of(result) or PatchDetail()).test_s
    return known if known is not None else result.wall_s or 0.0


def _split(tests: tuple[Sequence[str], Sequence[str]]) -> dict[str, list[str]]:
    return {"success": list(tests[0]), "failure": list(tests[1])}


def _write(path: Path, text: str) -> None:
    replace_file(path, text.encode(errors="replace"), sync=None)


# Signs in a log that not the patch but the environment failed, by the names that SWE-bench 5 has for them.
#
# They are advice for people who look at a run; no verdict comes of them.

_ENVIRONMENT = {
    "browser_launch_failed": r"Failed to launch|Failed to connect to the bus",
    "display_unavailable": r"cannot open display|Missing X server|unable to open X display",
    "out_of_memory": r"Cannot allocate memory|OutOfMemoryError|^Killed$",
    "container_unavailable": r"Error response from daemon|Cannot connect to the Docker daemon",
    "network_unreachable": r"Could not resolve host|Temporary failure in name resolution",
}
_AMBIGUOUS = {
    "missing_module": r"Cannot find module|MODULE_NOT_FOUND|ModuleNotFoundError",
    "no_tests_collected": r"no tests ran|collected 0 items",
    "tests_timed_out": r"Timeout error: \d+ seconds exceeded",
}


class InfraFailure(Struct, frozen=True, kw_only=True):
    """A reason by name, and whether it can only be the environment's."""

    reason: str
    environment: bool


def classify(log: str) -> InfraFailure | None:
    """The first reason, in a fixed order, that a log shows a sign of; None if it shows none."""
    for signs, environment in ((_ENVIRONMENT, True), (_AMBIGUOUS, False)):
        for reason, pattern in signs.items():
            if re.search(pattern, log, re.MULTILINE):
                return InfraFailure(reason=reason, environment=environment)
    return None
