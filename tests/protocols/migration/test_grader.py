"""The migration protocol over steps that a test gives: which check decides, and whose trouble is whose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.errors import BoxLost, HarnessError, ImageMissing, LossCause, MirrorUnavailable
from boxscore.protocols.migration.protocol import PROTOCOL, observed_task
from boxscore.protocols.migration.steps import CHECKS, Built, Compiled, Expected, Official, Study, Tested
from boxscore.protocols.patch.admission import reject
from boxscore.protocols.registry import protocol_of
from boxscore.records import Applied, CompileError, Conditions, LimitName, MigrationDetail, Outcome, Trust
from tests.protocols.migration.fake_steps import PASSED, TASK, TESTS, FakeSteps, graded

if TYPE_CHECKING:
    from boxscore.images.records import InstanceImage

ALL = ["study", "build", "compile", "test"]
MISSED = BoxLost("the box ended", cause=LossCause.OUTSIDE)


def faulty(*faults: tuple[str, str]) -> Study:
    """A tree in which some checks do not hold."""
    return Study(applied=Applied(rung="git apply"), faults=faults)


def detail_of(steps: FakeSteps) -> MigrationDetail:
    """What the result of a sample says."""
    found = graded(steps).detail
    assert isinstance(found, MigrationDetail)
    return found


def test_a_migration_that_holds_in_all_checks_passes_at_the_level_of_its_tests() -> None:
    """Each check is named, in the order in which they decide, and "" says that one held."""
    steps = FakeSteps()
    result = graded(steps)

    assert (result.outcome, result.trust, result.reason) == (Outcome.PASSED, Trust.WATCHED, "")
    assert steps.done == ALL
    detail = detail_of(FakeSteps())
    assert detail.checks == dict.fromkeys(CHECKS, "")
    assert detail.tests == PASSED
    assert detail.evidence.planted == 2
    assert detail.official_passed is True


def test_without_tests_all_that_there_is_was_seen_from_outside() -> None:
    """Then no word of the candidate's is part of the verdict."""
    result = graded(FakeSteps(expected=Expected(modules=("",), tests=()), tested=Tested()))

    assert (result.outcome, result.trust) == (Outcome.PASSED, Trust.OBSERVER)


@pytest.mark.parametrize(
    ("steps", "outcome", "reason", "done"),
    [
        (FakeSteps(study=reject("does not apply")), "patch_rejected", "does not apply", 1),
        (FakeSteps(study=faulty(("release", "Java 8"), ("modules", "gone"))), "wrong", "modules: gone", 2),
        (FakeSteps(built=Built(exit_code=1, log="x\n[ERROR] no\n")), "build_failed", "build: the build ended", 2),
        (FakeSteps(built=Built(exit_code=None, limit=LimitName.WALL)), "timeout", "build: the wall limit", 2),
        (FakeSteps(built=Built(exit_code=None, signal=9)), "build_failed", "signal 9", 2),
        (FakeSteps(built=Built(exit_code=0, unread="too much")), "build_failed", "cannot be read: too much", 2),
        (
            FakeSteps(compiled=Compiled(errors=(CompileError(path="A.java", line=3, message="what"),))),
            *("build_failed", "compile: A.java:3: what; 1 error", 3),
        ),
        (FakeSteps(compiled=Compiled(limit=LimitName.MEMORY)), "memory", "compile: the memory limit", 3),
        (FakeSteps(classes=(("classes", "A.class differs"),)), "tampered", "classes: A.class differs", 3),
        (FakeSteps(tested=Tested(statuses={TESTS[0]: "PASSED"})), "wrong", f"{TESTS[1]}: MISSING", 4),
        (FakeSteps(tested=Tested(statuses=PASSED | {TESTS[0]: "SKIPPED"})), "wrong", f"{TESTS[0]}: SKIPPED", 4),
        (FakeSteps(tested=Tested(statuses=PASSED, refused="other values came")), "wrong", "tests: other values", 4),
        (FakeSteps(tested=Tested(refused="forged", forged=True)), "tampered", "tests: forged", 4),
        (FakeSteps(tested=Tested(limit=LimitName.CPU)), "timeout", "tests: the cpu limit ended", 4),
    ],
)
def test_the_first_check_that_does_not_hold_decides(steps: FakeSteps, outcome: str, reason: str, done: int) -> None:
    """Nothing comes after it, but for the build, of which the official verdict is made."""
    result = graded(steps)

    assert result.outcome == outcome
    assert reason in result.reason
    assert steps.done == ALL[:done]


