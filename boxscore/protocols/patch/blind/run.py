"""Runs of blinded tests, each in a box in which their files have never lain with what they expect."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.errors import ProtocolError
from boxscore.protocols.blind.observations import Observations, read_observations
from boxscore.protocols.patch.admission import Refused
from boxscore.protocols.patch.run import run_staged
from boxscore.protocols.patch.tree import stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.boxes.contract import Box
    from boxscore.protocols.patch.boxes import OpenBox
    from boxscore.protocols.patch.run import SuiteRun
    from boxscore.protocols.patch.task import PatchTask
    from boxscore.protocols.patch.tree import Staged
    from boxscore.protocols.retry import During

PLACE = "/scratch/comparisons.jsonl"
READ_BYTES = 32 << 20


class BlindPatchRun(Struct, frozen=True, kw_only=True):
    """One run of blinded tests: what the runner reported, under the ids it knows, and what was sent."""

    staged: Staged
    suite: SuiteRun
    observations: Observations


def run_blind(  # noqa: PLR0913 - each is a choice of the caller's own
    task: PatchTask,
    patch: str | None,
    files: Sequence[tuple[str, str]],
    *,
    required: Sequence[str],
    open_box: OpenBox,
    during: During = nullcontext,
) -> BlindPatchRun | Refused:
    """Run the task's commands on a patched tree (None: on the base commit's) with blinded `files`.

    `required` are the ids that a report is asked about. Raises BoxError if the box fails.
    """
    with open_box(during) as box:
        staged = stage(box, task, patch, instead=tuple(files))
        if isinstance(staged, Refused):
            return staged
        with during():
            suite = run_staged(box, task, staged, commands=task.commands, required=required)
        return BlindPatchRun(staged=staged, suite=suite, observations=_observations(box))


def _observations(box: Box) -> Observations:
    """Read what was sent: nothing where no comparison was made, or a candidate removed it."""
    try:
        return read_observations(box.get(PLACE, max_bytes=READ_BYTES))
    except FileNotFoundError:
        return Observations()
    except ProtocolError:
        return Observations(whole=False)
