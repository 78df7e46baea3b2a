"""From samples to work: the key of each sample's result, and batches of one instance each.

Code is made twice: once for the key, and again when its batch is, so that only the batches at work hold any. A chat
answer's code is kept, since it takes long to find.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from boxscore.data.plugin_calls import extract_code, make_task
from boxscore.data.plugins import ships_with_boxscore
from boxscore.data.rows import NOT_TEXT, is_text
from boxscore.data.sample_warnings import SampleWatch
from boxscore.data.samples import gold_samples
from boxscore.errors import HarnessError, UsageError
from boxscore.protocols.contract import Batch, Candidate, Reference, Repositories, task_fingerprint
from boxscore.protocols.registry import conditions_of, protocol_of, role, schedules_of
from boxscore.provenance import StoredSample
from boxscore.records import Outcome, Result, SampleKind, Trust, fingerprint

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from boxscore.harness import Harness
    from boxscore.protocols.contract import Task
    from boxscore.records import ApplyStrategy, Conditions, Instance, Sample

_BATCH = 64
_BATCHES_PER_WORKER = 4

Name = tuple[str, str]  # instance_id, sample_id


class Item(Struct, frozen=True, kw_only=True, gc=False):
    """One sample and the key of its result; `code` is kept of chat answers, and where it was given."""

    sample: Sample
    key: str
    has_code: bool
    code: str | None = None

    @property
    def name(self) -> Name:
        """What tells it from all others of the run."""
        return self.sample.instance_id, self.sample.sample_id


class Given(Struct, frozen=True, kw_only=True):
    """Code that is no harness's answer, such as that of an attack, and the tasks that it is graded by."""

    tasks: Mapping[str, Task]
    codes: Mapping[Name, str]


class Plan(Struct, frozen=True, kw_only=True):
    """All samples of a run in their order, with their instances and how these are graded.

    `warnings` says what is odd about the samples. A reference must resolve `gate_repeats` times before a sample of its
    instance is charged; 0 asks for no gate.
    """

    harness: Harness
    instances: dict[str, Instance]
    items: tuple[Item, ...]
    tasks: dict[str, Task]
    task_keys: dict[str, str]
    conditions: dict[str, Conditions]
    trust: Trust
    warnings: tuple[str, ...] = ()
    gate_repeats: int = 0

    def keys(self) -> dict[Name, str]:
        """The key of each sample's result."""
        return {item.name: item.key for item in self.items}

    def grading_version(self) -> str:
        """The versions of the grading of all its tasks."""
        return ", ".join(sorted({one.version for one in self.conditions.values()}))

    def stored(self) -> Iterator[StoredSample]:
        """The lines of `samples.jsonl`."""
        return (StoredSample.of(item.sample, item.key) for item in self.items)

    def gate_reference(self, instance_id: str) -> Reference | None:
        """What the gate of an instance grades; None where there is no gate, no need of one, or no reference."""
        task, key = self.tasks[instance_id], self.task_keys[instance_id]
        return gate_reference(self.harness, self.instances[instance_id], task, key, repeats=self.gate_repeats)

    @property
    def references_first(self) -> bool:
        """Whether references are graded before any sample of their instances, as of patches; the first task tells."""
        task = next(iter(self.tasks.values()), None)
        gate = None if task is None or not self.gate_repeats else protocol_of(task).gate(task)
        return gate is not None and gate.before_samples

    def without_code(self, todo: AbstractSet[Name]) -> list[Result]:
        """Results of samples that need no box, since their answers hold no code."""
        missing = [item.sample for item in self.items if not item.has_code and item.name in todo]
        return [no_code(sample, self.trust, self.tasks[sample.instance_id]) for sample in missing]

    def batches(self, todo: AbstractSet[Name], *, workers: int) -> Iterator[Batch]:
        """Make batches of the samples in `todo` that have code, those of an instance next to each other.

        They are small enough that every worker gets several, but for instances whose protocol wants their samples
        together, and those that take longest, as far as their protocol knows, come first: so that the last one does not
        keep the others waiting.
        Raises HarnessError for a sample whose code is not what its key was made of.
        """
        by_instance: dict[str, list[Item]] = {}
        for item in self.items:
            if item.has_code and item.name in todo:
                by_instance.setdefault(item.sample.instance_id, []).append(item)
        samples = Counter(item.sample.instance_id for item in self.items if item.has_code)  # also those graded before
        whole = {name for name in by_instance if schedules_of(self.tasks[name]).together(self.tasks[name])}
        known = {name: self._seconds(name) for name in by_instance}
        cuts = _cut(by_instance, known, workers * _BATCHES_PER_WORKER, whole)
        return (
            Batch(
                instance_id=instance_id,
                task=self.tasks[instance_id],
                trust=self.trust,
                conditions=self.conditions[instance_id],
                candidates=tuple(map(self._candidate, items)),
                reference=self.gate_reference(instance_id),
                samples=samples[instance_id],
                boxes=self._boxes(instance_id),
            )
            for instance_id, items in cuts
        )

    def _seconds(self, instance_id: str) -> float:
        task = self.tasks[instance_id]
        return schedules_of(task).seconds(task, self.conditions[instance_id])

    def _boxes(self, instance_id: str) -> str:
        task = self.tasks[instance_id]
        return schedules_of(task).boxes(task, self.conditions[instance_id])

    def _candidate(self, item: Item) -> Candidate:
        code = item.code
        if code is None:
            name = item.sample.instance_id
            code = extract_code(self.harness, self.instances[name], item.sample)
            if code is None or result_key(self.task_keys[name], code, self.conditions[name].least_trust) != item.key:
                raise HarnessError(
                    f"harness {self.harness.name!r} extracts different code from sample {item.sample.sample_id!r} of "
                    f"{name!r} on each call"
                )
        return Candidate(sample_id=item.sample.sample_id, code=code)


