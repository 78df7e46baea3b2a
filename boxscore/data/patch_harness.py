"""A base for benchmarks of repositories: an issue is asked for, and a patch is taken from what a model answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from boxscore.data.patch_answers import patch_of
from boxscore.data.prompts import render_prompt
from boxscore.resources import package

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from boxscore.harness import DataSource, Harness
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
    prompt_templates: Mapping[str, Path] = {"chat": package() / "data/templates/patch.chat.jinja"}

    def prompt_fields(self, instance: Instance) -> Mapping[str, object]:
        """The issue, without empty lines at its end."""
        return {"issue": instance.prompt.rstrip()}

    def prompt(self, instance: Instance) -> Sequence[Mapping[str, str]]:
        """Ask for a patch that resolves the issue."""
        return render_prompt(cast("Harness", self), instance).messages

    def extract(self, instance: Instance, sample: Sample) -> str | None:
        """A patch is taken as it is; a chat answer is searched for one."""
        del instance
        return patch_of(sample)
