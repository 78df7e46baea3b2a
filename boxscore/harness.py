"""What a benchmark must say about itself: the plugin interface.

A harness is one file that defines `HARNESS`, an object with the attributes and methods below, written only
against `import boxscore`. It knows its benchmark and nothing of sandboxes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec
from msgspec import Struct

from boxscore.checks import MAX_SECONDS
from boxscore.protocols.patch.task import PatchTask
from boxscore.records import Instance, Limits, Sample, Trust

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

BUSY_FACTOR = 10  # wall seconds for each cpu second of inputs: a busy machine must not flip a verdict


class DataSource(Struct, frozen=True, kw_only=True):
    """Where a benchmark's rows are published, pinned.

    `path` is the file below a data folder (`--data`, `BOXSCORE_DATA`), or the absolute path of a file that a harness
    has beside it; `url` or `hub` (repository, revision, file) is where it is fetched from otherwise. `sha256` is of the
    published file as stored (compressed where it is).
    `bundled` marks data that ships with boxscore below `instances/`.
    """

    path: str
    sha256: str | None = None
    url: str | None = None
    hub: tuple[str, str, str] | None = None
    bundled: bool = False


class Inputs(Struct, frozen=True, kw_only=True):
    """Tests given as data: call the function with each tuple of arguments, compare with what the reference returns.

    `arguments` holds tuples of plain data. The first `base` of them are the part named `base`, the rest `plus`
    (None: no parts). `oracle` is trusted source that defines `accept(index, arguments, answer, expected) -> bool`,
    where `expected` is a sequence of the reference's answers up to `index` at least; without it answers must be equal.
    A call may take `max(min_cpu_s, cpu_factor * the reference's own cpu time)`, all calls together `total_cpu_s`.
    """

    arguments: tuple[tuple[object, ...], ...]
    base: int | None = None
    oracle: str | None = None
    min_cpu_s: float = 4.0
    cpu_factor: float = 4.0
    total_cpu_s: float = 61.0


class FunctionTask(Struct, frozen=True, kw_only=True):
    """How an instance of the *function* protocol is graded. All of it but the candidate's code is trusted.

    Either `tests` (source, run beside proxies for the candidate's `names`) or `inputs`, never both. `helpers` is
    source run before the tests, in their namespace. `mutates` lets tests see what the candidate does to lists,
    sets and dicts it is passed: only for instances whose tests need it. `reference` is the gold program.
    """

    entry_point: str
    names: tuple[str, ...]
    helpers: str = ""
    tests: str | None = None
    inputs: Inputs | None = None
    reference: str | None = None
    mutates: bool = False
    limits: Limits = Limits()


Task = FunctionTask | PatchTask


def wall_limit_s(task: Task) -> float:
    """Wall seconds that one sample of a task may take: never less than its cpu time, and more where it has inputs."""
    limits = task.limits
    if not isinstance(task, FunctionTask) or task.inputs is None:
        return max(limits.wall_s, limits.cpu_s)
    return min(limits.wall_s + BUSY_FACTOR * task.inputs.total_cpu_s, MAX_SECONDS)  # all inputs are one sample


def limits_in_force(task: Task) -> Limits:
    """The limits of one sample as a whole, as they are enforced: what is recorded and shown."""
    cpu_s = task.limits.cpu_s
    if isinstance(task, FunctionTask) and task.inputs is not None:
        cpu_s = max(cpu_s, task.inputs.total_cpu_s)
    return msgspec.structs.replace(task.limits, cpu_s=cpu_s, wall_s=wall_limit_s(task))


class Harness(Protocol):
    """One benchmark. Attributes are constants; methods are pure."""

    name: str  # what users type: humaneval
    title: str  # one line for `boxscore list`
    trust: Trust
    source: DataSource
    parts: tuple[str, ...]  # parts scored apart, weakest first: ("base", "plus"); the last needs all before it

    @property  # so that an attribute that is always a string serves
    def image(self) -> str | None:
        """A folder of images/ such as python; None where each instance has its own image (`PatchTask.image`)."""

    def load(self, path: Path) -> Sequence[Instance]:
        """Read the rows at `path`. Raises InputError that names file, line and field."""

    def prompt(self, instance: Instance) -> Sequence[Mapping[str, str]]:
        """The chat messages that ask a model for an answer."""

    def extract(self, instance: Instance, sample: Sample) -> str | None:
        """Turn an answer into a whole program; None where it holds no code."""

    def task(self, instance: Instance) -> Task:
        """Say how the instance is graded."""
