"""The metric `code_eval` of Hugging Face's `evaluate`, with verdicts that a program cannot write itself.

`evaluate.load(str(metric_folder()))` gives it; `code_eval` here is the same as a plain function. Signature and shape of
the result are those of the original. Programs are graded in the boxes of the process's one engine, which stays warm
from call to call: lm-eval calls the metric once for each document.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boxscore.adapters.engine import Submission, grade_all
from boxscore.adapters.entry_points import task_of_tests
from boxscore.adapters.rewards import reward_or_raise
from boxscore.errors import UsageError
from boxscore.records import Limits, Outcome
from boxscore.score.statistics import pass_at_k

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from boxscore.records import Result

    Candidate = tuple[int, dict[str, Any]]

DIALECT = "code_eval"
SECONDS = 3.0


def code_eval(
    references: Sequence[str],
    predictions: Sequence[Sequence[str]],
    k: int | Sequence[int] = (1, 10, 100),
    num_workers: int = 4,  # noqa: ARG001 - as many as the engine has boxes
    timeout: float = SECONDS,
) -> tuple[dict[str, float], dict[int, list[Candidate]]]:
    """Grade programs by tests, and estimate pass@k for each k that every task has enough programs for.

    `references` are the sources of tests, one for each task, that use what a program defines: asserts, or a `check` and
    its call. `predictions` are the programs for each. `timeout` is in cpu seconds. The second value has for each task
    its candidates by number, with `task_id`, `passed`, `result` and `completion_id`.

    Raises:
        NoVerdict: A program was not judged, for no fault of its own.
        UsageError: The lists are of different lengths, or a reference is not Python or tests nothing of a program's.
    """
    if len(references) != len(predictions):
        raise UsageError(f"there are {len(references)} references and {len(predictions)} lists of predictions")
    limits = Limits(cpu_s=timeout, wall_s=max(Limits().wall_s, timeout))
    tasks = [
        task_of_tests(reference, programs, limits=limits)
        for reference, programs in zip(references, predictions, strict=True)
    ]
    places = [(task, number) for task, programs in enumerate(predictions) for number in range(len(programs))]
    results = grade_all([Submission(task=tasks[task], code=predictions[task][number]) for task, number in places])
    rows: dict[int, list[Candidate]] = {}
    for (task, number), result in zip(places, results, strict=True):
        passed = reward_or_raise(result, dialect=DIALECT) == 1.0
        row = {"task_id": task, "passed": passed, "result": _words(result), "completion_id": number}
        rows.setdefault(task, []).append((number, row))
    counts = [(len(found), sum(row["passed"] for _, row in found)) for found in rows.values()]
    return _estimates(counts, [k] if isinstance(k, int) else k), rows


def metric_folder() -> Path:
    """The folder that `evaluate.load` takes for the name of a metric."""
    from pathlib import Path  # noqa: PLC0415 - for this only

    return Path(__file__).with_name("metrics") / "code_eval"


def _estimates(counts: Sequence[tuple[int, int]], ks: Sequence[int]) -> dict[str, float]:
    """Means over tasks; a k that is more than the programs of some task is left out, as in the original."""
    estimates: dict[str, float] = {}
    for k in ks:
        each = [pass_at_k(n, c, k) for n, c in counts]
        known = [one for one in each if one is not None]
        if each and len(known) == len(each):
            estimates[f"pass@{k}"] = sum(known) / len(known)
    return estimates


def _words(result: Result) -> str:
    if result.outcome is Outcome.PASSED:
        return "passed"
    if result.outcome is Outcome.TIMEOUT:
        return "timed out"
    return f"failed: {result.outcome.value}: {result.reason}".rstrip(": ")
