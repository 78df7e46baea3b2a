"""EvoEval: samples, and the results that `evoeval.evaluate` 0.1.0 writes beside them and reads again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from boxscore.errors import UsageError
from boxscore.exports.by_task import ByTask, Place, parts_entry, whole_sample

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from boxscore.exports.by_task import Given
    from boxscore.exports.source import Exported, ExportedRun

_TASK = re.compile(r"([a-z_]+)/((?:EvoEval|HumanEval)/\d+)")


class EvoEval:
    """What is EvoEval's own: a pair of files for each of its sets, whose ids repeat."""

    name = "evoeval"
    left_out: tuple[str, ...] = ("the inputs that failed",)

    def place(self, run: ExportedRun, instance_id: str) -> Place:
        """The set stands before the id. Raises UsageError where none does."""
        known = _TASK.fullmatch(instance_id)
        if known is None:
            raise UsageError(f"{run.benchmark} has {instance_id!r}: EvoEval knows instances of its own sets alone")
        return Place(f"EvoEval_{known[1]}", known[2])

    def stem(self, run: ExportedRun, model: str, data_set: str) -> str:  # noqa: ARG002 - as others are asked
        """The set's name, after the model's."""
        return f"{model}--{data_set}"

    def head(self, given: Given) -> dict[str, Any]:  # noqa: ARG002 - as others are asked
        """Nothing."""
        return {}

    def sample(self, given: Given, one: Exported) -> dict[str, Any]:
        """The whole program."""
        return whole_sample(given, one)

    def entry(self, given: Given, one: Exported) -> dict[str, Any]:
        """The status of each part; sets without parts have `base` alone."""
        return parts_entry(given, one)

    def more(self, given: Given) -> Mapping[str, dict[str, Any]]:  # noqa: ARG002 - as others are asked
        """Nothing."""
        return {}

    def then(self, run: ExportedRun, data_set: str, samples: Path) -> str:  # noqa: ARG002 - as others are asked
        """Its evaluation, which finds the results."""
        return f"evoeval.evaluate --dataset {data_set} --samples {samples}"


FORMAT = ByTask(EvoEval())
