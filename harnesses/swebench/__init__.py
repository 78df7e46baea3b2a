"""SWE-bench and SWE-bench-Live: patches that resolve issues of real repositories (MIT licence).

A record comes as a line of a data set (v4: what to run follows from repository and version by the published specs;
v5: it carries its own `eval_script`), as a v5 task folder, or as SWE-bench-Live's record. `load_…` reads records into
instances whose `row` is a `SweRow` or `LiveRow` as plain data, with all that a task needs from files around it;
`…_task` makes the task, a pure function of the row. Nothing here opens a box or builds an image: recipes are text, and
what they need from a code host is fetched when the image is built.

Jimenez et al., 2024; Zhang et al., 2025.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import boxscore

from .live import Months, load_swebench_live, swebench_live_task
from .load import load_swebench
from .own import load_own, own_task
from .pro import SweBenchPro
from .report import check_logs, reports_of
from .rules import APPLY_STRATEGIES
from .swe_rebench import SWE_REBENCH, SWE_REBENCH_V2
from .task import swebench_task

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = [
    "HARNESSES",
    "Months",
    "load_own",
    "load_swebench",
    "load_swebench_live",
    "own_task",
    "swebench_live_task",
    "swebench_task",
]


class _Patches(boxscore.PatchHarness):
    """What the harnesses of all these data sets share."""

    trust = boxscore.Trust.WATCHED
    apply_strategies = APPLY_STRATEGIES

    def published_image(self, instance: boxscore.Instance) -> str | None:
        name = instance.row.get("image")
        return name if isinstance(name, str) and name else None

    def check_files(self, folder: Path, run_id: str) -> None:
        check_logs(folder, run_id)

    def write_files(self, run: boxscore.GradedRun) -> Sequence[Path]:
        return reports_of(run)


class SweBench(_Patches):
    """The harness of one of SWE-bench's data sets.

    A patch resolves its instance if every test that it must fix and every test that it must not break is observed to
    pass.
    """

    def __init__(self, name: str, title: str, source: boxscore.DataSource) -> None:
        self.name, self.title, self.source = name, title, source

    def load(self, path: Path) -> Sequence[boxscore.Instance]:
        return load_swebench(path)

    def task(self, instance: boxscore.Instance) -> boxscore.PatchTask:
        return swebench_task(instance)


class SweBenchLive(_Patches):
    """The harness of SWE-bench-Live, of all its months or of some.

    A record says itself how its repository is rebuilt and tested and how the log is read.
    `swe-bench-live@2025-06..2025-08` takes the issues of these months alone.
    """

    trust = boxscore.Trust.CLAIM
    source = boxscore.DataSource(
        path="swebench-live/full.parquet",
        hub=("SWE-bench-Live/SWE-bench-Live", "main", "data/full-00000-of-00001.parquet"),
    )

    def __init__(self, months: str | None = None) -> None:
        self._window = None if months is None else Months.of(months)
        self.name = "swe-bench-live" if self._window is None else f"swe-bench-live@{self._window}"
        of_months = "issues of Python repositories" if self._window is None else f"issues of {self._window}"
        self.title = f"SWE-bench-Live: {of_months}"

    def narrowed(self, months: str) -> SweBenchLive:
        """The harness of a window of months: `2025-06..2025-08`, `2025-06..`, `..2025-08` or `2025-06`."""
        return SweBenchLive(months)

    def load(self, path: Path) -> Sequence[boxscore.Instance]:
        return load_swebench_live(path, self._window)

    def task(self, instance: boxscore.Instance) -> boxscore.PatchTask:
        return swebench_live_task(instance)


class Own(_Patches):
    """The harness of files that `boxscore instances new` writes.

    A patch resolves its instance if every required test is observed to pass. Patches are applied strictly.
    """

    name = "own"
    title = "own: instances made from repositories of your own"
    source = boxscore.DataSource(path="own.jsonl")

    def load(self, path: Path) -> Sequence[boxscore.Instance]:
        return load_own(path)

    def task(self, instance: boxscore.Instance) -> boxscore.PatchTask:
        return own_task(instance)


def _of_hub(data_set: str) -> boxscore.DataSource:
    return boxscore.DataSource(
        path=f"swebench/{data_set}.parquet",
        hub=(f"SWE-bench/{data_set}", "main", "data/test-00000-of-00001.parquet"),
    )


HARNESSES = (
    SweBench("swe-bench", "SWE-bench: 2294 issues of 12 Python repositories", _of_hub("SWE-bench")),
    SweBench("swe-bench-lite", "SWE-bench Lite: 300 issues of SWE-bench", _of_hub("SWE-bench_Lite")),
    SweBench("swe-bench-verified", "SWE-bench Verified: 500 issues checked by people", _of_hub("SWE-bench_Verified")),
    SweBench(
        "swe-bench-multilingual",
        "SWE-bench Multilingual: 300 issues in 9 languages",
        _of_hub("SWE-bench_Multilingual"),
    ),
    # Files that its tests look at are in no data set, so it is read from its repository of tasks.
    SweBench(
        "swe-bench-multimodal",
        "SWE-bench Multimodal: issues with pictures of JavaScript repositories",
        boxscore.DataSource(path="swebench_multimodal/sweb.yaml"),
    ),
    SweBenchLive(),
    Own(),
    SweBenchPro(),
    SWE_REBENCH,
    SWE_REBENCH_V2,
)
