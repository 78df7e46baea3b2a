"""`evocodebench_metrics.json`: Pass@k and Recall@k of a run, by domain too where rows have one."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import msgspec

from boxscore import Outcome, StoreError, pass_at_k, replace_file

from .dependencies import recall
from .splice import with_body

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from boxscore import GradedRun, Sample

    from .row import Row

FILE = "evocodebench_metrics.json"
KS = (1, 3, 5, 10)


def write_metrics(run: GradedRun, body_of: Any) -> list[Path]:
    """Write the file of a run; `body_of(row, sample)` is a sample's body, None of a patch.

    Raises StoreError where that fails.
    """
    by_instance: dict[str, list[Sample]] = defaultdict(list)
    for sample in run.samples:
        by_instance[sample.instance_id].append(sample)
    outcomes = {
        (one.instance_id, one.sample_id): one.outcome for one in run.results if one.outcome is not Outcome.INTERNAL
    }
    tasks: list[dict[str, Any]] = []
    for name, samples in by_instance.items():
        graded = [one for one in samples if (name, one.sample_id) in outcomes]
        fields = run.rows[name]
        row: Row = fields["row"]
        bodies = [body_of(row, one) for one in graded]
        recalls = [None if body is None else recall(row, body, files_with(body, fields)) for body in bodies]
        passed = sum(outcomes[name, one.sample_id] is Outcome.PASSED for one in graded)
        tasks.append({"domain": row.domain, "samples": len(graded), "passed": passed, "recalls": recalls})
    path = (run.files or run.folder) / FILE
    domains = sorted({task["domain"] for task in tasks if task["domain"] is not None})
    record = {
        "all": summary(tasks),
        "domains": {domain: summary([one for one in tasks if one["domain"] == domain]) for domain in domains},
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n")
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}") from error
    return [path]


def files_with(body: str, fields: Mapping[str, Any]) -> dict[str, bytes | str]:
    """The files of a row's repository, with a body in its place."""
    return {**dict(fields["repository"]), fields["row"].path: with_body(fields["source"], fields["row"], body)}


def summary(tasks: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Means over tasks; None for a k that some task has fewer samples than. Recall is over tasks with dependencies.

    Samples that are patches have no recall, and take their task out of its mean.
    """
    dependent = [task["recalls"] for task in tasks if task["recalls"] and None not in task["recalls"]]
    return {
        "tasks": len(tasks),
        "tasks_with_dependencies": len(dependent),
        "pass": {str(k): _mean([pass_at_k(task["samples"], task["passed"], k) for task in tasks]) for k in KS},
        "recall": {str(k): _mean([max(one[:k]) if len(one) >= k else None for one in dependent]) for k in KS},
    }


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known and len(known) == len(values) else None
