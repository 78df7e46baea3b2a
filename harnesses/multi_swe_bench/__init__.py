"""Multi-SWE-bench: patches that resolve issues of repositories in seven languages (Apache-2.0 licence).

A record says which tests the official fix makes pass and which it keeps passing. A patch resolves its instance if all
of them pass and no test that passed before fails. What is known of the repositories is data in `repositories.py`.

Zan et al., 2025.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import boxscore
from boxscore import ApplyStrategy, Limits, PatchTask, ResolutionRule, Status, UsageError, changed_paths

from .images import commands, environment, instance_image
from .report import write_reports
from .repositories import repository
from .row import flaw, load_multi_swe, row_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from boxscore import Instance

# All that the record has fixed or kept passes again, and the log does not contradict itself. How the runner ends is
# not asked.
RULE = ResolutionRule(reads_exit_code=False, refused=(Status.ERROR,))

APPLY_STRATEGIES = {
    # The fallback that its README has. `--unified` is ours: it keeps patch(1) from reading a script for ed.
    "multi-swe-patch": ApplyStrategy(
        steps=(("patch", "--unified", "--batch", "--fuzz=5", "-p1", "-i"),), ends_last_line=False
    ),
}
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


__all__ = ["HARNESSES", "MultiSweBench", "load_multi_swe", "multi_swe_task"]


class MultiSweBench(boxscore.PatchHarness):
    trust = boxscore.Trust.WATCHED
    apply_strategies = APPLY_STRATEGIES

    def __init__(self, name: str, title: str, source: boxscore.DataSource) -> None:
        self.name, self.title, self.source = name, title, source

    def load(self, path: Path) -> Sequence[boxscore.Instance]:
        return load_multi_swe(path)

    def task(self, instance: boxscore.Instance) -> boxscore.PatchTask:
        return multi_swe_task(instance)

    def published_image(self, instance: boxscore.Instance) -> str:
        return row_of(instance).image

    def check_files(self, folder: Path, run_id: str) -> None:
        del run_id
        boxscore.check_own_folder(folder)

    def write_files(self, run: boxscore.GradedRun) -> Sequence[Path]:
        """Write the final report for each model, and logs of each instance where they are asked for."""
        return write_reports(run)


HARNESSES = (
    MultiSweBench(
        "multi-swe-bench",
        "Multi-SWE-bench: 1632 issues of 39 repositories in 7 languages",
        boxscore.DataSource(path="multi_swe_bench/multi_swe_bench.jsonl"),
    ),
    MultiSweBench(
        "multi-swe-bench-mini",
        "Multi-SWE-bench mini: 400 issues in 8 languages",
        boxscore.DataSource(
            path="multi_swe_bench/multi_swe_bench_mini.jsonl",
            hub=(
                "ByteDance-Seed/Multi-SWE-bench_mini",
                "d0fab3ccc7dff232fcaac234cf8af9a2efeaccf6",
                "multi_swe_bench_mini.jsonl",
            ),
        ),
    ),
    MultiSweBench(
        "multi-swe-bench-flash",
        "Multi-SWE-bench flash: 300 issues of Multi-SWE-bench",
        boxscore.DataSource(
            path="multi_swe_bench/multi_swe_bench_flash.jsonl",
            hub=(
                "ByteDance-Seed/Multi-SWE-bench-flash",
                "b0485dbebaf8a1317ebf140e80e6fc6c02d3502b",
                "multi_swe_bench_flash.jsonl",
            ),
        ),
    ),
)
