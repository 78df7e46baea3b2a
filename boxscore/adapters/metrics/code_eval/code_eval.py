"""What `evaluate.load` reads: the metric `code_eval`, graded by boxscore. Nothing runs outside a sandbox."""

from __future__ import annotations

from typing import Any

import datasets
import evaluate

from boxscore.adapters.code_eval import code_eval

_DESCRIPTION = "pass@k of programs that are graded in boxscore's sandboxes, with the signature of `code_eval`."
_INPUTS = """
Args:
    predictions: for each task, a list of programs.
    references: for each task, the source of its tests, which use what a program defines.
    k: numbers of programs to consider (default: 1, 10 and 100).
    num_workers: taken and not used; BOXSCORE_WORKERS says how many boxes there are.
    timeout: cpu seconds for a program and its tests (default: 3).
Returns:
    pass_at_k: the estimate for each k.
    results: what became of each program, by task.
"""


@evaluate.utils.file_utils.add_start_docstrings(_DESCRIPTION, _INPUTS)
class CodeEval(evaluate.Metric):  # type: ignore[misc]  # it has no types
    """The metric."""

    def _info(self) -> evaluate.MetricInfo:
        features = {
            "predictions": datasets.Sequence(datasets.Value("string")),
            "references": datasets.Value("string"),
        }
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation="",
            inputs_description=_INPUTS,
            features=datasets.Features(features),
        )

    def _compute(self, predictions: list[list[str]], references: list[str], **options: Any) -> Any:
        return code_eval(references, predictions, **options)
