"""Files of EvalPlus' family: samples, one a line, and beside them a document of results by task."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
from msgspec import Struct

from boxscore.data.plugin_calls import extract_code
from boxscore.errors import UsageError
from boxscore.exports.run import Written, named
from boxscore.file_names import distinct_names
from boxscore.protocols.unittest.task import UnittestDetail
from boxscore.records import Outcome, Sample, SampleKind
from boxscore.report.build import model_folder
from boxscore.report.numbers import counted
from boxscore.run.prepare import recorded_benchmark
from boxscore.score.statistics import pass_at_k

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from boxscore.exports.run import Destination, Exported, ExportedRun
    from boxscore.records import Result
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
    peer_tasks: Mapping[str, Place]
    rows: tuple[Exported, ...]
    program: Program
    benchmark: Benchmark | None
    records: Mapping[str, Mapping[str, Any]]

    def task_id(self, one: Exported) -> str:
        """The id that a sample's instance has with the peer."""
        return self.peer_tasks[one.sample.instance_id].task_id


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
        peer_tasks = {one: dialect.place(run, one) for one in run.record.instances}
        benchmark = recorded_benchmark(run.record.provenance)
        program, names = _program(benchmark), distinct_names(run.reports, model_folder)
        records = {one.instance_id: one.row for one in benchmark.every} if benchmark is not None else {}
        data_sets = sorted({one.data_set for one in peer_tasks.values()})
        first: Path | None = None
        with place.folder(ending) as part:
            for model, name in names.items():
                exported = tuple(
                    one for one in run.each(output=False) if _is_exported(one, model, several=len(names) > 1)
                )
                for data_set in data_sets:
                    rows = tuple(one for one in exported if peer_tasks[one.sample.instance_id].data_set == data_set)
                    stem = dialect.stem(run, name, data_set)
                    first = first or place.path(ending) / f"{stem}.jsonl"
                    given = Given(
                        run=run,
                        model=name,
                        peer_tasks=peer_tasks,
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

    name: str
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

    def then(self, run: ExportedRun, data_set: str, samples: Path) -> str:  # noqa: ARG002 - as `Dialect.then`
        """Its evaluation, which finds the results."""
        return f"{self.name}.evaluate --dataset {data_set} --samples {samples}"


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


def _is_exported(one: Exported, model: str, *, several: bool) -> bool:
    graded = one.result is not None and one.result.outcome is not Outcome.INTERNAL
    return graded and (not several or one.sample.model == model)


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


_EVALPLUS_TASK = re.compile(r"(HumanEval|Mbpp)/\d+")


class EvalPlus(WithParts):
    """What is EvalPlus' own."""

    name = "evalplus"

    def place(self, run: ExportedRun, instance_id: str) -> Place:
        """Its data sets are told by their ids. Raises UsageError for others."""
        known = _EVALPLUS_TASK.fullmatch(instance_id)
        if known is None:
            raise UsageError(f"{run.benchmark} has {instance_id!r}: EvalPlus knows HumanEval/… and Mbpp/… alone")
        return Place(known[1].lower(), instance_id)

    def stem(self, run: ExportedRun, model: str, data_set: str) -> str:  # noqa: ARG002 - as `Dialect.stem`
        """The model's name."""
        return model

    def head(self, given: Given) -> dict[str, Any]:
        """When the run began, and what EvalPlus calls the version of its data: the MD5 of the file, unpacked."""
        return {"date": when(given.run.record.provenance.started), "hash": _hash(given.benchmark)}


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


EVALPLUS = ByTask(EvalPlus())


_EVOEVAL_TASK = re.compile(r"([a-z_]+)/((?:EvoEval|HumanEval)/\d+)")


class EvoEval(WithParts):
    """What is EvoEval's own: a pair of files for each of its sets, whose ids repeat."""

    name = "evoeval"

    def place(self, run: ExportedRun, instance_id: str) -> Place:
        """The set stands before the id. Raises UsageError where none does."""
        known = _EVOEVAL_TASK.fullmatch(instance_id)
        if known is None:
            raise UsageError(f"{run.benchmark} has {instance_id!r}: EvoEval knows instances of its own sets alone")
        return Place(f"EvoEval_{known[1]}", known[2])

    def stem(self, run: ExportedRun, model: str, data_set: str) -> str:  # noqa: ARG002 - as `Dialect.stem`
        """The set's name, after the model's."""
        return f"{model}--{data_set}"

    def head(self, given: Given) -> dict[str, Any]:  # noqa: ARG002 - as `Dialect.head`
        """Nothing."""
        return {}


EVOEVAL = ByTask(EvoEval())


_BIGCODEBENCH_TASK = re.compile(r"BigCodeBench/\d+")
_K = (1, 5, 10)  # those that it computes unless it is asked for others
_PASSING = ("PASSED", "SKIPPED")
_STUB = "\n    pass\n"  # what its evaluation puts between the head of the function and a program, where it calibrates


class BigCodeBench:
    """What is BigCodeBench's own: whether programs are calibrated, what each test said, and a file of scores."""

    name = "bigcodebench"
    left_out: tuple[str, ...] = ("tracebacks: of tests that failed there is their status, and the message of one",)

    def place(self, run: ExportedRun, instance_id: str) -> Place:
        """Its own ids. Raises UsageError for others."""
        if _BIGCODEBENCH_TASK.fullmatch(instance_id) is None:
            raise UsageError(f"{run.benchmark} has {instance_id!r}: BigCodeBench knows BigCodeBench/… alone")
        return Place("bigcodebench", instance_id)

    def stem(self, run: ExportedRun, model: str, data_set: str) -> str:
        """Names as its generation gives them: what stands before `--bigcodebench-` is the model."""
        hard = "hard-" if _subset(run) == "hard" else ""
        calibrated = "-sanitized_calibrated" if _calibrated(run) else ""
        return f"{model}--{data_set}-{hard}{_split(run)}--boxscore{calibrated}"

    def head(self, given: Given) -> dict[str, Any]:
        """When the run began."""
        return {"date": when(given.run.record.provenance.started)}

    def sample(self, given: Given, one: Exported) -> dict[str, Any]:
        """The program without the stub: its evaluation puts that before it again."""
        line = whole_sample(given, one)
        stub = _stub(given, one.sample.instance_id)
        return {**line, "solution": line["solution"].removeprefix(stub)}

    def entry(self, given: Given, one: Exported) -> dict[str, Any]:
        """The program as it was run, and what is known of each test that did not pass."""
        result, program = one.result, whole_sample(given, one)["solution"]
        stub = _stub(given, one.sample.instance_id)
        return {
            "task_id": given.task_id(one),
            "solution": program if program.startswith(stub) else stub + program,
            "status": status_of(None if result is None else result.outcome),
            "details": {} if result is None else _details(result),
        }

    def more(self, given: Given) -> Mapping[str, dict[str, Any]]:
        """The scores, with how many references pass where they were graded first."""
        run = given.run
        n = Counter(given.task_id(one) for one in given.rows)
        c = Counter(given.task_id(one) for one in given.rows if one.result and one.result.outcome is Outcome.PASSED)
        scores = {
            f"pass@{k}": sum(pass_at_k(n[name], c[name], k) or 0.0 for name in n) / len(n)
            for k in _K
            if n and min(n.values()) >= k
        }
        failed = sorted({key[0] for key, one in run.results.items() if one.unresolvable})
        tried = len({key[0] for key in run.results})
        gated = not run.record.provenance.no_gate and tried > 0
        return {
            "_pass_at_k.json": {
                **scores,
                "model": given.model,
                "split": _split(run),
                "subset": _subset(run),
                "calibrated": _calibrated(run),
                "gt_pass_rate": 1 - len(failed) / tried if gated else None,
                "failed_tasks": failed if gated else None,
            }
        }

    def then(self, run: ExportedRun, data_set: str, samples: Path) -> str:
        """Its evaluation, which finds the results."""
        options = f"--split {_split(run)} --subset {_subset(run)} --samples {samples}"
        return f"{data_set}.evaluate --execution local {options}"


def _details(result: Result) -> dict[str, str]:
    """What each test said that did not pass, by the name of its method; ALL where no test is known."""
    if result.outcome is Outcome.PASSED:
        return {}
    tests = (UnittestDetail.of(result) or UnittestDetail()).tests
    failed = {name: status for name, status in tests.items() if status.upper() not in _PASSING}
    if not failed:
        return {"ALL": result.reason or str(result.outcome)}
    return {
        name.rpartition(".")[2]: f"{status}: {result.reason}\n" if f"{name}: " in result.reason else f"{status}\n"
        for name, status in failed.items()
    }


def _stub(given: Given, instance_id: str) -> str:
    """What stands before the programs of an instance, where they are calibrated and the run's data is here."""
    record = given.records.get(instance_id, {})
    return f"{record['code_prompt']}{_STUB}" if "code_prompt" in record and _calibrated(given.run) else ""


def _chosen(run: ExportedRun) -> list[str]:
    return run.benchmark.partition("@")[2].split("+")


def _calibrated(run: ExportedRun) -> bool:
    return "uncalibrated" not in _chosen(run)


def _subset(run: ExportedRun) -> str:
    return "hard" if "hard" in _chosen(run) else "full"


def _split(run: ExportedRun) -> str:
    sampling = run.record.provenance.sampling
    return "instruct" if sampling is not None and sampling.variant.startswith("instruct") else "complete"


BIGCODEBENCH = ByTask(BigCodeBench())
