"""SWE-rebench: issues of many repositories, gathered anew each month, each with its own install recipe.

Badertdinov et al., 2025 and 2026 (Nebius). Rows of V1 are Python and graded as SWE-bench's, those of V2 are in twenty
languages and have commands and a log parser of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import boxscore

from ..live import Months
from ..report import check_logs, reports_of
from .report import write_eval_reports
from .rows import load_swe_rebench
from .task import STRATEGIES, swe_rebench_task

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["SWE_REBENCH", "SWE_REBENCH_V2", "SweRebench", "load_swe_rebench", "swe_rebench_task"]


class SweRebench(boxscore.PatchHarness):
    """The harness of one of SWE-rebench's data sets, of all its months or of some."""

    apply_strategies = STRATEGIES

    def __init__(self, name: str, title: str, path: str, trust: boxscore.Trust, months: str | None = None) -> None:
        self.trust = trust
        self._window = None if months is None else Months.of(months)
        self._whole = name, title, path, trust
        self.name = name if self._window is None else f"{name}@{self._window}"
        self.title = title if self._window is None else f"{title}, of {self._window}"
        self.source = boxscore.DataSource(path=path)

    def narrowed(self, months: str) -> SweRebench:
        """The harness of a window of months: `2025-06..2025-08`, `2025-06..`, `..2025-08` or `2025-06`."""
        return SweRebench(*self._whole, months)

    def load(self, path: Path) -> Sequence[boxscore.Instance]:
        return load_swe_rebench(path, self._window)

    def task(self, instance: boxscore.Instance) -> boxscore.PatchTask:
        return swe_rebench_task(instance)

    def published_image(self, instance: boxscore.Instance) -> str | None:
        return str(instance.row["image"])

    def check_files(self, folder: Path, run_id: str) -> None:
        check_logs(folder, run_id)

    def write_files(self, run: boxscore.GradedRun) -> Sequence[Path]:
        return [*reports_of(run), *write_eval_reports(run)]


SWE_REBENCH = SweRebench(
    "swe-rebench",
    "SWE-rebench: issues of Python repositories, month by month",
    "swe-rebench/test.parquet",
    boxscore.Trust.WATCHED,
)
SWE_REBENCH_V2 = SweRebench(
    "swe-rebench-v2",
    "SWE-rebench V2: issues in 20 languages",
    "swe-rebench/v2.parquet",
    boxscore.Trust.WATCHED,
)
