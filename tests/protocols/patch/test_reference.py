"""What tests themselves change: learned from a run of the reference patch, path by path and state by state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.protocols.patch.grader import PatchGrader, References
from boxscore.records import LimitName
from tests.protocols.patch.patch_boxes import PASSING, PATCH, TASK, FakeBoxes, StubPlanting, ended, grade_all

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from boxscore.boxes.contract import Completed
    from boxscore.boxes.fake import FakeRun

OTHER = PATCH.replace("+2", "+3")
KNOWN = replace(TASK, reference=PATCH)
LINK = (".tox/py39/bin/python", "link:of the reference")
FORGED = (".tox/py39/bin/python", "file:1:20:of the candidate")
GIT = (".git/config", "unknown")


class Suites(FakeBoxes):
    def __init__(self, *changes: Sequence[tuple[str, str]]) -> None:
        super().__init__(verify=self._verified)
        self.changes = list(changes)

    def _verified(self, asked: FakeRun) -> Completed:
        self.tree["verify"] = {"changed": [list(one) for one in self.changes.pop(0)]}
        return self._answer("verify", asked)


def grader(fake: FakeBoxes, cache: Path | None = None) -> PatchGrader:
    return PatchGrader(fake.boxes(), StubPlanting(), References(cache))


@pytest.mark.parametrize(
    ("changed", "reference", "outcome"),
    [
        ([LINK], [LINK], "passed"),
        ([LINK], [LINK, ("conftest.py", "file:0:1:x")], "passed"),
        ([FORGED], [LINK], "tampered"),
        ([LINK, ("conftest.py", "file:0:1:x")], [LINK], "tampered"),
        ([("t.py", "")], [], "tampered"),
        ([GIT], [GIT], "tampered"),
    ],
    ids=["the same", "less", "another state", "more", "nothing", "what cannot be compared"],
)
def test_what_the_reference_changes_is_no_tampering(
    changed: Sequence[tuple[str, str]], reference: Sequence[tuple[str, str]], outcome: str
) -> None:
    (result,) = grade_all(grader(Suites(changed, reference)), OTHER, task=KNOWN)

    assert result.outcome == outcome


def test_a_reference_runs_once(tmp_path: Path) -> None:
    fake = Suites([LINK], [LINK], [LINK], [FORGED], [LINK])

    first = grade_all(grader(fake, tmp_path), OTHER, OTHER, task=KNOWN)
    later = grade_all(grader(fake, tmp_path), OTHER, OTHER, task=KNOWN)

    assert [result.outcome for result in (*first, *later)] == ["passed", "passed", "tampered", "passed"]
    assert fake.changes == []


def test_without_a_reference_every_change_is_tampering() -> None:
    (result,) = grade_all(grader(Suites([LINK])), OTHER)

    assert result.outcome == "tampered"
    assert LINK[0] in result.reason


@pytest.mark.parametrize("early", [ended("ERROR collecting\n", 2), ended("", None, limit=LimitName.WALL)])
def test_a_reference_that_does_not_resolve_poisons_nothing(tmp_path: Path, early: Completed) -> None:
    fake = Suites([LINK], [], [LINK], [LINK])
    runs = iter([ended(PASSING), early, ended(PASSING), ended(PASSING)])
    fake.todo["test"] = lambda _: next(runs)

    results = grade_all(grader(fake, tmp_path), OTHER, OTHER, task=KNOWN)

    assert [result.outcome for result in results] == ["passed", "passed"]
