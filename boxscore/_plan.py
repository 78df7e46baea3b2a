"""From samples to work: each sample's code, the key of its result, and batches of one instance each."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from boxscore._errors import BoxscoreError, HarnessError, UsageError
from boxscore._grading import Batch, Candidate
from boxscore._protocols._warm import grading_version
from boxscore._records import Outcome, Result, SampleKind, Trust, fingerprint
from boxscore._rows import is_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from boxscore._extracted import ExtractedCode
    from boxscore._harness import Harness, Task
    from boxscore._records import Instance, Sample

_BATCH = 64
_BATCHES_PER_WORKER = 4

Name = tuple[str, str]  # instance_id, sample_id


class Item(Struct, frozen=True, kw_only=True):
    """One sample, ready to be graded; `code` is None where the answer holds none."""

    sample: Sample
    code: str | None
    key: str

    @property
    def name(self) -> Name:
        """What tells it from all others of the run."""
        return self.sample.instance_id, self.sample.sample_id


class Plan(Struct, frozen=True, kw_only=True):
    """All samples of a run in their order, with the tasks of their instances."""

    items: tuple[Item, ...]
    tasks: dict[str, Task]
    trust: Trust

    def keys(self) -> dict[Name, str]:
        """The key of each sample's result."""
        return {item.name: item.key for item in self.items}

    def without_code(self, todo: AbstractSet[Name]) -> list[Result]:
        """Results of samples that need no box, since their answers hold no code."""
        return [
            Result(
                instance_id=item.sample.instance_id,
                sample_id=item.sample.sample_id,
                outcome=Outcome.NO_CODE,
                trust=self.trust,
                reason="the answer holds no code",
                key=item.key,
            )
            for item in self.items
            if item.code is None and item.name in todo
        ]

    def batches(self, todo: AbstractSet[Name], *, workers: int) -> list[Batch]:
        """Batches of the samples in `todo` that have code, those of an instance next to each other.

        They are small enough that every worker gets several, so that the last one does not keep the others waiting.
        """
        by_instance: dict[str, list[Candidate]] = {}
        for item in self.items:
            if item.code is not None and item.name in todo:
                candidate = Candidate(sample_id=item.sample.sample_id, code=item.code)
                by_instance.setdefault(item.sample.instance_id, []).append(candidate)
        total = sum(map(len, by_instance.values()))
        size = max(1, min(_BATCH, -(-total // (workers * _BATCHES_PER_WORKER))))
        return [
            Batch(
                instance_id=instance_id,
                task=self.tasks[instance_id],
                trust=self.trust,
                candidates=tuple(candidates[start : start + size]),
            )
            for instance_id, candidates in by_instance.items()
            for start in range(0, len(candidates), size)
        ]


def make_plan(  # noqa: PLR0913 - options, by keyword
    harness: Harness,
    instances: Iterable[Instance],
    samples: Sequence[Sample],
    *,
    image_digest: str,
    cpu_s: float | None = None,
    extracted: ExtractedCode | None = None,
) -> Plan:
    """Extract code and make keys; what is in `extracted` is not extracted again.

    Raises UsageError for a sample of no instance or given twice, HarnessError.
    """
    known = {instance.instance_id: instance for instance in instances}
    _check_names(samples, known)
    codes = _codes(harness, known, samples, extracted)
    tasks: dict[str, Task] = {}
    task_keys: dict[str, str] = {}
    items = []
    for sample, code in zip(samples, codes, strict=True):
        instance = known[sample.instance_id]
        if instance.instance_id not in tasks:
            task = _task(harness, instance, cpu_s)
            tasks[instance.instance_id] = task
            task_keys[instance.instance_id] = fingerprint(
                grading_version(), harness.trust, image_digest, task_fingerprint(task)
            )
        key = hashlib.sha256(
            f"{task_keys[instance.instance_id]}\0{code is None}\0{code or ''}".encode(errors="replace")
        )
        items.append(Item(sample=sample, code=code, key=key.hexdigest()[:32]))
    return Plan(items=tuple(items), tasks=tasks, trust=harness.trust)


def task_fingerprint(task: Task) -> str:
    """Hash a task, all plain data in it included: types count, the order within sets does not."""
    digest = hashlib.sha256()
    for text in _texts(task):
        digest.update(f"{len(text)}:".encode())
        digest.update(text.encode(errors="replace"))
    return digest.hexdigest()


def _texts(value: object) -> Iterator[str]:
    """Texts that are equal for equal data; sets, which print in another order in each process, are sorted."""
    if isinstance(value, msgspec.Struct):
        yield type(value).__name__
        for name in value.__struct_fields__:
            yield name
            yield from _texts(getattr(value, name))
    elif isinstance(value, tuple):
        yield f"tuple of {len(value)}"
        for one in value:
            text = repr(one)
            yield repr(_ordered(one)) if "{" in text else text
    else:
        yield repr(value)


def _ordered(value: object) -> object:
    if isinstance(value, dict):
        return {repr(_ordered(key)): _ordered(one) for key, one in value.items()}
    if isinstance(value, set | frozenset):
        return (type(value).__name__, sorted(repr(_ordered(one)) for one in value))
    if isinstance(value, list):
        return [_ordered(one) for one in value]
    if isinstance(value, tuple):
        return tuple(_ordered(one) for one in value)
    return value


def _check_names(samples: Sequence[Sample], known: Mapping[str, Instance]) -> None:
    seen: set[Name] = set()
    for sample in samples:
        if sample.instance_id not in known:
            raise UsageError(f"sample {sample.sample_id!r} answers {sample.instance_id!r}, which is no instance here")
        if not is_text(sample.sample_id + sample.text):
            raise UsageError(f"sample {sample.sample_id!r} of {sample.instance_id!r} holds half of a surrogate pair")
        name = sample.instance_id, sample.sample_id
        if name in seen:
            raise UsageError(f"{sample.instance_id!r} has two samples named {sample.sample_id!r}")
        seen.add(name)


def _task(harness: Harness, instance: Instance, cpu_s: float | None) -> Task:
    try:
        task = harness.task(instance)
    except BoxscoreError:
        raise
    except Exception as error:
        raise HarnessError(f"harness {harness.name!r} made no task of {instance.instance_id!r}: {error!r}") from error
    return task if cpu_s is None else with_cpu_limit(task, cpu_s)


def with_cpu_limit(task: Task, cpu_s: float) -> Task:
    """A task with another cpu limit; the wall backstop stays well above it."""
    limits = msgspec.structs.replace(task.limits, cpu_s=cpu_s, wall_s=max(task.limits.wall_s, 10 * cpu_s))
    inputs = task.inputs
    if inputs is not None:
        inputs = msgspec.structs.replace(inputs, min_cpu_s=cpu_s, total_cpu_s=max(inputs.total_cpu_s, cpu_s))
    return msgspec.structs.replace(task, limits=limits, inputs=inputs)


def _codes(
    harness: Harness, known: Mapping[str, Instance], samples: Sequence[Sample], extracted: ExtractedCode | None
) -> list[str | None]:
    """The code of each sample. Only chat answers are kept: to find the code in one takes long."""
    answers = [sample for sample in samples if sample.kind is SampleKind.ANSWER]
    if extracted is None or not answers:
        return [_extract(harness, known[sample.instance_id], sample) for sample in samples]
    found = extracted.load(answers)
    if found is None:
        found = [_extract(harness, known[sample.instance_id], sample) for sample in answers]
        extracted.save(answers, found)
    kept = iter(found)
    return [
        next(kept) if sample.kind is SampleKind.ANSWER else _extract(harness, known[sample.instance_id], sample)
        for sample in samples
    ]


def _extract(harness: Harness, instance: Instance, sample: Sample) -> str | None:
    try:
        return harness.extract(instance, sample)
    except BoxscoreError:
        raise
    except Exception as error:
        raise HarnessError(
            f"harness {harness.name!r} cannot read sample {sample.sample_id!r} of {instance.instance_id!r}: {error!r}"
        ) from error
