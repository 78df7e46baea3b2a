"""Who is to blame for a box that is lost while what protects a task is learned with its reference."""

from __future__ import annotations

import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from boxscore.boxes.fake import FakeBackend
from boxscore.errors import BoxLost, LossCause
from boxscore.protocols.blind.learn import BlindTests
from boxscore.protocols.contract import Batch, Candidate
from boxscore.protocols.unittest import grader
from boxscore.protocols.unittest.grader import UnitGrader
from boxscore.protocols.unittest.protection import BlindUnit, ProtectedTests, Protection
from boxscore.protocols.unittest.run import UnitRun
from boxscore.protocols.unittest.task import UnitStatus, UnittestTask
from boxscore.records import Outcome, Trust

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.protocols.unittest.protection import Runs
    from boxscore.records import Limits

RIGHT, REFERENCE = "right = 1", "reference = 1"
TASK = UnittestTask(tests="", entry_point="f", reference=REFERENCE, required=("TestCases.test_a",))
BATCH = Batch(instance_id="t/0", task=TASK, trust=Trust.CLAIM, candidates=(Candidate(sample_id="0", code=RIGHT),))


class LosingGrader(UnitGrader):
    losing = ""

    def _run(self, task: UnittestTask, program: str, tests: str, required: Sequence[str]) -> UnitRun:
        assert program == self.losing
        raise BoxLost("the box ended", cause=LossCause.INSIDE)


class Learns(Protection):
    def __init__(self) -> None:
        super().__init__(Path("nowhere"), "here")

    def known(self, task: UnittestTask, runs: Runs) -> ProtectedTests:
        if LosingGrader.losing == REFERENCE:
            runs.plain(REFERENCE, task.tests, task.required)
        return ProtectedTests(task, BlindUnit(blind=BlindTests()), random.SystemRandom)


@pytest.mark.parametrize(("losing", "outcome"), [(REFERENCE, Outcome.INTERNAL), (RIGHT, Outcome.TAMPERED)])
def test_a_box_lost_at_the_reference_is_no_samples_doing(
    monkeypatch: pytest.MonkeyPatch, losing: str, outcome: Outcome
) -> None:
    monkeypatch.setattr(LosingGrader, "losing", losing)

    (result,) = LosingGrader(FakeBackend(), "python", Learns(), strict=False).grade(BATCH)

    assert result.outcome is outcome


class CrowdedGrader(UnitGrader):
    boxes = 0

    def _run(self, task: UnittestTask, program: str, tests: str, required: Sequence[str]) -> UnitRun:
        type(self).boxes += 1
        if self.boxes > 1:
            planted = dict.fromkeys(set(required) - set(task.required), UnitStatus.FAILED)
            return UnitRun(statuses=dict.fromkeys(task.required, UnitStatus.PASSED) | planted)
        reason = "OSError: [Errno 98] Address already in use"
        return UnitRun(statuses=dict.fromkeys(required, UnitStatus.ERROR), reasons=dict.fromkeys(required, reason))


def test_a_sample_without_a_port_is_tried_in_a_new_box() -> None:
    (result,) = CrowdedGrader(FakeBackend(), "python", Learns(), strict=False).grade(BATCH)

    assert (result.outcome, result.attempts) == (Outcome.PASSED, 2)


class Opened:
    """Stands for a box that opens."""


class OpeningGrader(UnitGrader):
    def _open(self, limits: Limits) -> Any:
        return Opened()


def test_a_box_lost_at_a_control_is_no_samples_doing(monkeypatch: pytest.MonkeyPatch) -> None:
    def lose(*_: object) -> None:
        raise BoxLost("the box ended", cause=LossCause.INSIDE)

    monkeypatch.setattr(grader, "prove_pytest", lose)
    batch = replace(BATCH, task=replace(TASK, runner="pytest"))

    (result,) = OpeningGrader(FakeBackend(), "python", Learns(), strict=False).grade(batch)

    assert result.outcome is Outcome.INTERNAL
