"""From a record of Multi-SWE-bench to the task of the patch protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore import Limits, PatchTask, UsageError, changed_paths

from .images import commands, environment, instance_image
from .repositories import repository
from .row import flaw, row_of
from .rules import RULE

if TYPE_CHECKING:
    from boxscore import Instance

LIMITS = Limits(
    cpu_s=7200.0,
    wall_s=7200.0,
    memory_bytes=8 << 30,
    processes=2048,
    disk_bytes=8 << 30,
    output_bytes=32 << 20,
)


def multi_swe_task(instance: Instance) -> PatchTask:
    """Say how an instance is graded.

    Raises UsageError where its repository is not supported, it has no image, or no patch can resolve it.
    """
    row = row_of(instance)
    known = repository(row.org, row.repo)
    problem = flaw(row)
    if problem is not None:
        raise UsageError(f"{row.instance_id}: {problem}")
    return PatchTask(
        image=instance_image(row, known),
        fail_to_pass=row.fixed,
        pass_to_pass=row.p2p_tests,
        must_not_fail=row.must_not_fail,
        commands=commands(row, known),
        parser=known.parser_of(row.number),
        test_patch=row.test_patch,
        rule=RULE,
        allowed=changed_paths(row.fix_patch),
        env=environment(row, known),
        reference=row.fix_patch or None,
        command_s=LIMITS.wall_s,
        limits=LIMITS,
    )
