"""A base for benchmarks of repositories: an issue is asked for, and a patch is taken from what a model answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.data.patch_answers import patch_of, patch_prompt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boxscore.harness import DataSource
    from boxscore.records import Instance, Sample, Trust


class PatchHarness:
    """A harness of repositories; a subclass gives `name`, `title`, `source`, `trust`, and methods `load` and `task`.

    `counts_missing`: as a leaderboard's, its score is of all instances, with a prediction or without. Override
    what differs.
    """

    name: str
    title: str
    source: DataSource
    trust: Trust
    image = None
    parts: tuple[str, ...] = ()
    counts_missing = True

    def prompt(self, instance: Instance) -> Sequence[Mapping[str, str]]:
        """Ask for a patch that resolves the issue."""
        return patch_prompt(instance)

    def extract(self, instance: Instance, sample: Sample) -> str | None:
        """A patch is taken as it is; a chat answer is searched for one."""
        del instance
        return patch_of(sample)