@pytest.mark.parametrize(
    ("log", "words"),
    [
        (
            "[ERROR] x\n[ERROR] Failed to execute goal g\n[ERROR] /t/A.java:[3,4] no symbol\n",
            "/t/A.java:[3,4] no symbol",
        ),
        (
            "[ERROR] An internal error occurred\n[ERROR] Failed to execute goal g: why\n",
            "Failed to execute goal g: why",
        ),
        ("[ERROR] Non-parseable POM\nmore\n", "Non-parseable POM"),
        ("one\nlast words\n\n", "last words"),
        ("", "it printed nothing"),
    ],
)
def test_what_a_log_says_went_wrong(log: str, words: str) -> None:
    """The line that helps most is in the reason."""
    reason = graded(FakeSteps(built=Built(exit_code=1, log=log))).reason

    assert reason.endswith(words)


def test_checks_that_were_not_come_to_are_missing() -> None:
    """They neither held nor did not."""
    detail = detail_of(FakeSteps(built=Built(exit_code=1)))

    assert detail.checks["release"] == ""
    assert detail.checks["build"]
    assert not {"compile", "classes", "tests"} & detail.checks.keys()


def test_a_disagreement_with_the_official_program_is_explained() -> None:
    """Whichever of the two is the stricter."""
    ours = detail_of(FakeSteps(tested=Tested(statuses={}, refused="its tests do not compile")))
    theirs = detail_of(FakeSteps(official=Official(steps={"build": "", "test_count": "7 < 8"}, passed=False)))

    assert ours.disagreement == "the benchmark's own program does not check this: tests: its tests do not compile"
    assert theirs.disagreement == "the benchmark's own program refuses it: test_count: 7 < 8"
    assert detail_of(FakeSteps()).disagreement == ""


def test_an_empty_patch_is_none_but_where_the_untouched_project_is_meant() -> None:
    """The gate grades that one, which has to fail."""
    steps = FakeSteps(built=Built(exit_code=1))

    assert graded(FakeSteps(), code="").outcome == Outcome.NO_CODE
    assert graded(steps, code="", task=observed_task(TASK)).outcome == Outcome.BUILD_FAILED
    assert steps.done[0] == "study of the untouched project"


@pytest.mark.parametrize(
    "error", [MISSED, MirrorUnavailable("it gives nothing"), HarnessError("it does not compile as it was")]
)
def test_trouble_of_ours_is_never_the_candidates(error: Exception) -> None:
    """Boxes that go away from outside, mirrors and projects that cannot be graded."""
    result = graded(FakeSteps(errors=[error] * 10))

    assert result.outcome == Outcome.INTERNAL
    assert str(error) in result.reason


def test_a_box_that_was_lost_once_is_tried_again() -> None:
    """A verdict is then reached all the same."""
    result = graded(FakeSteps(errors=[MISSED]))

    assert (result.outcome, result.attempts) == (Outcome.PASSED, 2)


def test_an_image_that_cannot_be_had_says_so() -> None:
    """No sample is charged for it."""

    def find(image: InstanceImage) -> str:
        raise ImageMissing(f"{image.name} cannot be built")

    result = graded(FakeSteps(), find=find)

    assert (result.outcome, result.reason) == (Outcome.INTERNAL, "toy cannot be built")


def test_the_protocol_of_a_migration() -> None:
    """Each sample is in boxes of its own, the time of commands follows the cpu limit, and the gate comes first."""
    asked = Conditions(backend="docker")

    assert protocol_of(TASK) is PROTOCOL
    assert PROTOCOL.conditions(TASK, asked).strict
    assert PROTOCOL.with_cpu_limit(TASK, 7200.0).limits.cpu_s == 7200.0
    assert PROTOCOL.with_cpu_limit(TASK, 7200.0).command_s >= 7200.0
    gate = PROTOCOL.gate(TASK)
    assert gate.before_samples
    assert gate.baseline == (observed_task(TASK), "")
    described = PROTOCOL.describe(replace(TASK, tests=None, modules=("", "core")))
    assert (described["release"], described["modules"]) == (17, (".", "core"))
    assert "tests" not in described
    assert PROTOCOL.under_attack(TASK).limits.cpu_s < TASK.limits.cpu_s
