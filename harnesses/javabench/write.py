"""What is written of a run: the metrics of JavaBench."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import msgspec

import boxscore
from boxscore import Outcome, ProjectDetail

from .metrics import Verdict, plain, scores

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from boxscore import GradedRun, Result, Sample

METRICS_FILE = "javabench_metrics.json"
KS = (1, 3, 5)
NO_CODE = ProjectDetail()


class Graded:
    """The results of one model, by instance, in the order of its samples."""

    def __init__(self, run: GradedRun, samples: Iterable[Sample]) -> None:
        """Match samples and results; those that are our trouble are left out."""
        results = {(one.instance_id, one.sample_id): one for one in run.results}
        self.by_instance: dict[str, list[Result]] = defaultdict(list)
        for sample in samples:
            result = results.get((sample.instance_id, sample.sample_id))
            if result is not None and result.outcome is not Outcome.INTERNAL:
                self.by_instance[sample.instance_id].append(result)

    def verdicts(self) -> list[Verdict]:
        return [
            Verdict(
                task=name,
                whole=can_replace(one) and not has_todo(one),
                compiled=detail_of(one).compiled is True,
                passed=counts(one)[0],
                total=counts(one)[1],
            )
            for name, own in self.by_instance.items()
            for one in own
        ]


def detail_of(result: Result) -> ProjectDetail:
    """What is known of a sample beyond its outcome; that nothing is, where it was not compiled."""
    return result.detail if isinstance(result.detail, ProjectDetail) else NO_CODE


def can_replace(result: Result) -> bool:
    return result.detail is not None


def has_todo(result: Result) -> bool:
    return bool(detail_of(result).incomplete)


def counts(result: Result) -> tuple[int, int]:
    """How many tests passed, and how many there were; none where nothing ran.

    Where a method was run with several parameters, each time counts, as the benchmark has it.
    """
    detail = detail_of(result)
    if detail.compiled is not True:
        return 0, 0
    several = detail.invocations
    each = [several.get(name, (int(status == "PASSED"), 1)) for name, status in detail.tests.items()]
    return sum(passed for passed, _ in each), sum(every for _, every in each)


def write_results(run: GradedRun) -> Sequence[Path]:
    """Write the metrics beside the run, or into the folder for the benchmark's files. Raises StoreError."""
    by_model: dict[str, list[Sample]] = defaultdict(list)
    for sample in run.samples:
        by_model[sample.model].append(sample)
    graded = {model: Graded(run, samples) for model, samples in by_model.items()}
    folder = run.files or run.folder
    try:
        if run.files is not None:
            boxscore.make_own_folder(run.files)
        told = {model: _metrics(own) for model, own in graded.items()}
        return [_write(folder / METRICS_FILE, told[""] if set(told) == {""} else told)]
    except OSError as error:
        raise boxscore.StoreError(f"{folder} cannot be written: {error.strerror}") from error


def _metrics(graded: Graded) -> dict[str, Any]:
    verdicts = graded.verdicts()
    least = min((len(own) for own in graded.by_instance.values()), default=0)
    if not least:
        return {"scores": [], "reason": "no sample was graded"}
    return {"scores": [plain(scores(verdicts, k=k, samples=least)) for k in KS if k <= least]}


def _write(path: Path, document: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    boxscore.replace_file(path, msgspec.json.format(msgspec.json.encode(document), indent=4) + b"\n")
    return path
