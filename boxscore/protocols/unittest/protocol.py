"""The *unittest* protocol as the engine sees it: a benchmark's tests run beside the program, in its process."""

from __future__ import annotations

import keyword
from typing import TYPE_CHECKING

from boxscore.boxes.folders import fault
from boxscore.protocols.contract import BaseProtocol
from boxscore.protocols.unittest.task import UnittestTask, limits_in_force
from boxscore.records import Limits, Trust

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

    from boxscore.protocols.contract import BatchGrader, Opening

MAX_TASK = 64 << 20  # of all texts and files: they cross in one frame
MAX_TESTS = 10_000


class UnittestProtocol(BaseProtocol[UnittestTask]):
    """Grades programs by tests in their own process, at the level that its layer proves; else at `claim`."""

    name = "unittest"
    task = UnittestTask
    trust = Trust.CLAIM

    def invalid_reason(self, task: UnittestTask) -> str | None:
        """See `Protocol.invalid_reason`, and so with the others."""
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
        """Hash what decides, and what is sent into boxes."""
        from boxscore.protocols.unittest.version import version  # noqa: PLC0415 - where samples are graded only

        return version(backend)

    def limits(self, task: UnittestTask) -> Limits:
        """Those of one sample."""
        return limits_in_force(task)

    def open(self, opening: Opening) -> AbstractContextManager[BatchGrader]:
        """Open a grader, whose box opens at the first batch."""
        from boxscore.protocols.unittest.grader import open_unit_grader  # noqa: PLC0415 - as above

        return open_unit_grader(opening.backend, opening.image, cache=opening.cache, strict=opening.strict)

    def together(self, task: UnittestTask) -> bool:
        """Keep samples together whose tests may be blinded: none is to run with the tests as they are before that."""
        return task.reference is not None

    def entry_point(self, task: UnittestTask) -> str | None:
        """The function that the tests call."""
        return task.entry_point

    def describe(self, task: UnittestTask) -> Mapping[str, object]:
        """Show which tests there are."""
        return {"entry_point": task.entry_point, "runner": task.runner, "tests": task.required}


PROTOCOL = UnittestProtocol()
