"""The *program* protocol as the engine sees it: a whole program must print what is expected for each standard input."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.boxes.folders import fault
from boxscore.errors import UsageError
from boxscore.protocols.contract import Attackable, Gate, Grading, Shows, Trial, scaled_limits
from boxscore.protocols.program.languages import LANGUAGES
from boxscore.protocols.program.task import (
    ProgramDetail,
    ProgramTask,
    Rule,
    drawing,
    is_compared,
    limits_in_force,
    summary,
)
from boxscore.protocols.shows import Drawing, Summary
from boxscore.protocols.versions import protocol_version
from boxscore.records import Limits, Trust

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from boxscore.protocols.attacks import Attack
    from boxscore.protocols.contract import BatchGrader, Opening
    from boxscore.records import Instance, Result

MAX_STDIN, MAX_CASES = 16 << 20, 10_000
MAX_TASK = 192 << 20  # of all texts: they cross in one frame
ATTACK_LIMITS = Limits(cpu_s=2.0, wall_s=5.0, memory_bytes=512 << 20, processes=32, disk_bytes=32 << 20)
"""What each attack may use: enough for an honest answer, little enough for endless ones to end soon."""


class ProgramProtocol(Grading[ProgramTask], Attackable[ProgramTask], Shows[ProgramTask]):
    """Grades programs at trust `oracle`, in warm boxes that many samples share one after the other."""

    name = "program"
    task = ProgramTask
    trust = Trust.ORACLE

    def invalid_reason(self, task: ProgramTask) -> str | None:
        if task.language not in LANGUAGES:
            return f"field 'language' is {task.language!r}; known are {', '.join(LANGUAGES)}"
        if not 0 < len(task.cases) <= MAX_CASES:
            return f"field 'cases' holds {len(task.cases)}; from 1 to {MAX_CASES} can be run"
        comparison = task.comparison
        if (comparison.checker is None) == (comparison.rule is Rule.CHECKER):
            return "a 'checker' is needed where the rule is `checker`, and nowhere else"
        if not (comparison.rel_tol >= 0 and comparison.abs_tol >= 0):
            return "fields 'rel_tol' and 'abs_tol' must be 0 or more"
        if not task.total_cpu_s > 0:
            return f"field 'total_cpu_s' is {task.total_cpu_s}; it must be more than 0"
        return files_fault(task) or texts_fault(task)

    def warnings(self, task: ProgramTask) -> Iterator[str]:
        """Doubt a task that compares nothing, and a checker that is not Python or defines no `accept`."""
        if not is_compared(task):
            yield "nothing is expected of any case, so the best outcome is `no_tests`"
        if task.comparison.checker is not None:
            from boxscore.protocols.function.source import defined_names, syntax_error  # noqa: PLC0415 - seldom used

            error = syntax_error(task.comparison.checker)
            if error is not None:
                yield f"the checker is not Python: {error.msg}, line {error.lineno or 1}"
            elif "accept" not in defined_names(task.comparison.checker):
                yield "the checker does not define `accept`"

    def version(self, backend: str) -> str:
        return protocol_version(backend)

    def limits(self, task: ProgramTask) -> Limits:
        return limits_in_force(task)

    def with_cpu_limit(self, task: ProgramTask, cpu_s: float) -> ProgramTask:
        """Change the limit of each case, and let all together have no less than one."""
        total_cpu_s = max(task.total_cpu_s, cpu_s)
        return replace(task, limits=scaled_limits(task.limits, cpu_s), total_cpu_s=total_cpu_s)

    def open(self, opening: Opening) -> AbstractContextManager[BatchGrader]:
        from boxscore.protocols.program.grader import open_program_grader  # noqa: PLC0415 - as above

        return open_program_grader(opening.backend, opening.image, strict=opening.strict)

    def gate(self, task: ProgramTask) -> Gate | None:
        return Gate() if is_compared(task) else None

    def describe(self, task: ProgramTask) -> Mapping[str, object]:
        return {"language": task.language, "cases": len(task.cases), "comparison": task.comparison.rule.value}

    def summary(self, result: Result) -> Summary:
        detail = ProgramDetail.of(result)
        return Summary() if detail is None else summary(detail)

    def drawing(self, result: Result, answer: str) -> Drawing:
        detail = ProgramDetail.of(result)
        return Drawing() if detail is None else drawing(detail)

    def under_attack(self, task: ProgramTask) -> ProgramTask:
        """Let attacks that never end soon be ended."""
        return replace(task, limits=ATTACK_LIMITS)

    def why_not_attacked(self, task: ProgramTask) -> str:
        """Attack programs in Python, which the attacks are written in, of which something is expected."""
        if task.language != "python":
            return f"the attacks are Python programs, not {task.language}"
        return "" if is_compared(task) else "nothing is expected of it"

    def attacks(
        self,
        instance: Instance,
        task: ProgramTask,
        opening: Opening | None,
        chosen: Iterable[Attack] | None = None,
    ) -> Sequence[Trial]:
        from boxscore.protocols.attacks import attacks_for, render  # noqa: PLC0415 - as above

        if instance.reference is None:
            raise UsageError(f"{instance.instance_id} has no reference solution: honest controls cannot be made")
        return tuple(
            Trial(attack=one, code=render(one, entry="main", reference=instance.reference))
            for one in (attacks_for("program") if chosen is None else chosen)
        )


def files_fault(task: ProgramTask) -> str | None:
    """Say why the task's files cannot be put beside a program; None if they can."""
    taken = {LANGUAGES[task.language].source}
    for name, _ in task.files:
        why = fault(name)
        if why is not None:
            return f"field 'files' holds {name!r}: {why}"
        if name in taken:
            return f"field 'files' holds {name!r}, which is there already"
        taken.add(name)
    folders = {str(parent) for name in taken for parent in PurePosixPath(name).parents}
    if both := folders & taken:
        return f"field 'files' holds {min(both)!r} as both a file and a folder"
    return None


def texts_fault(task: ProgramTask) -> str | None:
    """Say which text of a task is too long, or is none in UTF-8; None if all are."""
    texts = {f"case {at + 1}": case.stdin for at, case in enumerate(task.cases)}
    expected = {f"what case {at + 1} expects": case.expected or "" for at, case in enumerate(task.cases)}
    others = {f"file {name}": text for name, text in task.files} | {f"argument {one!r}": one for one in task.arguments}
    for name, text in (texts | expected | others).items():
        try:
            size = len(text.encode())
        except UnicodeEncodeError:
            return f"{name} is not text: it holds a half of a surrogate pair"
        if size > min(MAX_STDIN, task.limits.disk_bytes) and name in texts:
            return f"the input of {name} has {size} bytes; {min(MAX_STDIN, task.limits.disk_bytes)} can be given"
    total = sum(len(text.encode()) for text in (texts | expected | others).values())
    if total > MAX_TASK:
        return f"all texts of it together have {total} bytes; {MAX_TASK} can be sent into a box"
    if any("\0" in argument for argument in task.arguments):
        return "field 'arguments' holds a NUL"
    return None


PROTOCOL = ProgramProtocol()
