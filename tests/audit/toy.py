"""A benchmark of functions for tests of audits, and grading that opens no box: it runs our own programs."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

from boxscore.audit.run import Auditor
from boxscore.audit.work import AuditOptions, make_work
from boxscore.data.fetch import DataFile
from boxscore.data.function_harness import FunctionHarness
from boxscore.harness import DataSource
from boxscore.protocols.function.task import FunctionTask
from boxscore.records import Conditions, Instance, Limits, Outcome, Result, Trust
from boxscore.run.prepare import Benchmark
from boxscore.run.request import Request

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from boxscore.audit.findings import Audit
    from boxscore.audit.grading import Key, Observation, ToObserve
    from boxscore.records import Sample
    from boxscore.run.plan import Given


class Toy(FunctionHarness):
    """Prompts that are heads of functions."""

    name = "toy"
    title = "Toy"
    source = DataSource(path="toy.jsonl")


def instance(name: str, prompt: str, body: str | None, tests: str) -> Instance:
    entry_point = prompt.rpartition("def ")[2].partition("(")[0]
    row: dict[str, Any] = {"task_id": name, "prompt": prompt, "entry_point": entry_point, "tests": tests}
    reference = None if body is None else prompt + body
    return Instance(instance_id=name, prompt=prompt, row=row, reference=reference)


def benchmark(path: Path, *instances: Instance) -> Benchmark:
    data = DataFile(path=path, sha256="0" * 64, published=None)
    return Benchmark(harness=Toy(), data=data, every=instances, asked=instances)


class PlainGrading:
    """Runs code in this process: of tests alone. `flips` are samples whose second round differs."""

    def __init__(self, flips: tuple[Key, ...] = ()) -> None:
        self.flips = flips
        self.parts: list[str] = []
        self.stopped_before: str | None = None

    def references(self, benchmark: Benchmark, repeats: int) -> list[dict[Key, Result]] | None:
        rounds = []
        for number in range(repeats):
            found = {}
            for one in benchmark.asked:
                task = benchmark.harness.task(one)
                name = one.instance_id
                found[name, "gold"] = self.result(name, "gold", task, one.reference or "", flip=number == 1)
                found[name, "empty"] = self.result(name, "empty", task, "", flip=number == 1)
            rounds.append(found)
        return rounds

    def observed(self, benchmark: Benchmark, given: ToObserve, repeats: int) -> Observation | None:
        raise NotImplementedError

    def given(self, part: str, benchmark: Benchmark, samples: list[Sample], given: Given) -> dict[Key, Result] | None:
        if part == self.stopped_before:
            return None
        self.parts.append(part)
        assert {one.instance_id for one in samples} <= {one.instance_id for one in benchmark.asked}
        return {key: self.result(*key, given.tasks[key[0]], code) for key, code in given.codes.items()}

    def result(self, name: str, sample: str, task: Any, code: str, *, flip: bool = False) -> Result:
        assert isinstance(task, FunctionTask)
        outcome, reason = outcome_of(task, code)
        if flip and (name, sample) in self.flips:
            outcome = Outcome.WRONG
        return Result(
            instance_id=name,
            sample_id=sample,
            outcome=outcome,
            reason=reason,
            trust=Trust.ORACLE,
            cpu_s=0.01,
            wall_s=0.02,
            conditions=Conditions(backend="fake", limits=Limits(cpu_s=3.0)),
        )


def outcome_of(task: FunctionTask, code: str) -> tuple[Outcome, str]:
    space: dict[str, Any] = {}
    try:
        exec(code, space)
        if task.inputs is None:
            exec(task.helpers + (task.tests or ""), space)
            return Outcome.PASSED, ""
        known: dict[str, Any] = {}
        exec(task.reference or "", known)
        checker: dict[str, Any] = {}
        exec(task.inputs.checker or "", checker)
        accept: Callable[..., bool] = checker["accept"]
        expected = [known[task.entry_point](*one) for one in task.inputs.arguments]
        for number, one in enumerate(task.inputs.arguments):
            if not accept(number, one, space[task.entry_point](*one), expected):
                return Outcome.WRONG, f"input {number}: not the expected answer"
    except AssertionError as error:
        return Outcome.WRONG, str(error)
    except Exception as error:  # noqa: BLE001 - a mutant may raise anything
        return Outcome.ERROR, type(error).__name__
    finally:
        signal.signal(signal.SIGVTALRM, signal.SIG_DFL)  # which programs that are compared handle
    return Outcome.PASSED, ""


def audited(
    given: Benchmark, options: AuditOptions | None = None, grading: PlainGrading | None = None
) -> tuple[Audit | None, list[str]]:
    options, said = options or AuditOptions(), list[str]()
    work = make_work(Request(benchmark="toy"), given, options)
    auditor = Auditor(given, work, options, grading=grading or PlainGrading())
    return auditor.audit(backend="fake", say=said.append), said
