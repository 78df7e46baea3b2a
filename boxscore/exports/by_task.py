"""Files of EvalPlus' family: samples, one a line, and beside them a document of results by task.

EvalPlus, EvoEval and BigCodeBench each find such results beside the samples that they are given, and compute their
scores from them in place of running anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import msgspec
from msgspec import Struct

from boxscore.data.plugin_calls import extract_code
from boxscore.exports.contract import Written
from boxscore.exports.source import named
from boxscore.file_names import distinct_names
from boxscore.records import Outcome, Sample, SampleKind
from boxscore.report.build import model_folder
from boxscore.report.numbers import counted
from boxscore.run.recorded import recorded_benchmark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from boxscore.exports.place import Destination
    from boxscore.exports.source import Exported, ExportedRun
    from boxscore.run.prepare import Benchmark

    Program = Callable[[Exported], str]

_STATUS = {Outcome.PASSED: "pass", Outcome.TIMEOUT: "timeout"}  # all else is "fail" there


class Place(Struct, frozen=True):
    """Where a peer has an instance: the name of its data set, and the id that it has there."""

    data_set: str
    task_id: str


class Given(Struct, frozen=True, kw_only=True):
    """What documents are made of: the run, the model's name as in files, the samples, and what makes programs of them.

    `records` are the benchmark's own, by instance; where its data is not here, there are none.
    """

    run: ExportedRun
    model: str
    places: Mapping[str, Place]
    rows: tuple[Exported, ...]
    program: Program
    benchmark: Benchmark | None
    records: Mapping[str, Mapping[str, Any]]

    def task_id(self, one: Exported) -> str:
        """The id that a sample's instance has with the peer."""
        return self.places[one.sample.instance_id].task_id


class Dialect(Protocol):
    """What one of the family does in its own way.

    `name` is what users call it and `left_out` what its own files have that cannot be known here.
    """

    name: str
    left_out: tuple[str, ...]

    def place(self, run: ExportedRun, instance_id: str) -> Place:
        """Say which task an instance is. Raises UsageError for one that the peer does not know."""

    def stem(self, run: ExportedRun, model: str, data_set: str) -> str:
        """The name of a file of samples, without its ending."""

    def head(self, given: Given) -> dict[str, Any]:
        """What stands in the document before the results."""

    def sample(self, given: Given, one: Exported) -> dict[str, Any]:
        """A line of the samples."""

    def entry(self, given: Given, one: Exported) -> dict[str, Any]:
        """A result."""

    def more(self, given: Given) -> Mapping[str, dict[str, Any]]:
        """Documents beside these, by the ending of their names."""

    def then(self, run: ExportedRun, data_set: str, samples: Path) -> str:
        """The command that reads them."""


class ByTask:
    """A format of the family, in one of its dialects."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    def write(self, run: ExportedRun, place: Destination) -> Written:
        """Write the files of each model and data set. Raises UsageError for a benchmark that the peer does not know."""
        dialect, ending = self._dialect, f"-{self._dialect.name}"
        places = {one: dialect.place(run, one) for one in run.record.instances}
        benchmark = recorded_benchmark(run.record.provenance)
        program, names = _program(benchmark), distinct_names(run.reports, model_folder)
        records = {one.instance_id: one.row for one in benchmark.every} if benchmark is not None else {}
        data_sets = sorted({one.data_set for one in places.values()})
        first: Path | None = None
        with place.folder(ending) as part:
            for model, name in names.items():
                told = tuple(one for one in run.each(output=False) if _is_told(one, model, several=len(names) > 1))
                for data_set in data_sets:
                    rows = tuple(one for one in told if places[one.sample.instance_id].data_set == data_set)
                    stem = dialect.stem(run, name, data_set)
                    first = first or place.path(ending) / f"{stem}.jsonl"
                    given = Given(
                        run=run,
                        model=name,
                        places=places,
                        rows=rows,
                        program=program,
                        benchmark=benchmark,
                        records=records,
                    )
                    _write(dialect, given, part, stem)
        return Written(
            what=f"{place.path(ending)}: samples and results of {counted(len(names), 'model')}",
            left_out=(*run.unfinished(), *_left_out(run, benchmark, dialect)),
            then="" if first is None else dialect.then(run, data_sets[0], first),
        )


def status_of(outcome: Outcome | None) -> str:
    """What the family calls an outcome."""
    return "fail" if outcome is None else _STATUS.get(outcome, "fail")


class WithParts:
    """What EvalPlus and EvoEval do alike: results have a status for each part, and there are no further documents."""

    left_out: tuple[str, ...] = ("the inputs that failed",)

    def sample(self, given: Given, one: Exported) -> dict[str, Any]:
        """The whole program."""
        return whole_sample(given, one)

    def entry(self, given: Given, one: Exported) -> dict[str, Any]:
        """The statuses of `base` and, where there is such a part, of `plus`."""
        parts = {} if one.result is None else one.result.parts
        outcome = None if one.result is None else one.result.outcome
        plus = parts.get("plus", outcome) if parts else None
        return {
            **whole_sample(given, one),
            "base_status": status_of(parts.get("base", outcome)),
            "plus_status": None if plus is None else status_of(plus),
            "base_fail_tests": [],
            "plus_fail_tests": [],
        }

    def more(self, given: Given) -> Mapping[str, dict[str, Any]]:  # noqa: ARG002 - as `Dialect.more`
        """Nothing."""
        return {}


def whole_sample(given: Given, one: Exported) -> dict[str, Any]:
    """A line with the whole program."""
    return {"task_id": given.task_id(one), "solution": given.run.clean(given.program(one))}


def _write(dialect: Dialect, given: Given, part: Path, stem: str) -> None:
    with (part / f"{stem}.jsonl").open("wb") as file:
        file.writelines(msgspec.json.encode(dialect.sample(given, one)) + b"\n" for one in given.rows)
    with (part / f"{stem}_eval_results.json").open("wb") as file:
        file.writelines(_results(dialect, given))
    for ending, document in dialect.more(given).items():
        (part / f"{stem}{ending}").write_bytes(msgspec.json.format(msgspec.json.encode(document)) + b"\n")


def _results(dialect: Dialect, given: Given) -> Iterator[bytes]:
    """The document, an instance at a time: its texts may be more than what memory should hold twice."""
    head = msgspec.json.encode(dialect.head(given))
    yield head[:-1] + (b"," if head != b"{}" else b"") + b'"eval":{'
    by_task: dict[str, list[Exported]] = {}
    for one in given.rows:
        by_task.setdefault(given.task_id(one), []).append(one)
    for number, (name, own) in enumerate(by_task.items()):
        entries = [dialect.entry(given, one) for one in own]
        yield (b"," if number else b"") + msgspec.json.encode(name) + b":" + msgspec.json.encode(entries)
    yield b"}}\n"


def _left_out(run: ExportedRun, benchmark: Benchmark | None, dialect: Dialect) -> Iterator[str]:
    lost = [f"{key[0]} [{key[1]}]" for key, one in run.results.items() if one.outcome is Outcome.INTERNAL]
    if lost:
        yield f"{counted(len(lost), 'result')} that are internal, for which its program has no word: {named(lost)}"
    if benchmark is None:
        yield "programs: answers stand as they were given, since the run's data is not here"
    yield from dialect.left_out


def _is_told(one: Exported, model: str, *, several: bool) -> bool:
    graded = one.result is not None and one.result.outcome is not Outcome.INTERNAL
    return graded and (not several or one.sample.model == model)


def _program(benchmark: Benchmark | None) -> Program:
    """Give what makes a whole program of an answer, which is what the family keeps."""
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
