"""The flags of a graded patch: see docs/flags.md. They deny the level `watched`, and no verdict hangs on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.flags.scan import flags_of
from boxscore.protocols.patch.diff import hunks_of
from boxscore.protocols.patch.record import flags_of_run

if TYPE_CHECKING:
    from boxscore.protocols.patch.run import SuiteRun
    from boxscore.protocols.patch.task import PatchTask
    from boxscore.records import PatchFlag


def flags_of_sample(task: PatchTask, patch: str, ran: SuiteRun | None) -> tuple[PatchFlag, ...]:
    """Flag what a patch adds outside of tests and the reference does not add, and what was noted in its run."""
    noted = () if ran is None else flags_of_run(ran.notes, patch)
    return (*flags_of(hunks_of(patch), hunks_of(task.reference or "")), *noted)
