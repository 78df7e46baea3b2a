"""From a row of SWE-rebench to the task of the patch protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from boxscore import (
    ApplyStrategy,
    InstanceImage,
    Limits,
    LogProgram,
    PatchTask,
    ResolutionRule,
    changed_paths,
)

from ..dockerfile import run
from ..home import LINK_HOME, OPEN_HOME
from ..published import only_published
from ..rules import APPLY_STRATEGIES
from ..task import swebench_task
from .log_names import program
from .rows import V2Row

if TYPE_CHECKING:
    from boxscore import Instance

# Every required test PASSED and no other: the official program compares the lists.
V2 = ResolutionRule(no_others=True, reads_exit_code=False)
# Room for a whole tree with its packages, `node_modules` too: see SWE-bench Pro's.
LIMITS = Limits(
    cpu_s=4 * 1800.0,
    wall_s=1800.0,
    memory_bytes=16 << 30,
    processes=2048,
    disk_bytes=8 << 30,
    output_bytes=16 << 20,
)
STRATEGIES = {
    **APPLY_STRATEGIES,
    "swe-rebench-v2": ApplyStrategy(
        steps=(("git", "apply", "-v", "--3way", "--recount", "--ignore-space-change", "--whitespace=nowarn"),),
        ends_last_line=False,
    ),
}


def swe_rebench_task(instance: Instance) -> PatchTask:
    """Say how an instance is graded: one of V1 as SWE-bench's, one of V2 by its own commands and parser.

    Raises UsageError where the digest of an image of V2 is not known.
    """
    if "parsers" not in instance.row:
        return swebench_task(instance)
    row = msgspec.convert(instance.row, V2Row)
    return PatchTask(
        image=_image(row),
        fail_to_pass=row.fail_to_pass,
        pass_to_pass=row.pass_to_pass,
        commands=("\n".join((LINK_HOME, "set -e", *row.test_cmds)),),
        log_program=log_program(row.log_parser, row.parsers),
        test_patch=row.test_patch,
        rule=V2,
        allowed=changed_paths(row.patch),
        env=(("_JAVA_OPTIONS", "-Djava.net.preferIPv6Addresses=false"),),
        reference=row.patch or None,
        command_s=LIMITS.wall_s,
        limits=LIMITS,
    )


def log_program(parser: str, parsers: tuple[tuple[str, str], ...]) -> LogProgram:
    packages = (("lib/__init__.py", ""), ("lib/agent/__init__.py", ""))
    return LogProgram(files=(("read_log.py", program(parser)), *packages, *parsers))


def _image(row: V2Row) -> InstanceImage:
    return InstanceImage(
        name=row.instance_id,
        tree=f"/{row.repo.partition('/')[2]}",
        pinned=only_published(row.image, row.digest, "SWE-rebench V2"),
        instance=f"{run(OPEN_HOME)}\n",
    )
