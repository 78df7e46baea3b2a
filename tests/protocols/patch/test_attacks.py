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
    *("failing_turned", "log_report_exit", "in_their_place", "report_is_a_pipe", "pyproject", "hard_link"),
    *("through_a_link", "gold"),
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
SUITE = attacks_for("patch")
NOT_PASSED = {Outcome.TAMPERED, Outcome.WRONG, Outcome.ERROR, Outcome.SIGNAL}


TASKS = {
    "pytest": till.PYTEST,
    "built": BUILT,
    "official": OFFICIAL,
    "unittest": till.UNITTEST,
    "unittest-official": replace(till.UNITTEST, rule=V4),
}
FORGERIES = {
    "pytest": ("forged-results", "forged-reports", "configuration"),
    "built": ("build",),
    "official": ("forged-results", "forged-reports"),
    "unittest": ("forged-results", "forged-reports", "configuration"),
    "unittest-official": ("forged-reports", "configuration"),
}


def table(chosen: dict[str, tuple[str, ...]]) -> list[object]:
    """Each attack of some classes on each kind of task that it suits."""
    return [
        pytest.param(one, kind, id=f"{kind}-{one.name}", marks=() if is_quick(one, kind) else pytest.mark.slow)
        for kind, classes in chosen.items()
        for one in SUITE
        if one.attack_class in classes and suits(one, TASKS[kind])
    ]


def is_quick(attack: Attack, kind: str) -> bool:
    return attack.name in QUICK and kind == "pytest"


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


@pytest.mark.parametrize(
    ("attack", "kind"), table(dict.fromkeys(("pytest", "unittest", "built", "official"), ("control",)))
)
def test_controls_are_judged_as_they_are(grade: Grade, attack: Attack, kind: str) -> None:
    result = grade(attack, TASKS[kind])

    if attack.expect is Expect.FAIL:
        assert result.outcome is Outcome.WRONG
        return
    assert (result.outcome, result.reason) == (Outcome.PASSED, "")
    assert result.trust is Trust.WATCHED, result.detail


# What passes as `watched` all the same, as docs/security.md says: these tell planted tests from others by their names.
PAST_WATCHED: frozenset[str] = frozenset(
    ("exact_told_as_success", "exact_turned", "failing_told_as_success", "failing_turned")
)


@pytest.mark.parametrize(("attack", "kind"), table(FORGERIES))
def test_forgeries_are_not_watched(grade: Grade, attack: Attack, kind: str) -> None:
    result = grade(attack, TASKS[kind])

    refused = result.outcome in NOT_PASSED or result.trust is Trust.CLAIM
    assert refused or (attack.name in PAST_WATCHED and attack.attack_class == "forged-results"), result.detail
    assert kind != "built" or result.attempts == 1


@pytest.mark.parametrize("strategy", [STRICTLY, pytest.param(APPLY_STRATEGIES["swebench-v4"], marks=pytest.mark.slow)])
@pytest.mark.parametrize(("attack", "kind"), table({"pytest": ("reaches-out",)}))
def test_patches_that_reach_out_are_refused(grade: Grade, attack: Attack, kind: str, strategy: ApplyStrategy) -> None:
    result = grade(attack, replace(TASKS[kind], apply=strategy))

    assert result.outcome is Outcome.PATCH_REJECTED
    assert PatchDetail.of(result) is None
