"""What the *function* protocol grades: a function that a program must define, and the tests or inputs to try it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import Struct

from boxscore.checks import MAX_SECONDS
from boxscore.protocols.contract import Task, scaled_limits

if TYPE_CHECKING:
    from boxscore.records import Limits

BUSY_FACTOR = 10  # wall seconds for each cpu second of inputs: a busy machine must not flip a verdict


class Inputs(Struct, frozen=True, kw_only=True):
    """Tests given as data: call the function with each tuple of arguments, compare with what the reference returns.

    `arguments` holds tuples of plain data. The first `base` of them are the part named `base`, the rest `plus`
    (None: no parts). `checker` is trusted source that defines `accept(index, arguments, answer, expected) -> bool`,
    where `expected` is a sequence of the reference's answers up to `index` at least; without it answers must be equal.
    With `exact_types` numbers that are not Python's own (numpy's, fractions, decimals) are objects, not the number that
    they are equal to; without it a checker cannot tell.
    A call may take `max(min_cpu_s, cpu_factor * the reference's own cpu time)`, all calls together `total_cpu_s`.
    """

    arguments: tuple[tuple[object, ...], ...]
    base: int | None = None
    checker: str | None = None
    exact_types: bool = False
    min_cpu_s: float = 4.0
    cpu_factor: float = 4.0
    total_cpu_s: float = 61.0


class PartTests(Struct, frozen=True, kw_only=True):
    """Tests of a part that is scored apart: each on a process of its own, under the same limits as the others.

    `part` is its name, the other fields are as those of `FunctionTask`. Such a part decides nothing but itself.
    """

    part: str
    names: tuple[str, ...]
    tests: str
    helpers: str = ""


class FunctionTask(Task, frozen=True, kw_only=True):
    """How an instance of the *function* protocol is graded. All of it but the candidate's code is trusted.

    Either `tests` (source, run beside proxies for the candidate's `names`) or `inputs`, never both. `helpers` is
    source run before the tests, in their namespace. `beside` says when the tests are run once more in the program's own
    process, where a pass is a claim: `unseen`, if the oracle could not judge a sample that it did not pass; `failed`,
    whenever it did not; never if empty. Unless it is, tests see what the program does to what they hand it. `doubt`
    says why no pass is more than a claim. `borrowed` are names of Python's own that tests use, and `bound` those that
    they bind: a program that defines one of them may be meant by it. `reference` is the gold program. With
    `contest` programs are run as judges of contests run them: see `as_in_contests`. `apart` are parts that are scored
    beside the `tests`, which are the part named `part` then.
    """

    entry_point: str
    names: tuple[str, ...]
    helpers: str = ""
    tests: str | None = None
    inputs: Inputs | None = None
    reference: str | None = None
    beside: Literal["", "unseen", "failed"] = ""
    doubt: str = ""
    borrowed: tuple[str, ...] = ()
    bound: tuple[str, ...] = ()
    contest: bool = False
    part: str = ""
    apart: tuple[PartTests, ...] = ()


def wall_limit_s(task: FunctionTask) -> float:
    """Wall seconds that one sample of a task may take: never less than its cpu time, and more where it has inputs."""
    limits = task.limits
    if task.inputs is None:
        return max(limits.wall_s, limits.cpu_s)
    return min(limits.wall_s + BUSY_FACTOR * task.inputs.total_cpu_s, MAX_SECONDS)  # all inputs are one sample


def limits_in_force(task: FunctionTask) -> Limits:
    """The limits of one sample as a whole, as they are enforced: what is recorded and shown."""
    cpu_s = task.limits.cpu_s
    if task.inputs is not None:
        cpu_s = max(cpu_s, task.inputs.total_cpu_s)
    return msgspec.structs.replace(task.limits, cpu_s=cpu_s, wall_s=wall_limit_s(task))


def with_cpu_limit(task: FunctionTask, cpu_s: float) -> FunctionTask:
    """A task with another cpu limit; the wall backstop stays well above it."""
    task = msgspec.structs.replace(task, limits=scaled_limits(task.limits, cpu_s))
    if task.inputs is None:
        return task
    total_cpu_s = max(task.inputs.total_cpu_s, cpu_s)
    inputs = msgspec.structs.replace(task.inputs, min_cpu_s=cpu_s, total_cpu_s=total_cpu_s)
    return msgspec.structs.replace(task, inputs=inputs)
