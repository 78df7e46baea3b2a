"""BigCodeBench: samples, and the results and scores that `bigcodebench.evaluate` 0.2.5 writes beside them."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from boxscore.errors import UsageError
from boxscore.exports.by_task import ByTask, Place, status_of, whole_sample
from boxscore.exports.evalplus import when
from boxscore.records import Outcome, UnittestDetail
from boxscore.score.statistics import pass_at_k

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from boxscore.exports.by_task import Given
    from boxscore.exports.source import Exported, ExportedRun
    from boxscore.records import Result

_TASK = re.compile(r"BigCodeBench/\d+")
_K = (1, 5, 10)  # those that it computes unless it is asked for others
_PASSING = ("PASSED", "SKIPPED")
_STUB = "\n    pass\n"  # what its evaluation puts between the head of the function and a program, where it calibrates


class BigCodeBench:
    """What is BigCodeBench's own: whether programs are calibrated, what each test said, and a file of scores."""

    name = "bigcodebench"
    left_out: tuple[str, ...] = ("tracebacks: of tests that failed there is their status, and the message of one",)

    def place(self, run: ExportedRun, instance_id: str) -> Place:
        """Its own ids. Raises UsageError for others."""
        if _TASK.fullmatch(instance_id) is None:
            raise UsageError(f"{run.benchmark} has {instance_id!r}: BigCodeBench knows BigCodeBench/… alone")
        return Place("bigcodebench", instance_id)

    def stem(self, run: ExportedRun, model: str, data_set: str) -> str:
        """Names as its generation gives them: what stands before `--bigcodebench-` is the model."""
        hard = "hard-" if _subset(run) == "hard" else ""
        calibrated = "-sanitized_calibrated" if _calibrated(run) else ""
        return f"{model}--{data_set}-{hard}{_split(run)}--boxscore{calibrated}"

    def head(self, given: Given) -> dict[str, Any]:
        """When the run began."""
        return {"date": when(given.run.record.provenance.started)}

    def sample(self, given: Given, one: Exported) -> dict[str, Any]:
        """The program without the stub: its evaluation puts that before it again."""
        line = whole_sample(given, one)
        stub = _stub(given, one.sample.instance_id)
        return {**line, "solution": line["solution"].removeprefix(stub)}

    def entry(self, given: Given, one: Exported) -> dict[str, Any]:
        """The program as it was run, and what is known of each test that did not pass."""
        result, program = one.result, whole_sample(given, one)["solution"]
        stub = _stub(given, one.sample.instance_id)
        return {
            "task_id": given.task_id(one),
            "solution": program if program.startswith(stub) else stub + program,
            "status": status_of(None if result is None else result.outcome),
            "details": {} if result is None else _details(result),
        }

    def more(self, given: Given) -> Mapping[str, dict[str, Any]]:
        """The scores, with how many references pass where they were graded first."""
        run = given.run
        n = Counter(given.task_id(one) for one in given.rows)
        c = Counter(given.task_id(one) for one in given.rows if one.result and one.result.outcome is Outcome.PASSED)
        scores = {
            f"pass@{k}": sum(pass_at_k(n[name], c[name], k) or 0.0 for name in n) / len(n)
            for k in _K
            if n and min(n.values()) >= k
        }
        failed = sorted({key[0] for key, one in run.results.items() if one.unresolvable})
        tried = len({key[0] for key in run.results})
        gated = not run.record.provenance.no_gate and tried > 0
        return {
            "_pass_at_k.json": {
                **scores,
                "model": given.model,
                "split": _split(run),
                "subset": _subset(run),
                "calibrated": _calibrated(run),
                "gt_pass_rate": 1 - len(failed) / tried if gated else None,
                "failed_tasks": failed if gated else None,
            }
        }

    def then(self, run: ExportedRun, data_set: str, samples: Path) -> str:
        """Its evaluation, which finds the results."""
        options = f"--split {_split(run)} --subset {_subset(run)} --samples {samples}"
        return f"{data_set}.evaluate --execution local {options}"


def _details(result: Result) -> dict[str, str]:
    """What each test said that did not pass, by the name of its method; ALL where no test is known."""
    if result.outcome is Outcome.PASSED:
        return {}
    tests = result.detail.tests if isinstance(result.detail, UnittestDetail) else {}
    failed = {name: status for name, status in tests.items() if status.upper() not in _PASSING}
    if not failed:
        return {"ALL": result.reason or str(result.outcome)}
    return {
        name.rpartition(".")[2]: f"{status}: {result.reason}\n" if f"{name}: " in result.reason else f"{status}\n"
        for name, status in failed.items()
    }


def _stub(given: Given, instance_id: str) -> str:
    """What stands before the programs of an instance, where they are calibrated and the run's data is here."""
    record = given.records.get(instance_id, {})
    return f"{record['code_prompt']}{_STUB}" if "code_prompt" in record and _calibrated(given.run) else ""


def _chosen(run: ExportedRun) -> list[str]:
    return run.benchmark.partition("@")[2].split("+")


def _calibrated(run: ExportedRun) -> bool:
    return "uncalibrated" not in _chosen(run)


def _subset(run: ExportedRun) -> str:
    return "hard" if "hard" in _chosen(run) else "full"


def _split(run: ExportedRun) -> str:
    """What models were asked with; samples from a file do not say."""
    sampling = run.record.provenance.sampling
    return "instruct" if sampling is not None and sampling.variant.startswith("instruct") else "complete"


FORMAT = ByTask(BigCodeBench())
