"""What is written of a run: the metrics, and the result files of the benchmark's own program."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import msgspec

import boxscore
from boxscore import Outcome, ProjectDetail

from .metrics import Verdict, plain, scores
from .part import Wise

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from boxscore import GradedRun, Result, Sample

METRICS_FILE = "javabench_metrics.json"
CLASS_WISE, TEST_WISE, PROJECT_WISE = "single_class.json", "result-full.json", "project_wise.json"
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

    def files(self, wise: Wise) -> Mapping[tuple[str, str], Any]:
        """The documents of the benchmark's own program, by project and name of the file."""
        found: dict[tuple[str, str], Any] = {}
        for name, own in self.by_instance.items():
            project = name.partition("/")[0]
            if wise is Wise.TEST:
                found.setdefault((project, TEST_WISE), {})[name] = [_of_suite(name, one) for one in own]
            elif wise is Wise.CLASS:
                found.setdefault((project, CLASS_WISE), []).extend(_of_class(name, one) for one in own)
            else:
                found.setdefault((project, PROJECT_WISE), []).extend(_of_project(one) for one in own)
        return found


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


def write_results(run: GradedRun, wise: Wise) -> Sequence[Path]:
    """Write the metrics beside the run, or all files into the folder that was asked for. Raises StoreError."""
    by_model: dict[str, list[Sample]] = defaultdict(list)
    for sample in run.samples:
        by_model[sample.model].append(sample)
    graded = {model: Graded(run, samples) for model, samples in by_model.items()}
    folder = run.files or run.folder
    try:
        if run.files is not None:
            boxscore.make_own_folder(run.files)
            for model, name in boxscore.distinct_names(
                graded, lambda one: boxscore.plain_name(one or "samples")
            ).items():
                _write_files(graded[model].files(wise), run.files, name)
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


def _write_files(files: Mapping[tuple[str, str], Any], folder: Path, model: str) -> None:
    for (project, name), document in files.items():
        _write(boxscore.folder_within(folder, f"result-{project}", model) / name, document)


def _write(path: Path, document: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    boxscore.replace_file(path, msgspec.json.format(msgspec.json.encode(document), indent=4) + b"\n")
    return path


def _of_class(name: str, one: Result) -> dict[str, Any]:
    return {
        "task_id": name,
        "compile_errors": _errors(one),
        "test_result": counts(one),
        "has_todo": has_todo(one),
        "can_replace": can_replace(one),
    }


def _of_suite(name: str, one: Result) -> dict[str, Any]:
    return {
        "test_id": name,
        "compilable": detail_of(one).compiled is True,
        "n_pass": counts(one),
        "has_todo": has_todo(one),
        "can_replace": can_replace(one),
    }


def _of_project(one: Result) -> dict[str, Any]:
    return {
        "compile_error": _errors(one),
        "n_pass": counts(one),
        "has_todo": has_todo(one),
        "can_replace": can_replace(one),
    }


def _errors(one: Result) -> int:
    """How many errors the compiler told; 1 where it told none and yet failed, as it may by a limit."""
    detail = detail_of(one)
    return 0 if detail.compiled is True else max(1, len(detail.errors))
