"""SWE-bench-Live: issues of many repositories, more each month (Zhang et al., 2025; MIT licence).

A record says itself how its repository is rebuilt and tested and how the log is read. `swe-bench-live@2025-06..2025-08`
takes the issues of these months alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import boxscore

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


class SweBenchLive:
    """The harness of SWE-bench-Live, of all its months or of some."""

    trust = boxscore.Trust.CANARY
    image = None
    parts: tuple[str, ...] = ()
    source = boxscore.DataSource(
        path="swebench-live/full.parquet",
        hub=("SWE-bench-Live/SWE-bench-Live", "main", "data/full-00000-of-00001.parquet"),
    )

    def __init__(self, months: str | None = None) -> None:
        self._window = None if months is None else boxscore.Months.of(months)
        self.name = "swe-bench-live" if self._window is None else f"swe-bench-live@{self._window}"
        of_months = "issues of Python repositories" if self._window is None else f"issues of {self._window}"
        self.title = f"SWE-bench-Live: {of_months}"

    def narrowed(self, months: str) -> SweBenchLive:
        """The harness of a window of months: `2025-06..2025-08`, `2025-06..`, `..2025-08` or `2025-06`."""
        return SweBenchLive(months)

    def load(self, path: Path) -> Sequence[boxscore.Instance]:
        """Read the records at `path` that are of these months."""
        return boxscore.load_swebench_live(path, self._window)

    def prompt(self, instance: boxscore.Instance) -> Sequence[Mapping[str, str]]:
        """Ask for a patch that resolves the issue."""
        return boxscore.patch_prompt(instance)

    def extract(self, instance: boxscore.Instance, sample: boxscore.Sample) -> str | None:
        """A patch is taken as it is; a chat answer is searched for one."""
        del instance
        return boxscore.patch_of(sample)

    def task(self, instance: boxscore.Instance) -> boxscore.PatchTask:
        """Rebuild, lay the tests over it, run them, and read the log by the record's own parser."""
        return boxscore.swebench_live_task(instance)


HARNESS = SweBenchLive()
