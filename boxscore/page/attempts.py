"""What pages read of agents: as much of their lines as the index shows, and a trajectory where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from boxscore.agents.atif import read_trajectory
from boxscore.errors import InputError
from boxscore.sampling.attempts import trajectory_path

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from boxscore.page.sections import Shown


class _Draft(Struct, frozen=True):
    """A draft of which only the number counts."""


class _Flag(Struct, frozen=True):
    rule: str


class AttemptLine(Struct, frozen=True):
    """As much of a line of `attempts.jsonl` as the index shows."""

    instance_id: str
    sample_id: str
    wall_s: float = 0.0
    drafts: list[_Draft] = []
    flags: list[_Flag] = []

    @property
    def rules(self) -> set[str]:
        """The rules that found something odd."""
        return {one.rule for one in self.flags}


def with_trajectory(
    folder: Path, shown: Shown, prompt_of: Callable[[str], Sequence[Mapping[str, str]]] | None
) -> Shown:
    """Add what an agent did, or what the benchmark asks where that is not there or cannot be read."""
    name = shown.sample.instance_id
    path = trajectory_path(folder, name, shown.sample.sample_id)
    trouble = ""
    if path.is_file():
        try:
            return replace(shown, trajectory=read_trajectory(path).document)
        except InputError as error:
            trouble = str(error)
    return replace(shown, trouble=trouble, prompt=() if prompt_of is None else prompt_of(name))
