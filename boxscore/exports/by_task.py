"""Files of EvalPlus and EvoEval: samples, one a line, and beside them a document of results by task."""

from __future__ import annotations

import gzip
import hashlib
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from boxscore.data.plugin_calls import extract_code
from boxscore.errors import UsageError
from boxscore.exports.run import Written, named
from boxscore.file_names import distinct_names
from boxscore.records import Outcome, Sample, SampleKind
from boxscore.report.build import model_folder
from boxscore.report.numbers import counted
from boxscore.run.prepare import recorded_benchmark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from boxscore.exports.run import Destination, Exported, ExportedRun
    from boxscore.run.prepare import Benchmark

    Program = Callable[[Exported], str]

_STATUS = {Outcome.PASSED: "pass", Outcome.TIMEOUT: "timeout"}  # all else is "fail" there
_EVALPLUS_TASK = re.compile(r"(HumanEval|Mbpp)/\d+")
_EVOEVAL_TASK = re.compile(r"([a-z_]+)/((?:EvoEval|HumanEval)/\d+)")


class ByTask(Struct, frozen=True):
    """The format of `program`: evalplus, or evoeval, which has a pair of files for each of its sets."""

    program: str

    def write(self, run: ExportedRun, place: Destination) -> Written:
        """Write the files of each model and data set. Raises UsageError for a benchmark that the peer does not know."""
        ending = f"-{self.program}"
        tasks = {one: self._task(run.benchmark, one) for one in run.record.instances}
        benchmark = recorded_benchmark(run.record.provenance)
        program, names = _program(benchmark), distinct_names(run.reports, model_folder)
        data_sets = sorted({data_set for data_set, _ in tasks.values()})
        first: Path | None = None
        with place.folder(ending) as part:
            for model, name in names.items():
                exported = [
                    one
                    for one in run.each(output=False)
                    if one.result is not None
                    and one.result.outcome is not Outcome.INTERNAL
                    and (len(names) == 1 or one.sample.model == model)
                ]
                for data_set in data_sets:
                    stem = name if self.program == "evalplus" else f"{name}--{data_set}"
                    first = first or place.path(ending) / f"{stem}.jsonl"
                    by_task: dict[str, list[tuple[Exported, str]]] = {}
                    with (part / f"{stem}.jsonl").open("wb") as file:
                        for one in exported:
                            own_set, task_id = tasks[one.sample.instance_id]
                            if own_set == data_set:
                                code = run.clean(program(one))
                                by_task.setdefault(task_id, []).append((one, code))
                                file.write(msgspec.json.encode({"task_id": task_id, "solution": code}) + b"\n")
                    results = {
                        task_id: [_entry(task_id, one, code) for one, code in own] for task_id, own in by_task.items()
                    }
                    document = {**self._head(run, benchmark), "eval": results}
                    (part / f"{stem}_eval_results.json").write_bytes(msgspec.json.encode(document) + b"\n")
        return Written(
            what=f"{place.path(ending)}: samples and results of {counted(len(names), 'model')}",
            left_out=(*run.unfinished(), *_left_out(run, benchmark)),
            then="" if first is None else f"{self.program}.evaluate --dataset {data_sets[0]} --samples {first}",
        )

    def _task(self, benchmark: str, instance_id: str) -> tuple[str, str]:
        """The data set that an instance is of, and its id there."""
        if self.program == "evalplus":
            known = _EVALPLUS_TASK.fullmatch(instance_id)
            if known is None:
                raise UsageError(f"{benchmark} has {instance_id!r}: EvalPlus knows HumanEval/… and Mbpp/… alone")
            return known[1].lower(), instance_id
        known = _EVOEVAL_TASK.fullmatch(instance_id)
        if known is None:
            raise UsageError(f"{benchmark} has {instance_id!r}: EvoEval knows instances of its own sets alone")
        return f"EvoEval_{known[1]}", known[2]

    def _head(self, run: ExportedRun, benchmark: Benchmark | None) -> dict[str, str]:
        """When the run began, and what EvalPlus calls the version of its data; EvoEval has neither."""
        if self.program == "evoeval":
            return {}
        started = run.record.provenance.started
        try:
            date = datetime.fromisoformat(started).strftime("%Y-%m-%d %H:%M")
        except ValueError:
            date = ""
        return {"date": date, "hash": _hash(benchmark)}


def _entry(task_id: str, one: Exported, code: str) -> dict[str, Any]:
    """The statuses of `base` and, where there is such a part, of `plus`."""
    parts = {} if one.result is None else one.result.parts
    outcome = None if one.result is None else one.result.outcome
    plus = parts.get("plus", outcome) if parts else None
    return {
        "task_id": task_id,
        "solution": code,
        "base_status": _status(parts.get("base", outcome)),
        "plus_status": None if plus is None else _status(plus),
        "base_fail_tests": [],
        "plus_fail_tests": [],
    }


def _status(outcome: Outcome | None) -> str:
    return "fail" if outcome is None else _STATUS.get(outcome, "fail")


def _left_out(run: ExportedRun, benchmark: Benchmark | None) -> Iterator[str]:
    lost = [f"{key[0]} [{key[1]}]" for key, one in run.results.items() if one.outcome is Outcome.INTERNAL]
    if lost:
        yield f"{counted(len(lost), 'result')} that are internal, for which its program has no word: {named(lost)}"
    if benchmark is None:
        yield "programs: answers stand as they were given, since the run's data is not here"
    yield "the inputs that failed"


def _program(benchmark: Benchmark | None) -> Program:
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


def _hash(benchmark: Benchmark | None) -> str:
    """The MD5 of the data, unpacked."""
    if benchmark is None:
        return ""
    path: Path = benchmark.data.path
    digest = hashlib.md5(usedforsecurity=False)
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


write_evalplus, write_evoeval = ByTask("evalplus").write, ByTask("evoeval").write
