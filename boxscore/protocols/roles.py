"""What a protocol may do beside grading: small roles, each a class that it derives from where it can do that.

Callers ask `boxscore.protocols.registry.role(task, Attackable)`, which is None where the protocol has not that role.
A role that can be used without a protocol, as `Schedules()`, does what is usual.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Generic, TypeVar

from msgspec import Struct

from boxscore.protocols.contract import Task
from boxscore.protocols.shows import Drawing, Summary

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from boxscore.images.records import InstanceImage
    from boxscore.protocols.attacks import Attack
    from boxscore.protocols.contract import Opening
    from boxscore.records import ApplyStrategy, Conditions, Instance, Limits, Result

T = TypeVar("T", bound=Task)


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


class MavenGoal(Struct, frozen=True, kw_only=True):
    """What a Maven project is to become: built for a Java release, with dependencies (`group:artifact`) at versions."""

    release: int
    versions: tuple[tuple[str, str], ...] = ()


class Workspace(Struct, frozen=True, kw_only=True):
    """The box of an agent that works in a task's repository: of which image, and what must be out of its reach.

    `tests` are the paths of the verdict's test files, which `test_patch` adds or changes. `binary` are the paths of
    which a patch may have binary data. `maven` is what a Maven project is to be migrated to, None where that is not
    the task.
    """

    image: InstanceImage
    limits: Limits
    env: tuple[tuple[str, str], ...] = ()
    services: tuple[Service, ...] = ()
    binary: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    test_patch: str = ""
    maven: MavenGoal | None = None


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
