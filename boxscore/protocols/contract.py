"""What a protocol is: one way of grading, as one object, and the seam through which the engine uses it.

A protocol knows one kind of task and nothing of any benchmark. Every one does `Grading`: what its verdicts depend on,
which images it needs, a grader for each worker. `docs/protocols.md` says how to write one.
"""

from __future__ import annotations

import hashlib
import typing
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from boxscore.checks import MAX_SECONDS
from boxscore.errors import HarnessError
from boxscore.protocols.shows import Drawing, Summary
from boxscore.records import Conditions, Limits, Result, SampleKind, Trust

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from boxscore.boxes.contract import Backend, Capability
    from boxscore.images.records import InstanceImage
    from boxscore.protocols.attacks import Attack
    from boxscore.records import ApplyStrategy, Instance


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
    """One way of grading: what the engine needs of every protocol. The roles below are what it may do beside that.

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

    def recipes(self, task: T) -> Sequence[str]:
        """The folders of `images/` from which grading the task needs images beside its own and the run's."""
        return ()

    def gate(self, task: T) -> Gate | None:
        """Say how it is made sure that no sample is charged where the reference does not resolve either.

        None where that is sure already, as where the reference's own answers are the expected ones.
        """
        return Gate()


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


class Trial(Struct, frozen=True, kw_only=True):
    """An attack, and what was made of it for one instance: the code of a sample."""

    attack: Attack
    code: str


class Disagreement(Struct, frozen=True, kw_only=True):
    """A test of which runs that should be alike disagree: a sample in which it passed, and one in which it did not."""

    instance_id: str
    test: str
    passed: str
    failed: str


class Observed(Struct, frozen=True, kw_only=True):
    """What a validation has shown of an instance: problems, each of a sample; a line for people; a record to print.

    `disagreements` name the runs whose logs are worth keeping.
    """

    problems: tuple[tuple[str, str], ...]
    line: str
    record: Struct
    disagreements: tuple[Disagreement, ...] = ()


class Likeness(Struct, frozen=True, kw_only=True):
    """How to find out whether programs answer as the reference of a task does: on inputs made from those of its tests.

    A program passes `task`, with the source `behind` it, if it does so on all of `inputs`, which are texts for people.
    `differing` gives the number of the input that the reason of a result names, None where it names none.
    """

    task: Task
    behind: str
    inputs: tuple[str, ...]
    differing: Callable[[str], int | None]


class Service(Struct, frozen=True, kw_only=True):
    """A server that tests need, in a box of its own that each sample's box shares a private network with.

    `host` is the name by which tests reach it, and `image` a folder of `images/` that has a `/service/serve`. Nothing
    else can be reached: other names are unknown, connections to other addresses are never answered.
    """

    host: str
    image: str


class Workspace(Struct, frozen=True, kw_only=True):
    """The box of an agent that works in a task's repository: of which image, and what must be out of its reach.

    `tests` are the paths of the verdict's test files, which `test_patch` adds or changes. `binary` are the paths of
    which a patch may have binary data. `java` is the release that a Maven project is migrated to, None where that is
    not the task.
    """

    image: InstanceImage
    limits: Limits
    env: tuple[tuple[str, str], ...] = ()
    services: tuple[Service, ...] = ()
    binary: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    test_patch: str = ""
    java: int | None = None


class Repositories(ABC, Generic[T]):
    """Its samples change a repository, in which an agent can work."""

    @abstractmethod
    def with_apply(self, task: T, apply: ApplyStrategy) -> T:
        """The task with another way to apply patches (`--apply`)."""

    @abstractmethod
    def workspace(self, task: T) -> Workspace:
        """Say where an agent works on a task."""


class Validates(ABC, Generic[T]):
    """It says what `boxscore validate` grades; else that is the reference, and an empty sample, which must not pass."""

    @abstractmethod
    def to_observe(self, task: T) -> tuple[T, Mapping[str, str]]:
        """The task and the code of the samples, by name, that are graded several times."""

    @abstractmethod
    def observe(self, instance_id: str, task: T, results: Mapping[str, Sequence[Result]]) -> Observed:
        """Say what results of those samples, several of each name, have shown."""


class Attackable(ABC, Generic[T]):
    """It can be attacked: `boxscore attack` tries to forge a pass."""

    @abstractmethod
    def attacks(
        self, instance: Instance, task: T, opening: Opening | None, chosen: Iterable[Attack] | None = None
    ) -> Sequence[Trial]:
        """Make the attacks on one instance, of `chosen` or of all that there are.

        `opening` is for those that look up in a box what attacks are made of; None where there is none to open.
        Raises UsageError where none can be made.
        """

    def under_attack(self, task: T) -> T:
        """The task as attacks are graded by it, such as under limits that end them soon."""
        return task

    def why_not_attacked(self, task: T) -> str:
        """Say why there are no attacks on a task, "" if there are."""
        return ""

    def attack_kind(self, task: T) -> str:
        """Name what is alike in tasks that are attacked alike: by default one of each kind is attacked."""
        return ""


class Audits(ABC, Generic[T]):
    """Its samples are Python programs that define a function, so that `boxscore audit` can make programs of its own."""

    @abstractmethod
    def entry_point(self, task: T) -> str:
        """The function that a sample must define."""

    def on_asserts(self, task: T, asserts: Sequence[str]) -> T | None:
        """The task that tries a program by these asserts alone, which call its entry point; None where it cannot."""
        return None

    def likeness(self, task: T, *, most: int, seed: int) -> Likeness | None:
        """Say how to compare programs with the reference on up to `most` inputs; None where that cannot be done."""
        return None


class Schedules(Generic[T]):
    """It knows how its samples are best spread over workers."""

    def seconds(self, task: T, asked: Conditions) -> float:
        """How long one right sample is likely to take; 0 where that is not known."""
        return 0.0

    def together(self, task: T) -> bool:
        """Whether all samples of an instance are to come in one batch, whatever that costs in parallel work."""
        return False

    def boxes(self, task: T, asked: Conditions) -> str:
        """Name the boxes that samples run in, where a grader may have several kinds; "" where that is not known.

        A worker stays with those that it has open; no verdict hangs on it.
        """
        return ""


class Shows(Generic[T]):
    """It describes its tasks, and shows what its results say beyond their outcome."""

    def describe(self, task: T) -> Mapping[str, object]:
        """What `boxscore show` prints of a task: names and plain data."""
        return {}

    def answer_blocks(self, task: T, code: str) -> Sequence[tuple[str, str]]:
        """The blocks, each a language and a text, in which a chat answer gives a sample's code."""
        return (("python", code),)

    def summary(self, result: Result) -> Summary:
        """What lists, feedback and exports need of a result; its detail is one that this protocol made."""
        return Summary()

    def drawing(self, result: Result, answer: str) -> Drawing:
        """What is drawn of a result, whose sample is `answer`, when it is opened."""
        return Drawing()


def task_fingerprint(task: Task) -> str:
    """Hash a task, all plain data in it included: types count, the order within sets does not."""
    digest = hashlib.sha256()
    for text in _texts(task):
        digest.update(f"{len(text)}:".encode())
        digest.update(text.encode("utf-8", "surrogatepass"))
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
        # A dict's keys are shown with quotes here: no other value looks like this one.
        return {type(value).__name__: sorted(repr(_ordered(one)) for one in value)}
    if isinstance(value, list):
        return [_ordered(one) for one in value]
    if isinstance(value, tuple):
        return tuple(_ordered(one) for one in value)
    return value
