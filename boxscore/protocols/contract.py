"""What a protocol is: one way of grading, as one object, and the seam through which the engine uses it.

A protocol knows one kind of task and nothing of any benchmark. The engine asks it for all that depends on the kind of
task: what its verdicts depend on, which images it needs, a grader for each worker, the attacks on it, what to show.
`docs/protocols.md` says how to write one.
"""

from __future__ import annotations

import typing
from typing import TYPE_CHECKING, Generic, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from boxscore.checks import MAX_SECONDS
from boxscore.errors import HarnessError
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


def usual_kinds(*, patches: bool) -> frozenset[SampleKind]:
    """The kinds of samples that a protocol takes which says no more than whether it grades patches."""
    return PATCH_KINDS if patches else PROGRAM_KINDS


def usual_noun(*, patches: bool) -> str:
    """What a protocol calls a sample which says no more than whether it grades patches."""
    return "patch" if patches else "code"


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
    `expected_s` is how long its candidates are likely to take together, 0 where nobody has said. `boxes` names the
    kind of boxes that they run in, as `Protocol.boxes` has it. `of_caller`: its tests came with a request, so they may
    be anybody's code, and never run in a box that grades a benchmark.
    """

    instance_id: str
    task: Task
    trust: Trust
    candidates: tuple[Candidate, ...]
    conditions: Conditions | None = None
    reference: Reference | None = None
    samples: int = 1
    expected_s: float = 0.0
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


class Protocol(typing.Protocol[T]):
    """One way of grading. `name` is what users meet, `task` the record that its tasks are.

    `grades_patches` says that samples are patches of a repository rather than programs; `sample_kinds` are the kinds of
    samples that it takes, and one of another kind is refused before anything is graded; `sample_noun` is what a result
    calls that which an answer does not hold; `needs` is what a backend must be able to do beyond running programs in
    boxes. Methods are pure, except `open` and `attacks`, which may open boxes.
    """

    name: str
    task: type[T]
    grades_patches: bool
    needs: frozenset[Capability]

    @property
    def sample_kinds(self) -> frozenset[SampleKind]:
        """See above; an attribute will do."""

    @property
    def sample_noun(self) -> str:
        """See above; an attribute will do."""

    def invalid_reason(self, task: T) -> str | None:
        """Say why nothing could be graded by a task, None if it can: asked of each task a harness makes."""

    def warnings(self, task: T) -> Iterable[str]:
        """Say what is probably wrong with a task, as a reference that does not define what is tested."""

    def version(self, backend: str) -> str:
        """Hash all of the protocol's own sources that decide verdicts in boxes of a backend.

        A stored result is reused only under an equal hash.
        """

    def limits(self, task: T) -> Limits:
        """The limits of one sample as they are enforced: recorded and shown."""

    def conditions(self, task: T, asked: Conditions) -> Conditions:
        """Say under what a task's samples are graded, of what was asked for a whole run."""

    def with_cpu_limit(self, task: T, cpu_s: float) -> T:
        """The task with another cpu limit (`--timeout`)."""

    def with_apply(self, task: T, apply: ApplyStrategy) -> T:
        """The task with another way to apply patches (`--apply`); asked of protocols that grade patches alone."""

    def images(self, task: T) -> Sequence[InstanceImage]:
        """The images that the task has for itself; none where the image of the run serves."""

    def open(self, opening: Opening) -> AbstractContextManager[BatchGrader]:
        """Open a grader for one worker; on exit all of its boxes are gone."""

    def seconds(self, task: T, asked: Conditions) -> float:
        """How long one right sample is likely to take; 0 where that is not known."""

    def together(self, task: T) -> bool:
        """Whether all samples of an instance are to come in one batch, whatever that costs in parallel work."""

    def boxes(self, task: T, asked: Conditions) -> str:
        """Name the boxes that samples run in, where a grader may have several kinds; "" where that is not known.

        A worker stays with those that it has open; no verdict hangs on it.
        """

    def entry_point(self, task: T) -> str | None:
        """The Python function that a sample must define; None where samples are no Python programs."""

    def gate(self, task: T) -> Gate | None:
        """Say how it is made sure that no sample is charged where the reference does not resolve either.

        None where that is sure already, as where the reference's own answers are the expected ones.
        """

    def to_observe(self, task: T) -> tuple[T, Mapping[str, str]] | None:
        """The task and the code of the samples, by name, that `boxscore validate` grades several times.

        None where it grades the reference and an empty sample, of which one must pass and the other must not.
        """

    def observe(self, instance_id: str, task: T, results: Mapping[str, Sequence[Result]]) -> Observed:
        """Say what results of those samples, several of each name, have shown; of `to_observe` alone."""

    def on_asserts(self, task: T, asserts: Sequence[str]) -> T | None:
        """The task that tries a program by these asserts alone, which call its entry point; None where it cannot."""

    def likeness(self, task: T, *, most: int, seed: int) -> Likeness | None:
        """Say how to compare programs with the reference on up to `most` inputs; None where that cannot be done."""

    def describe(self, task: T) -> Mapping[str, object]:
        """What `boxscore show` prints of a task: names and plain data."""

    def under_attack(self, task: T) -> T:
        """The task as attacks are graded by it, such as under limits that end them soon."""

    def why_not_attacked(self, task: T) -> str:
        """Say why there are no attacks on a task, "" if there are."""

    def attack_kind(self, task: T) -> str:
        """Name what is alike in tasks that are attacked alike: by default one of each kind is attacked."""

    def attacks(
        self, instance: Instance, task: T, opening: Opening | None, chosen: Iterable[Attack] | None = None
    ) -> Sequence[Trial]:
        """Make the attacks on one instance, of `chosen` or of all that there are.

        `opening` is for those that look up in a box what attacks are made of; None where there is none to open.
        Raises UsageError where none can be made.
        """