def _cut(
    by_instance: Mapping[str, list[Item]], seconds: Mapping[str, float], parts: int, whole: AbstractSet[str]
) -> list[tuple[str, list[Item]]]:
    """Cut instances, but for `whole` ones, into batches of at most one of so many `parts` of all, the longest first."""
    most = -(-sum(map(len, by_instance.values())) // parts)
    most_s = sum(seconds[name] * len(items) for name, items in by_instance.items()) / parts
    batches = []
    for name, items in by_instance.items():
        size = max(1, min(_BATCH, most, int(most_s / seconds[name]) if seconds[name] else _BATCH))
        size = len(items) if name in whole else size
        batches += [(name, items[start : start + size]) for start in range(0, len(items), size)]
    return sorted(batches, key=lambda batch: seconds[batch[0]] * len(batch[1]), reverse=True)


def make_plan(  # noqa: PLR0913 - options, by keyword
    harness: Harness,
    instances: Iterable[Instance],
    samples: Sequence[Sample],
    *,
    asked: Conditions,
    cpu_s: float | None = None,
    apply: ApplyStrategy | None = None,
    codes: Mapping[Name, str | None] | None = None,
    given: Given | None = None,
    gate_repeats: int = 0,
) -> Plan:
    """Extract code and make keys; what is in `codes` is not extracted again, and `given` code not at all.

    `asked` says in what boxes samples are graded; limits and version are those of each task. `cpu_s` and `apply` take
    the place of the benchmark's own limit and its own way to apply a patch.
    Raises UsageError for a sample of no instance or given twice and for an option that the task has no use for,
    HarnessError.
    """
    known = {instance.instance_id: instance for instance in instances}
    _check_names(samples, known)
    tasks: dict[str, Task] = {}
    task_keys: dict[str, str] = {}
    conditions: dict[str, Conditions] = {}
    same: dict[Conditions, Conditions] = {}
    items = []
    watch, found_codes = SampleWatch(harness.name), (codes or {}) if given is None else given.codes
    for sample in samples:
        name = sample.instance_id
        if name not in tasks:
            own = None if given is None else given.tasks[name]
            tasks[name] = own or asked_task(harness, known[name], cpu_s=cpu_s, apply=apply)
            found = conditions_of(tasks[name], asked)
            conditions[name] = same.setdefault(found, found)
            task_keys[name] = task_key(tasks[name], conditions[name], harness.trust)
        at = name, sample.sample_id
        code = found_codes[at] if at in found_codes else extract_code(harness, known[name], sample)
        key = result_key(task_keys[name], code, asked.least_trust)
        if given is None:
            watch.add(sample, code, tasks[name])
        kept = code if given is not None or sample.kind is SampleKind.ANSWER else None
        items.append(Item(sample=sample, key=key, has_code=code is not None, code=kept))
    return Plan(
        harness=harness,
        instances=known,
        items=tuple(items),
        tasks=tasks,
        task_keys=task_keys,
        conditions=conditions,
        trust=harness.trust,
        gate_repeats=gate_repeats,
        warnings=() if given is not None else (*watch.warnings(), *_of_tasks(harness, tasks)),
    )


def reference_code(harness: Harness, instance: Instance) -> str | None:
    """The code of an instance's reference; None where it has none, or its harness finds no code in it."""
    sample = next(gold_samples([instance]), None)
    return None if sample is None else extract_code(harness, instance, sample)


def gate_reference(
    harness: Harness, instance: Instance, task: Task, task_key: str, *, repeats: int
) -> Reference | None:
    """What the gate of an instance grades; None where there is no gate (no `repeats`), no need, or no reference."""
    if not repeats or protocol_of(task).gate(task) is None:
        return None
    code = reference_code(harness, instance)
    return None if code is None else Reference(code=code, key=result_key(task_key, code), repeats=repeats)


def no_code(sample: Sample, trust: Trust, task: Task) -> Result:
    """Make the result of a sample that needs no box, since its answer holds no code, or no patch."""
    return Result(
        instance_id=sample.instance_id,
        sample_id=sample.sample_id,
        outcome=Outcome.NO_CODE,
        trust=trust,
        reason=f"the answer holds no {protocol_of(task).sample_noun}",
    )


def task_key(task: Task, conditions: Conditions, trust: Trust) -> str:
    """Hash all that a reference's verdict depends on but its code; for samples, `result_key` adds what is rewarded."""
    graded_under = msgspec.to_builtins(conditions)
    del graded_under["least_trust"]
    return fingerprint(graded_under, trust, task_fingerprint(task))


def result_key(task_key: str, code: str | None, least_trust: Trust | None = None) -> str:
    """The key of the result of a sample with such code; None is an answer without any.

    Passes below `least_trust` are withheld, so that results of one level are never those of another.
    """
    graded = task_key if least_trust is None else f"{task_key} {least_trust}"
    return hashlib.sha256(f"{graded}\0{code is None}\0{code or ''}".encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _check_names(samples: Sequence[Sample], known: Mapping[str, Instance]) -> None:
    seen: set[Name] = set()
    for sample in samples:
        check_sample(sample, known)
        name = sample.instance_id, sample.sample_id
        if name in seen:
            raise UsageError(f"{sample.instance_id!r} has two samples named {sample.sample_id!r}")
        seen.add(name)


def check_sample(sample: Sample, known: Container[str]) -> None:
    """Raise UsageError for a sample of no instance, or one that holds half of a surrogate pair."""
    if sample.instance_id not in known:
        raise UsageError(f"sample {sample.sample_id!r} answers unknown instance {sample.instance_id!r}")
    if not all(map(is_text, (sample.sample_id, sample.text, sample.model))):
        raise UsageError(f"sample {sample.sample_id!r} of {sample.instance_id!r} {NOT_TEXT}")


def asked_task(
    harness: Harness, instance: Instance, *, cpu_s: float | None = None, apply: ApplyStrategy | None = None
) -> Task:
    """How an instance is graded under the options of a run.

    Raises UsageError for an option that the task has no use for, HarnessError.
    """
    task = make_task(harness, instance)
    protocol = protocol_of(task)
    if apply is not None:
        repositories = role(task, Repositories)
        if repositories is None:
            raise UsageError(
                f"--apply is for patches; {instance.instance_id!r} of {harness.name} is a {protocol.name} task"
            )
        task = repositories.with_apply(task, apply)
    return task if cpu_s is None else protocol.with_cpu_limit(task, cpu_s)


def _of_tasks(harness: Harness, tasks: Mapping[str, Task]) -> Iterator[str]:
    """Warn of tasks that no sample can be graded by; those that ship with boxscore are known to be good."""
    if ships_with_boxscore(harness):
        return
    found = {name: next(iter(protocol_of(task).warnings(task)), None) for name, task in tasks.items()}
    bad = {name: doubt for name, doubt in found.items() if doubt is not None}
    for name, problem in list(bad.items())[:1]:
        yield (
            f"{len(bad)} of {len(tasks)} instances have a broken task, such as {name!r}: {problem}; "
            "`boxscore validate` lists all"
        )
