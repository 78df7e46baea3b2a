"""What an audit grades: stubs, mutants and shown examples of each instance, made before any box opens."""

from __future__ import annotations

import ast
import builtins
import difflib
import re
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from boxscore import syntax
from boxscore.audit.findings import Finding, FindingKind, finding
from boxscore.audit.grading import to_observe
from boxscore.audit.mutants import Mutant, mutants
from boxscore.data.shown_examples import shown_asserts
from boxscore.protocols.contract import Audits
from boxscore.protocols.registry import entry_point_of, role
from boxscore.records import Outcome, Sample
from boxscore.run.plan import asked_task, reference_code

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from boxscore.audit.grading import Key
    from boxscore.protocols.contract import Task
    from boxscore.records import Instance, Result
    from boxscore.run.prepare import Benchmark
    from boxscore.run.request import Request


STUBS = {"none": "None", "true": "True", "false": "False", "zero": "0", "empty-text": "''", "empty-list": "[]"}
"""What functions that do nothing return, by the names of their samples."""
EXAMPLE_MARK = " #"  # between an instance and the number of an example in its prompt


class AuditOptions(Struct, frozen=True, kw_only=True):
    """How much is looked at: rounds of references, mutants of each and inputs to compare them on, and of which seed."""

    repeats: int = 2
    mutants: int = 10
    inputs: int = 100
    seed: int = 0


class Example(Struct, frozen=True, kw_only=True):
    """An example that a prompt shows, as an assert of the reference."""

    instance_id: str
    assertion: str


class AuditWork(Struct, frozen=True, kw_only=True):
    """All that is graded by tasks and code, none of it of a model.

    `observed` are instances whose protocol validates by samples of its own: they have rounds, and nothing else.
    """

    tasks: dict[str, Task]
    references: dict[str, str]
    observed: dict[str, tuple[Task, Mapping[str, str]]]
    stubs: dict[Key, str]
    mutants: dict[Key, Mutant]
    examples: dict[str, tuple[Example, Task]]

    def gradings(self, repeats: int) -> dict[str, int]:
        """How many samples of each kind are graded; those of survivors come on top."""
        first = sum(len(self.observed[name][1]) if name in self.observed else 2 for name in self.tasks)
        return {
            "references and empty samples": repeats * first,
            "stubs": len(self.stubs),
            "mutants": len(self.mutants),
            "examples": len(self.examples),
        }


def samples_of(codes: Mapping[Key, str]) -> list[Sample]:
    """Samples with such code."""
    return [Sample(instance_id=name, sample_id=sample, text=code) for (name, sample), code in codes.items()]


def make_work(request: Request, benchmark: Benchmark, options: AuditOptions) -> AuditWork:
    """Make tasks, stubs, mutants and examples of what was asked for. Raises HarnessError."""
    harness = benchmark.harness
    tasks = {one.instance_id: asked_task(harness, one, cpu_s=request.cpu_s) for one in benchmark.asked}
    observed = to_observe(tasks)
    references = {}
    for one in benchmark.asked:
        code = reference_code(harness, one) if one.instance_id not in observed else None
        if code is not None:
            references[one.instance_id] = code
    work = AuditWork(
        tasks=tasks,
        references=references,
        observed=observed,
        stubs={},
        mutants={},
        examples={},
    )
    for one in benchmark.asked:
        name = one.instance_id
        if name in observed:
            continue
        work.stubs.update({(name, f"stub-{kind}"): code for kind, code in _stubs(tasks[name])})
        made = _mutants(one, tasks[name], references.get(name), options)
        work.mutants.update({(name, f"mutant-{number}"): mutant for number, mutant in enumerate(made, 1)})
        if name in references:
            work.examples.update(_examples(one, tasks[name]))
    return work


def diff_of(reference: str, mutant: str) -> str:
    """Show what a mutant changes, as a unified diff with one line of context; its two header lines name no file."""
    lines = difflib.unified_diff(
        reference.splitlines(), mutant.splitlines(), "reference", "reference", n=1, lineterm=""
    )
    return "\n".join(lines)


def _stubs(task: Task) -> Iterator[tuple[str, str]]:
    name = entry_point_of(task)
    if name is not None:
        for kind, value in STUBS.items():
            yield kind, f"def {name}(*_, **__):\n    return {value}\n"


def _mutants(instance: Instance, task: Task, reference: str | None, options: AuditOptions) -> list[Mutant]:
    if reference is None or not options.mutants:
        return []
    name = entry_point_of(task) or ""
    return mutants(reference, entry_point=name, most=options.mutants, seed=options.seed, given=instance.prompt)


def _examples(instance: Instance, task: Task) -> Iterator[tuple[str, tuple[Example, Task]]]:
    protocol = role(task, Audits)
    if protocol is None:
        return
    name = protocol.entry_point(task)
    for number, assertion in enumerate(shown_asserts(instance.prompt, name), 1):
        if not _is_complete(assertion, name, instance.prompt):
            continue
        alone = protocol.on_asserts(task, (assertion,))
        if alone is not None:
            example = Example(instance_id=instance.instance_id, assertion=assertion)
            yield f"{instance.instance_id}{EXAMPLE_MARK}{number}", (example, alone)


def with_examples(benchmark: Benchmark, examples: Mapping[str, Example]) -> Benchmark:
    """The benchmark with an instance for each example, so that each is graded by itself."""
    known = {one.instance_id: one for one in benchmark.asked}
    asked = tuple(
        replace(known[example.instance_id], instance_id=name, cluster=None) for name, example in examples.items()
    )
    return replace(benchmark, every=asked, asked=asked)


def example_findings(results: Mapping[str, Result], examples: Mapping[str, Example]) -> Iterator[Finding]:
    """What references contradict, by results of examples: those of an instance in one finding."""
    untrue: dict[str, list[str]] = {}
    for name, one in results.items():
        if one.outcome not in (Outcome.PASSED, Outcome.INTERNAL):
            example = examples[name]
            untrue.setdefault(example.instance_id, []).append(f"{example.assertion}: {one.outcome} {one.reason}")
    for name, texts in untrue.items():
        text = f"the reference contradicts {len(texts)} of its prompt's examples: {texts[0]}"
        yield finding(FindingKind.UNTRUE_EXAMPLE, name, text, evidence="\n".join(texts))


def _is_complete(assertion: str, entry_point: str, prompt: str) -> bool:
    """Whether Python or the prompt defines every name that an example needs."""
    names = [node for node in ast.walk(syntax.parse(assertion)) if isinstance(node, ast.Name)]
    bound = {entry_point, *(one.id for one in names if isinstance(one.ctx, ast.Store))}
    return all(
        one.id in bound
        or hasattr(builtins, one.id)
        or re.search(rf"\b(?:import|def|class)\s+{one.id}\b|^\s*{one.id}\s*=", prompt, re.MULTILINE)
        for one in names
    )
