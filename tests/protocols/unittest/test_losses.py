"""Who is to blame for a box that is lost while what protects a task is learned with its reference."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest

from boxscore.boxes.fake import FakeBackend
from boxscore.errors import BoxLost, LossCause
from boxscore.protocols.contract import Batch, Candidate
from boxscore.protocols.unittest.grader import UnitGrader
from boxscore.protocols.unittest.layer import Judged, judged_plainly
from boxscore.protocols.unittest.task import UnittestTask
from boxscore.records import Outcome, Trust

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.protocols.unittest.layer import Look, Runs
    from boxscore.protocols.unittest.run import UnitRun

RIGHT, REFERENCE = "right = 1", "reference = 1"
TASK = UnittestTask(tests="", entry_point="f", reference=REFERENCE, required=("TestCases.test_a",))
BATCH = Batch(instance_id="t/0", task=TASK, trust=Trust.CLAIM, candidates=(Candidate(sample_id="0", code=RIGHT),))


class LosingGrader(UnitGrader):
    """Its boxes end by themselves, each time when one program runs."""

    losing = ""

    def _run(self, task: UnittestTask, program: str, tests: str, required: Sequence[str]) -> UnitRun:
        assert program == self.losing
        raise BoxLost("the box ended", cause=LossCause.INSIDE)


class LearnsLate:
    """A layer that runs the reference only when a sample is judged, as negated tests are learned."""

    def known(self, task: UnittestTask, runs: Runs) -> Late:
        """See `ProtectiveLayer.known`."""
        return Late(task, runs)


class Late:
    """What such a layer knows."""

    def __init__(self, task: UnittestTask, runs: Runs) -> None:
        self._task = task
        self._learn = partial(runs.plain, REFERENCE, task.tests, task.required)

    def look(self, program: str, runs: Runs) -> Look | None:
        """Hide nothing."""

    def judge(self, program: str, look: Look | None, runs: Runs, *, samples: int) -> Judged:
        """Learn first, then run the sample."""
        if LosingGrader.losing == REFERENCE:
            self._learn()
        return judged_plainly(self._task, runs.plain(program, self._task.tests, self._task.required))


@pytest.mark.parametrize(("losing", "outcome"), [(REFERENCE, Outcome.INTERNAL), (RIGHT, Outcome.TAMPERED)])
def test_a_box_lost_at_the_reference_is_no_samples_doing(
    monkeypatch: pytest.MonkeyPatch, losing: str, outcome: Outcome
) -> None:
    """Whenever the reference runs, also while a sample is judged; a box that the sample itself ends still is."""
    monkeypatch.setattr(LosingGrader, "losing", losing)

    (result,) = LosingGrader(FakeBackend(), "python", LearnsLate(), strict=False).grade(BATCH)

    assert result.outcome is outcome
