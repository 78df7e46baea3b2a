"""The flags of a graded patch: see docs/flags.md. They deny the level `watched`, and no verdict hangs on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.flags.scan import flags_of
from boxscore.protocols.patch.diff import hunks_of

if TYPE_CHECKING:
    from boxscore.protocols.patch.task import PatchTask
    from boxscore.records import PatchFlag


def patch_flags(task: PatchTask, patch: str) -> tuple[PatchFlag, ...]:
    """Flag what a patch adds outside of tests and the reference does not add."""
    return flags_of(hunks_of(patch), hunks_of(task.reference or ""))
