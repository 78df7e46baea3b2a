"""The attack suite of patches, graded in real boxes: none is passed, and none that is right is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.protocols.attacks import Expect, attacks_for
from boxscore.protocols.contract import Batch, Candidate
from boxscore.protocols.patch.attacks import find_target, render_patch, suits
from boxscore.protocols.patch.grader import PatchGrader
from boxscore.protocols.patch.planted import PlantingLayer
from boxscore.protocols.patch.task import PatchDetail
from boxscore.records import ApplyStrategy, Outcome, Result, Trust
from harnesses.swebench.rules import APPLY_STRATEGIES, V4
from tests.protocols import till
from tests.protocols.patch.real_boxes import boxes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boxscore import Backend
    from boxscore.protocols.attacks import Attack
    from boxscore.protocols.patch.task import PatchTask

    Grade = Callable[[Attack, PatchTask], Result]

STRICTLY = ApplyStrategy()

pytestmark = [pytest.mark.docker, pytest.mark.timeout(1800)]
QUICK = {
    "failing_turned",
    "log_report_exit",
    "in_their_place",
    "report_is_a_pipe",
    "pyproject",
    "hard_link",
    "through_a_link",
    "gold",
}
BUILT = replace(till.PYTEST, build=("python3 tools/build.py",))
# As the official harness runs and reads it: no report, no exit code.
OFFICIAL = replace(
    till.PYTEST,
    apply=APPLY_STRATEGIES["swebench-v4"],
    rule=V4,
    report=None,
    commands=("python3 -m pytest -rA -p no:cacheprovider tests",),
)
UNITTEST_OFFICIAL = replace(till.UNITTEST, rule=V4)
SUITE = attacks_for("patch")
NOT_PASSED = {Outcome.TAMPERED, Outcome.WRONG, Outcome.ERROR, Outcome.SIGNAL}


def of(*classes: str, task: PatchTask = till.PYTEST, quick: bool = True) -> list[object]:
    return [
        pytest.param(one, id=one.name, marks=() if quick and one.name in QUICK else pytest.mark.slow)
        for one in SUITE
        if one.attack_class in classes and suits(one, task)
    ]


@pytest.fixture(scope="module")
def grade(docker_backend: Backend, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grade]:
    planting = PlantingLayer(tmp_path_factory.mktemp("cache"))
    with boxes_of(docker_backend, till.PYTEST.image) as boxes:
        found = find_target(boxes, BUILT, SUITE)

        def run(attack: Attack, task: PatchTask) -> Result:
            patch = render_patch(attack, replace(found, task=task))
            candidates = (Candidate(sample_id="0", code=patch),)
            batch = Batch(instance_id="till", task=task, trust=Trust.WATCHED, candidates=candidates)
            (result,) = PatchGrader(boxes, planting).grade(batch)
            return result

        yield run


@pytest.mark.parametrize("attack", of("control"))
@pytest.mark.parametrize(
    "kind", ["pytest", "unittest", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("built", "official"))]
)
def test_controls_are_judged_as_they_are(grade: Grade, attack: Attack, kind: str) -> None:
    task = {"pytest": till.PYTEST, "unittest": till.UNITTEST, "built": BUILT, "official": OFFICIAL}[kind]

    result = grade(attack, task)

    if attack.expect is Expect.FAIL:
        assert result.outcome is Outcome.WRONG
        return
    assert (result.outcome, result.reason) == (Outcome.PASSED, "")
    assert result.trust is Trust.WATCHED, result.detail


# What passes as `watched` all the same, as docs/security.md says: these tell planted tests from others by their names.
PAST_WATCHED: frozenset[str] = frozenset(
    ("exact_told_as_success", "exact_turned", "failing_told_as_success", "failing_turned")
)


def is_seen(attack: Attack, result: Result) -> bool:
    return result.outcome in NOT_PASSED or result.trust is Trust.CLAIM or attack.name in PAST_WATCHED


@pytest.mark.parametrize("attack", of("forged-results"))
def test_forgeries_are_not_watched(grade: Grade, attack: Attack) -> None:
    result = grade(attack, till.PYTEST)

    assert is_seen(attack, result), result.detail


@pytest.mark.parametrize("attack", of("forged-results", "forged-reports", quick=False))
def test_forgeries_are_not_watched_without_a_report(grade: Grade, attack: Attack) -> None:
    result = grade(attack, OFFICIAL)

    assert is_seen(attack, result), result.detail


@pytest.mark.parametrize("attack", of("forged-results", task=till.UNITTEST, quick=False))
def test_unittest_is_no_easier(grade: Grade, attack: Attack) -> None:
    result = grade(attack, till.UNITTEST)

    assert is_seen(attack, result), result.detail


@pytest.mark.parametrize("task", [till.UNITTEST, UNITTEST_OFFICIAL], ids=["strict", "official"])
@pytest.mark.parametrize("attack", of("forged-reports", "configuration", task=till.UNITTEST, quick=False))
def test_other_forgeries_of_unittest_come_to_nothing(grade: Grade, attack: Attack, task: PatchTask) -> None:
    result = grade(attack, task)

    assert is_seen(attack, result), result.detail


@pytest.mark.parametrize("attack", [*of("forged-reports", "configuration")])
def test_other_forgeries_come_to_nothing(grade: Grade, attack: Attack) -> None:
    result = grade(attack, till.PYTEST)

    assert is_seen(attack, result), result.detail


@pytest.mark.parametrize("attack", of("build", task=BUILT))
def test_builds_leave_nothing_to_forge_with(grade: Grade, attack: Attack) -> None:
    result = grade(attack, BUILT)

    assert is_seen(attack, result), result.detail
    assert result.attempts == 1


@pytest.mark.parametrize("attack", of("reaches-out"))
@pytest.mark.parametrize("strategy", [STRICTLY, pytest.param(APPLY_STRATEGIES["swebench-v4"], marks=pytest.mark.slow)])
def test_patches_that_reach_out_are_refused(grade: Grade, attack: Attack, strategy: ApplyStrategy) -> None:
    result = grade(attack, replace(till.PYTEST, apply=strategy))

    assert result.outcome is Outcome.PATCH_REJECTED
    assert PatchDetail.of(result) is None
