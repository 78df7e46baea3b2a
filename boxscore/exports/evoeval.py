"""EvoEval: samples, and the results that `evoeval.evaluate` 0.1.0 writes beside them and reads again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from boxscore.errors import UsageError
from boxscore.exports.by_task import ByTask, Place, WithParts

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.exports.by_task import Given
    from boxscore.exports.source import ExportedRun

_TASK = re.compile(r"([a-z_]+)/((?:EvoEval|HumanEval)/\d+)")


class EvoEval(WithParts):
    """What is EvoEval's own: a pair of files for each of its sets, whose ids repeat."""

    name = "evoeval"

    def place(self, run: ExportedRun, instance_id: str) -> Place:
        """The set stands before the id. Raises UsageError where none does."""
        known = _TASK.fullmatch(instance_id)
        if known is None:
            raise UsageError(f"{run.benchmark} has {instance_id!r}: EvoEval knows instances of its own sets alone")
        return Place(f"EvoEval_{known[1]}", known[2])

    def stem(self, run: ExportedRun, model: str, data_set: str) -> str:  # noqa: ARG002 - as `Dialect.stem`
        """The set's name, after the model's."""
        return f"{model}--{data_set}"

    def head(self, given: Given) -> dict[str, Any]:  # noqa: ARG002 - as `Dialect.head`
        """Nothing."""
        return {}

    def then(self, run: ExportedRun, data_set: str, samples: Path) -> str:  # noqa: ARG002 - as `Dialect.then`
        """Its evaluation, which finds the results."""
        return f"evoeval.evaluate --dataset {data_set} --samples {samples}"


FORMAT = ByTask(EvoEval())