class BaseProtocol(Generic[T]):
    """What most protocols have in common; a subclass gives `name`, `task`, `version` and `open`, and what differs."""

    name: str
    task: type[T]
    grades_patches = False
    needs: frozenset[Capability] = frozenset()
    trust = Trust.CLAIM
    """Of a task that no benchmark brings: what protects its verdicts where nothing of the task says less."""

    @property
    def sample_kinds(self) -> frozenset[SampleKind]:
        """Take programs, or patches where it grades these."""
        return usual_kinds(patches=self.grades_patches)

    @property
    def sample_noun(self) -> str:
        """Call a sample code, or a patch."""
        return usual_noun(patches=self.grades_patches)

    def invalid_reason(self, task: T) -> str | None:  # noqa: ARG002 - for subclasses
        """Find nothing wrong; see `Protocol.invalid_reason`, and so with the others."""
        return None

    def warnings(self, task: T) -> Iterable[str]:  # noqa: ARG002
        """Warn of nothing."""
        return ()

    def version(self, backend: str) -> str:
        """See `Protocol.version`."""
        raise NotImplementedError

    def limits(self, task: T) -> Limits:
        """Let the wall limit be no less than the cpu limit."""
        return replace(task.limits, wall_s=max(task.limits.wall_s, task.limits.cpu_s))

    def conditions(self, task: T, asked: Conditions) -> Conditions:
        """Take the boxes that were asked for, with the limits of the task."""
        return replace(asked, limits=self.limits(task), version=self.version(asked.backend))

    def with_cpu_limit(self, task: T, cpu_s: float) -> T:
        """Change `limits` alone."""
        return replace(task, limits=scaled_limits(task.limits, cpu_s))

    def with_apply(self, task: T, apply: ApplyStrategy) -> T:  # noqa: ARG002
        """Know of no ways."""
        return task

    def images(self, task: T) -> Sequence[InstanceImage]:  # noqa: ARG002
        """Use the image of the run."""
        return ()

    def open(self, opening: Opening) -> AbstractContextManager[BatchGrader]:
        """See `Protocol.open`."""
        raise NotImplementedError

    def seconds(self, task: T, asked: Conditions) -> float:  # noqa: ARG002
        """Return 0: durations are unknown."""
        return 0.0

    def together(self, task: T) -> bool:  # noqa: ARG002
        """Let samples be graded by as many workers as there are."""
        return False

    def boxes(self, task: T, asked: Conditions) -> str:  # noqa: ARG002
        """Return "": all boxes are alike."""
        return ""

    def entry_point(self, task: T) -> str | None:  # noqa: ARG002
        """Return None: samples need not be Python."""
        return None

    def gate(self, task: T) -> Gate | None:  # noqa: ARG002
        """Grade the reference where a sample failed and none has passed."""
        return Gate()

    def to_observe(self, task: T) -> tuple[T, Mapping[str, str]] | None:  # noqa: ARG002
        """Validate by the reference and an empty sample."""
        return None

    def observe(self, instance_id: str, task: T, results: Mapping[str, Sequence[Result]]) -> Observed:
        """See `Protocol.observe`."""
        raise NotImplementedError

    def on_asserts(self, task: T, asserts: Sequence[str]) -> T | None:  # noqa: ARG002
        """Know of no asserts."""
        return None

    def likeness(self, task: T, *, most: int, seed: int) -> Likeness | None:  # noqa: ARG002
        """Know of no inputs."""
        return None

    def describe(self, task: T) -> Mapping[str, object]:  # noqa: ARG002
        """Show nothing but limits."""
        return {}

    def under_attack(self, task: T) -> T:
        """Attack under the task's own limits."""
        return task

    def why_not_attacked(self, task: T) -> str:  # noqa: ARG002
        """Say that there are no attacks."""
        return f"the protocol {self.name} brings no attacks"

    def attack_kind(self, task: T) -> str:  # noqa: ARG002
        """Take all tasks for alike."""
        return ""

    def attacks(
        self,
        instance: Instance,  # noqa: ARG002
        task: T,  # noqa: ARG002
        opening: Opening | None,  # noqa: ARG002
        chosen: Iterable[Attack] | None = None,  # noqa: ARG002
    ) -> Sequence[Trial]:
        """Make none."""
        return ()


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
