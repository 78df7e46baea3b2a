"""SWE-bench Pro: long tasks in repositories of eleven projects, each with its own run script and log parser.

Deng et al., 2025 (Scale AI). A row says which test files are written over the repository and which are run; the script
that runs them and the program that reads what they print are files of the benchmark's repository, beside the data.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import boxscore

from ..patches import without_binaries
from .report import write_outputs
from .row import load_swebench_pro
from .task import swebench_pro_task

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["SweBenchPro", "load_swebench_pro", "swebench_pro_task"]


class SweBenchPro(boxscore.PatchHarness):
    """The harness of SWE-bench Pro's public set."""

    name = "swe-bench-pro"
    title = "SWE-bench Pro: 731 long tasks in 11 repositories"
    trust = boxscore.Trust.CLAIM
    source = boxscore.DataSource(
        path="swe-bench-pro/test.parquet",
        hub=(
            "ScaleAI/SWE-bench_Pro",
            "7ab5114912baf22bb098818e604c02fe7ad2c11f",
            "data/test-00000-of-00001.parquet",
        ),
    )

    def load(self, path: Path) -> Sequence[boxscore.Instance]:
        return load_swebench_pro(path)

    def extract(self, instance: boxscore.Instance, sample: boxscore.Sample) -> str | None:
        """A patch without its binary files, as the official program takes it; a chat answer is searched for one."""
        patch = super().extract(instance, sample)
        return None if patch is None else without_binaries(patch) or None

    def task(self, instance: boxscore.Instance) -> boxscore.PatchTask:
        return swebench_pro_task(instance)

    def published_image(self, instance: boxscore.Instance) -> str | None:
        return str(instance.row["image"])

    def check_files(self, folder: Path, run_id: str) -> None:
        del run_id
        boxscore.check_own_folder(folder)

    def write_files(self, run: boxscore.GradedRun) -> Sequence[Path]:
        return write_outputs(run)
