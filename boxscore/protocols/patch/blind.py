"""Blinded tests of patches: what is known of an instance's, learned once with the reference, and runs of them.

Each run of blinded tests is in a box in which their files have never lain with the values that they expect.
"""

from __future__ import annotations

from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.errors import ProtocolError
from boxscore.protocols.blind.learn import BlindRun, BlindTests, Learner, Suite
from boxscore.protocols.blind.observations import Observations, read_observations
from boxscore.protocols.blind.words import readable_in
from boxscore.protocols.learned import LearnedRecords
from boxscore.protocols.patch.admission import Refused
from boxscore.protocols.patch.box_files import read_tests, standing_in_box
from boxscore.protocols.patch.diff import changed_paths
from boxscore.protocols.patch.logs import judge
from boxscore.protocols.patch.run import run_staged
from boxscore.protocols.patch.tree import restore, stage, stage_again
from boxscore.protocols.retry import at_code
from boxscore.protocols.test_ids import places_of
from boxscore.protocols.versions import protocol_version
from boxscore.records import fingerprint

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from boxscore.boxes.contract import Box
    from boxscore.protocols.blind.hiding import Key
    from boxscore.protocols.blind.learn import Files
    from boxscore.protocols.patch.boxes import OpenBox
    from boxscore.protocols.patch.run import SuiteRun
    from boxscore.protocols.patch.task import PatchTask
    from boxscore.protocols.patch.tree import Staged
    from boxscore.protocols.retry import During

PLACE = "/scratch/comparisons.jsonl"
READ_BYTES = 32 << 20


class BlindPatchRun(Struct, frozen=True, kw_only=True):
    """One run of blinded tests: what the runner reported, and what was sent."""

    staged: Staged
    suite: SuiteRun
    observations: Observations


class BlindLayer:
    """Blinded tests of instances. `cache` keeps what is known of them."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache / "blind"
        self._records = LearnedRecords()

    def known(self, task: PatchTask, *, image: str, open_box: OpenBox) -> BlindTests:
        """What is known of a task's tests; found out with its reference patch, and kept. Raises BoxError."""
        if task.reference is None:
            return BlindTests(reason="there is no reference patch to try blinded tests on")
        if task.log_program is not None:
            return BlindTests(reason="its tests are read by a program of the data set")
        if not any(path.endswith(".py") for path in changed_paths(task.test_patch)):
            return BlindTests(reason="its tests are not in Python")
        path = self._cache / f"{fingerprint(image, task, protocol_version(''))}.json"
        return self._records.found(path, BlindTests, partial(_learned, task, task.reference, open_box))

    def run(self, task: PatchTask, patch: str, tests: BlindTests, *, open_box: OpenBox) -> BlindPatchRun | Refused:
        """Run the blinded tests on a patched tree in a fresh box.

        Raises BoxError, marked (`at_code`) where that may be the patch's doing.
        """
        return _run(task, open_box, at_code, patch, tests.files)


def _learned(task: PatchTask, reference: str, open_box: OpenBox) -> tuple[BlindTests, bool]:
    with open_box(nullcontext) as box:
        staged = stage_again(box, task, None)
        restore(box, task, staged)
        files = {path: text for path, text in read_tests(box, task, staged).items() if path in staged.tests}
        learner = Learner(Suite(files=files, within=_within(task, files), place=PLACE))
        told = readable_in("\n".join((task.statement, *task.commands)))
        standing = {one for one in learner.words if one in told}
        if learner.words:
            standing |= standing_in_box(box, task, staged, files, learner.words)
    run = partial(_blind_run, task, open_box)
    return learner.learn(standing, partial(run, reference), (partial(run, None),))


def _within(task: PatchTask, files: dict[str, str]) -> dict[str, set[Key]]:
    """The functions of the tests that a fix must make pass, by their file."""
    found: dict[str, set[Key]] = {}
    for place in places_of(task.fail_to_pass, files).values():
        if place is not None:
            found.setdefault(place[0], set()).add(place[1])
    return found


def _blind_run(task: PatchTask, open_box: OpenBox, patch: str | None, files: Files) -> BlindRun | None:
    ran = _run(task, open_box, nullcontext, patch, files)
    if isinstance(ran, Refused) or ran.suite.limit is not None:
        return None
    passed = judge(task, ran.suite.statuses, ran.suite.log).resolved
    return BlindRun(passed=passed, observations=ran.observations)


def _run(
    task: PatchTask, open_box: OpenBox, during: During, patch: str | None, files: Sequence[tuple[str, str]]
) -> BlindPatchRun | Refused:
    """Run the task's commands on a patched tree (None: on the base commit's) with blinded `files`."""
    with open_box(during) as box:
        staged = stage(box, task, patch, instead=tuple(files))
        if isinstance(staged, Refused):
            return staged
        with during():
            suite = run_staged(box, task, staged)
        return BlindPatchRun(staged=staged, suite=suite, observations=_observations(box))


def _observations(box: Box) -> Observations:
    """Read what was sent: nothing where no comparison was made, or a candidate removed it."""
    try:
        return read_observations(box.get(PLACE, max_bytes=READ_BYTES))
    except FileNotFoundError:
        return Observations()
    except ProtocolError:
        return Observations(whole=False)
