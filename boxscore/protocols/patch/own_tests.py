"""The verdict's tests as they run where an agent worked, for evidence of what it did to the place."""

from __future__ import annotations

import shlex
from functools import partial
from typing import TYPE_CHECKING

from boxscore.protocols.patch.diff import changed_paths
from boxscore.protocols.patch.logs import judge, parse_log, under_required_names
from boxscore.protocols.patch.run import BOX_PARSER
from boxscore.protocols.patch.test_files import required_files
from boxscore.protocols.roles import OwnTests

if TYPE_CHECKING:
    from boxscore.protocols.patch.task import PatchTask


def test_paths(task: PatchTask) -> tuple[str, ...]:
    """The files of the tests that decide, and of what they need beside them."""
    return tuple(sorted(required_files(task, changed_paths(task.test_patch))))


def own_tests(task: PatchTask) -> OwnTests | None:
    """How the tests run in an agent's box; None where their log is read in a box of its own."""
    if task.parser == BOX_PARSER or task.log_program is not None:
        return None
    report = () if task.report is None else (f"rm -rf {shlex.quote(task.report)}",)
    return OwnTests(
        script="\n".join(("exec 2>&1 </dev/null", *task.build, *report, *task.commands, "")),
        env=task.env,
        wall_s=task.command_s,
        output_bytes=task.limits.output_bytes,
        failure=partial(_failure, task),
    )


def _failure(task: PatchTask, log: str) -> str:
    required = (*task.fail_to_pass, *task.pass_to_pass)
    judged = judge(task, under_required_names(parse_log(task.parser, log), required), log)
    missing = [test for test, status in judged.tests.items() if status != "PASSED"]
    return "" if judged.resolved else f"not passed: {', '.join(missing[:3])}"
