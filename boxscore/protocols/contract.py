"""What a protocol is: one way of grading, as one object, and the seam through which the engine uses it.

A protocol knows one kind of task and nothing of any benchmark. Every one does `Grading`: what its verdicts depend on,
which images it needs, a grader for each worker. `docs/protocols.md` says how to write one.
"""

from __future__ import annotations

import typing
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Generic, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from boxscore.checks import MAX_SECONDS
from boxscore.errors import HarnessError
from boxscore.records import Conditions, Limits, Result, SampleKind, Trust

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from boxscore.boxes.contract import Backend, Capability
    from boxscore.images.records import InstanceImage

T = TypeVar("T", bound="Task")
Kind = TypeVar("Kind")
PROGRAM_KINDS = frozenset({SampleKind.COMPLETION, SampleKind.SOLUTION, SampleKind.ANSWER})
PATCH_KINDS = frozenset({SampleKind.PATCH, SampleKind.SOLUTION, SampleKind.ANSWER})
"""A solution may be a diff, as references of repositories are."""


class Task(Struct, frozen=True, kw_only=True):
    """How an instance is graded: plain data, all of it trusted. Each protocol has a record of its own, derived from it.

    `limits` are what one sample may use.
    """

    limits: Limits = Limits()


class Candidate(Struct, frozen=True, kw_only=True):
    """One sample's code, as a harness extracted it."""

    sample_id: str
    code: str


class Reference(Struct, frozen=True, kw_only=True):
    """An instance's reference, as the gate grades it: its code, and how often it must resolve.

    `key` is made of all that its verdict depends on, but for what the image is on the machine at work.
    """

    code: str
    key: str
    repeats: int = 1


class Batch(Struct, frozen=True, kw_only=True):
    """Candidates for one instance; `conditions` are those of the run, None where nobody keeps the results.

    Without a `reference` no gate is asked. `samples` counts all of the instance in the run, in this batch or not.
    `boxes` names the kind of boxes that they run in, as `Schedules.boxes` has it. `of_caller`: its tests came with a
    request, so they may be anybody's code, and never run in a box that grades a benchmark.
    """

    instance_id: str
    task: Task
    trust: Trust
    candidates: tuple[Candidate, ...]
    conditions: Conditions | None = None
    reference: Reference | None = None
    samples: int = 1
    boxes: str = ""
    of_caller: bool = False


class Gate(Struct, frozen=True, kw_only=True):
    """How the reference gate looks at instances of a task: see `boxscore.run.gate`.

    With `before_samples` the reference is graded before any sample of its instance, else only where a sample failed and
    none has passed. `baseline` is a task and the code of a sample that changes nothing and must not pass.
    """

    before_samples: bool = False
    baseline: tuple[Task, str] | None = None


class BatchGrader(typing.Protocol):
    """Grades batches, one at a time; belongs to one worker thread."""

    def grade(self, batch: Batch) -> Iterator[Result]:
        """Yield one result for each candidate, in any order, each as soon as it is known.

        The iterator may be closed early; nothing more is then wanted of this grader.

        Trouble with boxes is retried in a new box and ends as the outcome `internal`, with its reason. Raises
        SandboxUnavailable or ImageMissing when no box can be opened at all; results not yet yielded are then lost.
        """


def get_ready(grader: BatchGrader, task: Task) -> None:
    """Let a grader open what batches of a task will need, if it can do so ahead of them: by its method `get_ready`.

    Raises what `BatchGrader.grade` does.
    """
    ahead = getattr(grader, "get_ready", None)
    if ahead is not None:
        ahead(task)


class GraderFactory(typing.Protocol):
    """What a worker needs to start: opens a grader and, on exit, all of its boxes are gone."""

    def __call__(self) -> AbstractContextManager[BatchGrader]:
        """Open a grader of this worker's own."""


class Opening(Struct, frozen=True, kw_only=True):
    """Where and how a grader works: its backend, the image of the run (None: there is none), and the cache folder.

    `strict` asks for a box for each sample.
    """

    backend: Backend
    image: str | None
    cache: Path
    strict: bool = False


class Grading(ABC, Generic[T]):
    """One way of grading: what the engine needs of every protocol. `roles.py` has what a protocol may do beside that.

    `name` is what users meet, `task` the record that its tasks are. `grades_patches`: samples are patches of a
    repository rather than programs. `needs` is what a backend must be able to do beyond running programs in boxes.
    `trust` is the best that protects a verdict where a task is of no benchmark. Methods are pure, except `open`.
    """

    name: str
    task: type[T]
    grades_patches = False
    needs: frozenset[Capability] = frozenset()
    trust = Trust.CLAIM

    @property
    def sample_kinds(self) -> frozenset[SampleKind]:
        """The kinds of samples that it takes: one of another kind is refused before anything is graded."""
        return PATCH_KINDS if self.grades_patches else PROGRAM_KINDS

    @property
    def sample_noun(self) -> str:
        """What a result calls that which an answer does not hold."""
        return "patch" if self.grades_patches else "code"

    @abstractmethod
    def version(self, backend: str) -> str:
        """Hash all sources that decide verdicts in boxes of a backend: see `protocol_version`.

        A stored result is reused only under an equal hash.
        """

    @abstractmethod
    def open(self, opening: Opening) -> AbstractContextManager[BatchGrader]:
        """Open a grader for one worker; on exit all of its boxes are gone."""

    def invalid_reason(self, task: T) -> str | None:
        """Say why nothing could be graded by a task, None if it can: asked of each task a harness makes."""
        return None

    def warnings(self, task: T) -> Iterable[str]:
        """Say what is probably wrong with a task, as a reference that does not define what is tested."""
        return ()

    def limits(self, task: T) -> Limits:
        """The limits of one sample as they are enforced: the wall limit is no less than the cpu limit."""
        return replace(task.limits, wall_s=max(task.limits.wall_s, task.limits.cpu_s))

    def conditions(self, task: T, asked: Conditions) -> Conditions:
        """Say under what a task's samples are graded, of what was asked for a whole run."""
        return replace(asked, limits=self.limits(task), version=self.version(asked.backend))

    def with_cpu_limit(self, task: T, cpu_s: float) -> T:
        """The task with another cpu limit (`--timeout`)."""
        return replace(task, limits=scaled_limits(task.limits, cpu_s))

    def images(self, task: T) -> Sequence[InstanceImage]:
        """The images that the task has for itself; none where the image of the run serves."""
        return ()

    def gate(self, task: T) -> Gate | None:
        """Say how it is made sure that no sample is charged where the reference does not resolve either.

        None where that is sure already, as where the reference's own answers are the expected ones.
        """
        return Gate()


BaseProtocol = Grading
"""Its name in earlier protocols."""


def narrowed(task: Task, kind: type[Kind], instance_id: str) -> Kind:
    """The task of an instance as one of a kind. Raises HarnessError if it is another protocol's."""
    if not isinstance(task, kind):
        raise HarnessError(f"{instance_id}: its task is a {type(task).__name__}, not a {kind.__name__}")
    return task


def scaled_limits(limits: Limits, cpu_s: float) -> Limits:
    """Limits with another cpu limit."""
    return replace(limits, cpu_s=cpu_s, wall_s=backstop_s(limits.wall_s, cpu_s))


def backstop_s(wall_s: float, cpu_s: float) -> float:
    """A wall limit that stays well above one on the cpu."""
    return min(max(wall_s, 10 * cpu_s), MAX_SECONDS)
