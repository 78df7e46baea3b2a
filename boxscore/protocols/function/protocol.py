"""The *function* protocol as the engine sees it: a program must define a function, which tests or inputs try."""

from __future__ import annotations

import keyword
from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.errors import UsageError
from boxscore.protocols.contract import Attackable, Audits, Gate, Grading, Schedules, Shows, Trial
from boxscore.protocols.function.task import FunctionTask, limits_in_force, with_cpu_limit
from boxscore.protocols.versions import protocol_version
from boxscore.records import Limits, Trust

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from boxscore.protocols.attacks import Attack
    from boxscore.protocols.contract import BatchGrader, Likeness, Opening
    from boxscore.records import Conditions, Instance

ATTACK_LIMITS = Limits(cpu_s=2.0, wall_s=5.0, memory_bytes=512 << 20, processes=32, disk_bytes=32 << 20)
"""What each attack may use: enough for an honest answer, little enough for endless ones to end soon."""


class FunctionProtocol(
    Grading[FunctionTask], Attackable[FunctionTask], Audits[FunctionTask], Schedules[FunctionTask], Shows[FunctionTask]
):
    """Grades functions at trust `oracle`, in warm boxes that many samples share one after the other."""

    name = "function"
    task = FunctionTask
    trust = Trust.ORACLE

    def invalid_reason(self, task: FunctionTask) -> str | None:
        for name in (task.entry_point, *task.names, *(name for one in task.apart for name in one.names)):
            if not name.isidentifier() or keyword.iskeyword(name):
                field = "entry_point" if name == task.entry_point else "names" if name in task.names else "apart"
                return f"field {field!r} holds {name!r}, which is no name of a Python function"
        if task.entry_point not in task.names:
            return f"the names lack the entry point {task.entry_point}"
        if (task.tests is None) == (task.inputs is None):
            return "exactly one of tests and inputs is needed"
        if task.inputs is not None and task.reference is None:
            return "field 'inputs' needs a 'reference', whose answers are the expected ones"
        return _problem_of_parts(task)

    def warnings(self, task: FunctionTask) -> Iterator[str]:
        """Doubt a reference that does not define what is tested, and sources that are not Python."""
        problem = reference_problem(task)
        if problem is not None:
            yield problem
        from boxscore.protocols.function.source import syntax_error  # noqa: PLC0415 - seldom used

        for name, source in (("helpers", task.helpers), ("tests", task.tests or "")):
            error = syntax_error(source)
            if error is not None:
                yield f"the {name} are not Python: {error.msg}, line {error.lineno or 1}"

    def version(self, backend: str) -> str:
        return protocol_version(backend)

    def limits(self, task: FunctionTask) -> Limits:
        return limits_in_force(task)

    def with_cpu_limit(self, task: FunctionTask, cpu_s: float) -> FunctionTask:
        return with_cpu_limit(task, cpu_s)

    def open(self, opening: Opening) -> AbstractContextManager[BatchGrader]:
        from boxscore.protocols.function.grader import open_function_grader  # noqa: PLC0415 - as above

        return open_function_grader(opening.backend, opening.image, cache=opening.cache, strict=opening.strict)

    def seconds(self, task: FunctionTask, asked: Conditions) -> float:
        from boxscore.cache import cache_folder  # noqa: PLC0415 - as above
        from boxscore.protocols.function.reference import ReferenceCache, reference_environment  # noqa: PLC0415 - as above

        environment = reference_environment(asked.backend, asked.runtime, asked.image_digest)
        return ReferenceCache(cache_folder(), environment).seconds(task)

    def entry_point(self, task: FunctionTask) -> str:
        return task.entry_point

    def gate(self, task: FunctionTask) -> Gate | None:
        """Ask nothing where the reference gives the expected answers: without them no sample is judged."""
        return Gate() if task.inputs is None else None

    def on_asserts(self, task: FunctionTask, asserts: Sequence[str]) -> FunctionTask | None:
        """Run the asserts in place of tests or inputs, beside what tests have to help them."""
        return replace(task, names=(task.entry_point,), tests="".join(f"{one}\n" for one in asserts), inputs=None)

    def likeness(self, task: FunctionTask, *, most: int, seed: int) -> Likeness | None:
        from boxscore.protocols.function.likeness import likeness  # noqa: PLC0415 - for `audit` only

        return likeness(task, most=most, seed=seed)

    def describe(self, task: FunctionTask) -> Mapping[str, object]:
        shown: dict[str, object] = {"entry_point": task.entry_point, "names": task.names}
        if task.apart:
            shown["parts"] = (*(f"{one.part}: {', '.join(one.names)}" for one in task.apart), task.part)
        return shown

    def under_attack(self, task: FunctionTask) -> FunctionTask:
        """Let attacks that never end soon be ended, also those that answer all inputs, byte by byte."""
        inputs = task.inputs
        if inputs is not None:
            inputs = replace(inputs, total_cpu_s=min(inputs.total_cpu_s, ATTACK_LIMITS.cpu_s))
        return replace(task, limits=ATTACK_LIMITS, inputs=inputs)

    def attacks(
        self,
        instance: Instance,
        task: FunctionTask,
        opening: Opening | None,
        chosen: Iterable[Attack] | None = None,
    ) -> Sequence[Trial]:
        from boxscore.protocols.attacks import attacks_for, render  # noqa: PLC0415 - as above

        reference = instance.reference or task.reference
        if reference is None:
            raise UsageError(f"{instance.instance_id} has no reference solution: honest controls cannot be made")
        return tuple(
            Trial(attack=one, code=render(one, entry=task.entry_point, reference=reference))
            for one in (attacks_for("function") if chosen is None else chosen)
        )


def _problem_of_parts(task: FunctionTask) -> str | None:
    """Say why parts cannot be scored apart, None where they can or there are none."""
    names = [one.part for one in task.apart] + [task.part]
    if task.apart and (task.tests is None or "" in names or len(set(names)) < len(names)):
        return "field 'apart' needs 'tests', and a 'part' of its own for them and for each other"
    return None


def reference_problem(task: FunctionTask) -> str | None:
    """Say why a reference cannot be graded as the task has it, None where it can."""
    from boxscore.protocols.function.source import bound_names  # noqa: PLC0415 - as above

    if task.reference is None:
        return None
    try:
        names = bound_names(task.reference)
    except SyntaxError as error:
        return f"the reference is not Python: {error.msg}, line {error.lineno}"
    missing = [name for name in task.names if name not in names]
    if missing:
        there = ", ".join(sorted(names)[:5]) or "nothing"
        return f"the reference does not define {', '.join(missing)}; it defines {there}"
    return None


PROTOCOL = FunctionProtocol()
