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
    """Tests given as data: the function gets each tuple of arguments, and its answer is compared with the reference's.

    - `arguments`: tuples of plain data
    - `base`: how many of them are the part `base`; the rest are `plus`. None: no parts
    - `checker`: trusted source of `accept(index, arguments, answer, expected) -> bool`, where `expected` holds the
      reference's answers up to `index` at least. Without it answers must be equal
    - `exact_types`: numbers of other types (numpy's, fractions, decimals) equal nothing, instead of their value
    - `min_cpu_s`, `cpu_factor`: a call may take `max(min_cpu_s, cpu_factor * the reference's cpu time)`
    - `total_cpu_s`: cpu seconds of all calls together
    """

    arguments: tuple[tuple[object, ...], ...]
    base: int | None = None
    checker: str | None = None
    exact_types: bool = False
    min_cpu_s: float = 4.0
    cpu_factor: float = 4.0
    total_cpu_s: float = 61.0


class PartTests(Struct, frozen=True, kw_only=True):
    """Tests of a part that is scored separately, in a process of its own and under the same limits.

    `part` is its name; the other fields are those of `FunctionTask`. Such a part decides nothing but its own score.
    """

    part: str
    names: tuple[str, ...]
    tests: str
    helpers: str = ""


class FunctionTask(Task, frozen=True, kw_only=True):
    """How to grade an instance of the *function* protocol. Everything but the candidate's code is trusted.

    Give either `tests` or `inputs`.

    - `entry_point`: the function to define; `names`: all the candidate's names that tests use, it included
    - `tests`: source, run once beside proxies of `names`. An `AssertionError` is `wrong`; if nothing calls the
      candidate, `no_tests`
    - `inputs`: the tests as data
    - `helpers`: source that runs before the tests, in their namespace
    - `reference`: the gold program, required with `inputs`
    - `beside`: when the tests run once more in the program's own process, where a pass is a claim: `unseen` (the oracle
      could not judge), `failed` (whenever the sample failed), or empty (never)
    - `doubt`: why a pass is only a claim; empty for `oracle`
    - `borrowed`, `bound`: Python's own names that tests use, and names that tests bind. A program that defines one of
      them is tested beside
    - `contest`: run the program as contest judges do; see `as_in_contests`
    - `apart`: parts scored separately; `part` names the `tests` then
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
