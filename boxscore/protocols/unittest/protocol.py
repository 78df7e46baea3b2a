"""The *unittest* protocol as the engine sees it: a benchmark's tests run beside the program, in its process."""

from __future__ import annotations

import keyword
from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.boxes.folders import fault
from boxscore.protocols.contract import Attackable, Audits, Grading, Schedules, Shows, Trial
from boxscore.protocols.unittest.task import UnittestTask, limits_in_force
from boxscore.protocols.versions import protocol_version
from boxscore.records import Instance, Limits, Trust

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from boxscore.protocols.attacks import Attack
    from boxscore.protocols.contract import BatchGrader, Opening
    from boxscore.records import Conditions

MAX_TASK = 64 << 20  # of all texts and files: they cross in one frame
MAX_TESTS = 10_000
ATTACK_LIMITS = Limits(cpu_s=5.0, wall_s=20.0, memory_bytes=1 << 30, processes=64, disk_bytes=32 << 20)
"""What each attack may use: enough for honest answers, little enough for endless ones to end."""

SHARED = frozenset(  # classes of attacks on functions that have the same sense here, where a program may do more
    [
        *("early-exit", "exit-code", "skip", "forged-output", "framework-patch", "builtins-patch", "trace"),
        *("source-concat", "warm-contamination", "control"),
    ]
)
JUDGED = ("fail", "pass")


class UnittestProtocol(
    Grading[UnittestTask], Attackable[UnittestTask], Audits[UnittestTask], Schedules[UnittestTask], Shows[UnittestTask]
):
    """Grades programs by tests in their own process; a result says what protected it."""

    name = "unittest"
    task = UnittestTask
    trust = Trust.CLAIM

    def invalid_reason(self, task: UnittestTask) -> str | None:
        for field, name in (("entry_point", task.entry_point), ("module", task.module)):
            if not name.isidentifier() or keyword.iskeyword(name):
                return f"field {field!r} holds {name!r}, which is no name in Python"
        if not 0 < len(task.required) <= MAX_TESTS or len(set(task.required)) != len(task.required):
            return f"field 'required' holds {len(task.required)} ids; 1 to {MAX_TESTS} different ones are needed"
        for name, _ in task.files:
            if (why := fault(name)) is not None:
                return f"field 'files' holds {name!r}: {why}"
        if any("\0" in text or "=" in name for name, text in task.environment):
            return "field 'environment' holds what no variable can be"
        total = len(task.tests) + sum(len(content) for _, content in task.files)
        return f"tests and files have {total} bytes; {MAX_TASK} can be sent into a box" if total > MAX_TASK else None

    def warnings(self, task: UnittestTask) -> Iterator[str]:
        """Doubt tests and references that are not Python."""
        from boxscore.protocols.function.source import syntax_error  # noqa: PLC0415 - seldom used

        for name, source in (("tests", task.tests), ("reference", task.reference or "")):
            if (error := syntax_error(source)) is not None:
                yield f"the {name} are not Python: {error.msg}, line {error.lineno or 1}"

    def version(self, backend: str) -> str:
        return protocol_version(backend)

    def limits(self, task: UnittestTask) -> Limits:
        return limits_in_force(task)

    def open(self, opening: Opening) -> AbstractContextManager[BatchGrader]:
        from boxscore.protocols.unittest.grader import open_unit_grader  # noqa: PLC0415 - as above

        return open_unit_grader(opening.backend, opening.image, cache=opening.cache, strict=opening.strict)

    def together(self, task: UnittestTask) -> bool:
        """Keep samples together whose tests may be blinded: none is to run with the tests as they are before that."""
        return task.reference is not None

    def boxes(self, task: UnittestTask, asked: Conditions) -> str:
        """Tell tasks whose blinded tests run in boxes of their own from others, as far as it has been learned."""
        from boxscore.cache import cache_folder  # noqa: PLC0415 - as above
        from boxscore.protocols.unittest.protection import environment_of, kept_boxes  # noqa: PLC0415 - as above

        return kept_boxes(cache_folder(), task, environment_of(asked.backend, asked.runtime, asked.image_digest))

    def entry_point(self, task: UnittestTask) -> str:
        return task.entry_point

    def describe(self, task: UnittestTask) -> Mapping[str, object]:
        return {"entry_point": task.entry_point, "runner": task.runner, "tests": task.required}

    def under_attack(self, task: UnittestTask) -> UnittestTask:
        """Let attacks that never end soon be ended."""
        return replace(task, limits=ATTACK_LIMITS)

    def why_not_attacked(self, task: UnittestTask) -> str:
        return "" if task.reference is not None else "it has no reference to make honest controls of"

    def attacks(
        self,
        instance: Instance,
        task: UnittestTask,
        opening: Opening | None,
        chosen: Iterable[Attack] | None = None,
    ) -> Sequence[Trial]:
        """Make programs of templates: those for functions, and those against tests in the same process."""
        from boxscore.protocols.attacks import attacks_for, render  # noqa: PLC0415 - as above

        ours = (one for one in attacks_for("function") if one.attack_class in SHARED and one.expect in JUDGED)
        every = (*ours, *attacks_for("unittest")) if chosen is None else chosen
        reference = task.reference or ""
        return tuple(Trial(attack=one, code=render(one, entry=task.entry_point, reference=reference)) for one in every)


PROTOCOL = UnittestProtocol()
