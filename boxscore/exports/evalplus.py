"""EvalPlus: samples, and the results that `evalplus.evaluate` 0.3.1 writes beside them and reads again."""

from __future__ import annotations

import gzip
import hashlib
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from boxscore.data.plugin_calls import extract_code
from boxscore.errors import UsageError
from boxscore.exports.contract import Written
from boxscore.exports.source import named
from boxscore.file_names import distinct_names
from boxscore.records import Outcome, Sample, SampleKind
from boxscore.report.build import model_folder
from boxscore.report.numbers import counted
from boxscore.run.recorded import recorded_benchmark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from boxscore.exports.place import Destination
    from boxscore.exports.source import Exported, ExportedRun
    from boxscore.run.prepare import Benchmark

    Program = Callable[[Exported], str]

_TASK = re.compile(r"(HumanEval|Mbpp)/\d+")
_ENDING = "-evalplus"
_BASE, _PLUS = "base", "plus"
_STATUS = {Outcome.PASSED: "pass", Outcome.TIMEOUT: "timeout"}  # all else is "fail" there


class EvalPlus:
    """The format `evalplus`."""

    def write(self, run: ExportedRun, place: Destination) -> Written:
        """Write two files for each model. Raises UsageError for a benchmark that EvalPlus does not know."""
        strange = next((one for one in run.record.instances if not _TASK.fullmatch(one)), None)
        if strange is not None:
            raise UsageError(f"{run.benchmark} has {strange!r}: EvalPlus knows HumanEval/… and Mbpp/… alone")
        benchmark = recorded_benchmark(run.record.provenance)
        program = _program(benchmark)
        names = distinct_names(run.reports, model_folder)
        with place.folder(_ENDING) as part:
            for model, name in names.items():
                rows = [one for one in run.each(output=False) if _is_told(one, model, several=len(names) > 1)]
                with (part / f"{name}.jsonl").open("wb") as file:
                    file.writelines(_sample_lines(run, rows, program))
                with (part / f"{name}_eval_results.json").open("wb") as file:
                    file.writelines(_results(run, rows, program, hashed=_hash(benchmark)))
        first = place.path(_ENDING) / f"{next(iter(names.values()))}.jsonl"
        return Written(
            what=f"{place.path(_ENDING)}: samples and results of {counted(len(names), 'model')}",
            left_out=(*run.unfinished(), *_left_out(run, benchmark)),
            then=f"evalplus.evaluate --dataset {_dataset(run)} --samples {first}",
        )


def _left_out(run: ExportedRun, benchmark: Benchmark | None) -> Iterator[str]:
    lost = [f"{key[0]} [{key[1]}]" for key, one in run.results.items() if one.outcome is Outcome.INTERNAL]
    if lost:
        yield f"{counted(len(lost), 'result')} that are internal, for which EvalPlus has no word: {named(lost)}"
    if benchmark is None:
        yield "programs: answers stand as they were given, since the run's data is not here"
    yield "the inputs that failed"


def _is_told(one: Exported, model: str, *, several: bool) -> bool:
    graded = one.result is not None and one.result.outcome is not Outcome.INTERNAL
    return graded and (not several or one.sample.model == model)


def _dataset(run: ExportedRun) -> str:
    return "mbpp" if any(one.startswith("Mbpp/") for one in run.record.instances) else "humaneval"


def _program(benchmark: Benchmark | None) -> Program:
    """Give what makes a whole program of an answer, which is what EvalPlus keeps."""
    if benchmark is None:
        return lambda one: one.sample.text
    instances = {one.instance_id: one for one in benchmark.every}

    def program(one: Exported) -> str:
        sample, instance = one.sample, instances.get(one.sample.instance_id)
        if instance is None or sample.kind is SampleKind.SOLUTION:
            return sample.text
        asked = Sample(instance_id=sample.instance_id, sample_id=sample.sample_id, text=sample.text, kind=sample.kind)
        return extract_code(benchmark.harness, instance, asked) or sample.text

    return program


def _sample_lines(run: ExportedRun, rows: list[Exported], program: Program) -> Iterator[bytes]:
    for one in rows:
        solution = run.clean(program(one))
        yield msgspec.json.encode({"task_id": one.sample.instance_id, "solution": solution}) + b"\n"


def _results(run: ExportedRun, rows: list[Exported], program: Program, *, hashed: str) -> Iterator[bytes]:
    """The document, an instance at a time: its texts may be more than what memory should hold twice."""
    head = msgspec.json.encode({"date": _date(run.record.provenance.started), "hash": hashed})
    yield head[:-1] + b',"eval":{'
    by_task: dict[str, list[Exported]] = {}
    for one in rows:
        by_task.setdefault(one.sample.instance_id, []).append(one)
    for number, (name, own) in enumerate(by_task.items()):
        entries = [_entry(run, one, program) for one in own]
        yield (b"," if number else b"") + msgspec.json.encode(name) + b":" + msgspec.json.encode(entries)
    yield b"}}\n"


def _entry(run: ExportedRun, one: Exported, program: Program) -> dict[str, Any]:
    result = one.result
    parts = {} if result is None else result.parts
    outcome = None if result is None else result.outcome
    base = parts.get(_BASE, outcome)
    plus = parts.get(_PLUS, outcome) if parts else None
    return {
        "task_id": one.sample.instance_id,
        "solution": run.clean(program(one)),
        "base_status": _status(base),
        "plus_status": None if plus is None else _status(plus),
        "base_fail_tests": [],
        "plus_fail_tests": [],
    }


def _status(outcome: Outcome | None) -> str:
    return "fail" if outcome is None else _STATUS.get(outcome, "fail")


def _date(started: str) -> str:
    """When the run began, as EvalPlus writes it."""
    try:
        return datetime.fromisoformat(started).strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return ""


def _hash(benchmark: Benchmark | None) -> str:
    """What EvalPlus calls the version of its data: the MD5 of the file, unpacked."""
    if benchmark is None:
        return ""
    path: Path = benchmark.data.path
    digest = hashlib.md5(usedforsecurity=False)
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


FORMAT = EvalPlus()
