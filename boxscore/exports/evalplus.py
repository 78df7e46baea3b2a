"""EvalPlus: samples, and the results that `evalplus.evaluate` 0.3.1 writes beside them and reads again."""

from __future__ import annotations

import gzip
import hashlib
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from boxscore.errors import UsageError
from boxscore.exports.by_task import ByTask, Place, WithParts

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.exports.by_task import Given
    from boxscore.exports.source import ExportedRun
    from boxscore.run.prepare import Benchmark

_TASK = re.compile(r"(HumanEval|Mbpp)/\d+")


class EvalPlus(WithParts):
    """What is EvalPlus' own."""

    name = "evalplus"

    def place(self, run: ExportedRun, instance_id: str) -> Place:
        """Its data sets are told by their ids. Raises UsageError for others."""
        known = _TASK.fullmatch(instance_id)
        if known is None:
            raise UsageError(f"{run.benchmark} has {instance_id!r}: EvalPlus knows HumanEval/… and Mbpp/… alone")
        return Place(known[1].lower(), instance_id)

    def stem(self, run: ExportedRun, model: str, data_set: str) -> str:  # noqa: ARG002 - as `Dialect.stem`
        """The model's name."""
        return model

    def head(self, given: Given) -> dict[str, Any]:
        """When the run began, and what EvalPlus calls the version of its data: the MD5 of the file, unpacked."""
        return {"date": when(given.run.record.provenance.started), "hash": _hash(given.benchmark)}

    def then(self, run: ExportedRun, data_set: str, samples: Path) -> str:  # noqa: ARG002 - as `Dialect.then`
        """Its evaluation, which finds the results."""
        return f"evalplus.evaluate --dataset {data_set} --samples {samples}"


def when(started: str) -> str:
    """When a run began, as EvalPlus writes it."""
    try:
        return datetime.fromisoformat(started).strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return ""


def _hash(benchmark: Benchmark | None) -> str:
    if benchmark is None:
        return ""
    path: Path = benchmark.data.path
    digest = hashlib.md5(usedforsecurity=False)
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


FORMAT = ByTask(EvalPlus())
