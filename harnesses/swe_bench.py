"""SWE-bench: patches that resolve issues of real repositories (Jimenez et al., 2024; MIT licence).

Records of v4 (tests and environment follow from repository and version) and of v5 (each carries its own script, or is
a folder of a task repository) are read. A patch resolves its instance if every test that it must mend and every test
that it must not break is observed to pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import boxscore

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


class SweBench:
    """The harness of one of SWE-bench's data sets."""

    trust = boxscore.Trust.CANARY
    image = None
    parts: tuple[str, ...] = ()

    def __init__(self, name: str, title: str, data_set: str) -> None:
        self.name = name
        self.title = title
        self.source = boxscore.DataSource(
            path=f"swebench/{data_set}.parquet",
            hub=(f"SWE-bench/{data_set}", "main", "data/test-00000-of-00001.parquet"),
        )

    def load(self, path: Path) -> Sequence[boxscore.Instance]:
        """Read the records at `path`, or the task repository whose `sweb.yaml` it is."""
        return boxscore.load_swebench(path)

    def prompt(self, instance: boxscore.Instance) -> Sequence[Mapping[str, str]]:
        """Ask for a patch that resolves the issue."""
        return boxscore.patch_prompt(instance)

    def extract(self, instance: boxscore.Instance, sample: boxscore.Sample) -> str | None:
        """A patch is taken as it is; a chat answer is searched for one."""
        del instance
        return boxscore.patch_of(sample)

    def task(self, instance: boxscore.Instance) -> boxscore.PatchTask:
        """Run the files of the test patch, by the commands of the instance's spec or script."""
        return boxscore.swebench_task(instance)


HARNESSES = (
    SweBench("swe-bench", "SWE-bench: 2294 issues of 12 Python repositories", "SWE-bench"),
    SweBench("swe-bench-lite", "SWE-bench Lite: 300 issues of SWE-bench", "SWE-bench_Lite"),
    SweBench("swe-bench-verified", "SWE-bench Verified: 500 issues checked by people", "SWE-bench_Verified"),
    SweBench("swe-bench-multilingual", "SWE-bench Multilingual: 300 issues in 9 languages", "SWE-bench_Multilingual"),
)
