"""The steps of a migration in boxes in memory: which check catches what, and whose trouble it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest
from msgspec.structs import replace

from boxscore.boxes.contract import Completed
from boxscore.boxes.fake import FakeBackend
from boxscore.protocols.contract import Batch, Candidate
from boxscore.protocols.jvm.run import TestRun
from boxscore.protocols.losses import MAX_LOSSES
from boxscore.protocols.migration.build import log_of
from boxscore.protocols.migration.grader import MigrationGrader
from boxscore.protocols.migration.learn import MOST_RUNS
from boxscore.protocols.migration.maven_box import MavenRun
from boxscore.protocols.patch.boxes import Boxes
from boxscore.protocols.statuses import Status
from boxscore.records import LimitName, MigrationDetail, Outcome, Trust
from tests.protocols.migration.class_files import class_file
from tests.protocols.migration.effective_poms import effective, project
from tests.protocols.migration.fake_maven import BASE, MOST, NODE, PATCHED, TARGET_8, TASK, World
from tests.protocols.migration.fake_steps import PATCH
from tests.protocols.migration.test_judge import FakeJudge, judged

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from boxscore.protocols.jvm.layer import Judged, Run, Suite
    from boxscore.protocols.migration.task import MigrationTask
    from boxscore.records import Result


def graded(world: World, cache: Path, *, task: MigrationTask = TASK, judges: type[FakeJudge] = FakeJudge) -> Result:
    """Grade one patch in a world whose tests pass as far as they are run."""
    ran = msgspec.structs.replace(judged().ran, statuses={"toy.CalcTest#adds": "PASSED"})
    judge = judges(*[judged(ran=ran, trust=Trust.WATCHED)] * 8)
    boxes = Boxes(FakeBackend(), lambda image: image.name, sleep=lambda _: None)
    candidate = Candidate(sample_id="0", code=PATCH)
    batch = Batch(instance_id="toy", task=task, trust=Trust.WATCHED, candidates=(candidate,))
    (result,) = MigrationGrader(boxes, world.steps(cache, judge)).grade(batch)
    return result


def checks(result: Result) -> dict[str, str]:
    """The checks of a result that do not hold."""
    assert isinstance(result.detail, MigrationDetail), result.reason
    return {name: reason for name, reason in result.detail.checks.items() if reason}


def test_a_migration_passes(tmp_path: Path) -> None:
    """All checks hold, and the benchmark's own program is content too."""
    result = graded(World(), tmp_path)

    assert (result.outcome, result.reason, result.trust) == (Outcome.PASSED, "", Trust.WATCHED)
    assert isinstance(result.detail, MigrationDetail)
    assert result.detail.official_passed is True
    assert result.detail.tests == {":toy.CalcTest#adds": "PASSED"}


@pytest.mark.parametrize(
    ("world", "check", "reason"),
    [
        (World(now=PATCHED | {"lib/a.jar": b"PK"}), "files", "lib/a.jar"),
        (World(now=PATCHED | {"src/main/java/A.java": b"package org.junit;"}), "files", "org.junit"),
        (World(now=PATCHED | {".mvn/jvm.config": b"-javaagent:a.jar"}), "poms", "-javaagent:a.jar"),
        (World(now=PATCHED | {"pom.xml": b"<project><systemPath>a</systemPath></project>"}), "poms", "a file"),
        (World(now=PATCHED | {"pom.xml": b"<project><!DOCTYPE a></project>"}), "poms", "cannot be read"),
        (World(maven_exit=1), "poms", "Maven cannot read its poms: it ended with exit code 1: [ERROR] Non-parseable"),
        (World(effective=b"<html/>"), "poms", "what Maven made of its poms cannot be read"),
        (World(tree={"no": "tree"}), "poms", "what Maven made of its poms cannot be read"),
        (World(in_image=False), "poms", "it needs what no repository has: junit:junit:4.13.2"),
        (World(effective=effective(project(properties=TARGET_8))), "release", "Java 8"),
        (World(effective=effective(project("core"))), "modules", "the root"),
        (World(now=PATCHED | {"src/test/java/toy/CalcTest.java": b"class X {}"}), "inventory", "CalcTest#adds"),
        (World(verify=Completed(exit_code=1, stdout=b"[ERROR] no\n", wall_s=1.0)), "build", "[ERROR] no"),
        (World(compiled=None), "compile", "toy/Calc.java:1: cannot find symbol"),
        (World(compiled={"toy/Calc.class": class_file(calls=("other",))}), "classes", "toy/Calc.class"),
        (World(built={"target/classes/toy/Calc.class": class_file(major=52)}), "classes", "52"),
        (World(built={"target/classes/toy/Calc.class": b"no class"}), "classes", "toy/Calc.class"),
        (
            World(
                built={"target/classes/toy/New.class": class_file("toy/New")},
                compiled={"toy/New.class": class_file("toy/New")},
                shadows=[["toy/New.class", "a.jar"]],
            ),
            *("classes", "stands in the place of the one in a.jar"),
        ),
    ],
)
def test_what_is_refused_and_why(world: World, check: str, reason: str, tmp_path: Path) -> None:
    """Each by a check of its own, which is named in the reason."""
    result = graded(world, tmp_path)

    assert result.outcome not in {Outcome.PASSED, Outcome.INTERNAL}
    assert result.reason.startswith(f"{check}: ")
    assert reason in checks(result)[check]


def test_a_limit_that_ends_maven_over_the_poms_is_the_outcome(tmp_path: Path) -> None:
    """As of a build: it says nothing of what the poms hold."""
    result = graded(World(maven_exit=1, limit=LimitName.WALL), tmp_path)

    assert (result.outcome, result.limit) == (Outcome.TIMEOUT, LimitName.WALL)
    assert "the wall limit ended it" in checks(result)["poms"]


def test_old_dependencies_are_refused_at_the_level_that_asks_for_new_ones(tmp_path: Path) -> None:
    """By what Maven resolved; at the other level they may stay."""
    task = replace(TASK, level="maximal", versions=(("junit:junit", "5.0"),))

    assert checks(graded(World(), tmp_path, task=task)) != {}
    assert graded(World(), tmp_path, task=replace(task, level="minimal")).outcome == Outcome.PASSED


def test_what_the_image_lacks_is_brought(tmp_path: Path) -> None:
    """From the mirror, which the grader asks."""
    world = World(in_image=False, fetched={"junit/junit/4.13.2/junit-4.13.2.jar": b"jar"})

    assert graded(world, tmp_path).outcome == Outcome.PASSED


def test_a_project_that_cannot_be_read_as_it_was_is_trouble_of_ours(tmp_path: Path) -> None:
    """No candidate can help it."""
    world = World(base=BASE | {f"src/main/java/A{number}.java": b"" for number in range(MOST + 1)})

    result = graded(world, tmp_path)

    assert result.outcome == Outcome.INTERNAL


class Asking(FakeJudge):
    """Runs each suite with its reference, too."""

    def __call__(self, suite: Suite, run: Run, reference: Run | None) -> Judged:
        """See `protection.judge`."""
        assert reference is not None
        reference(suite.files, suite.required)
        return super().__call__(suite, run, reference)


@pytest.mark.parametrize(
    ("lost", "outcome"), [(range(1, 99), Outcome.TAMPERED), (range(2, 99, 2), Outcome.INTERNAL), ((2,), Outcome.PASSED)]
)
def test_a_box_that_is_lost_while_the_reference_is_built_is_no_candidates_doing(
    lost: Sequence[int], outcome: Outcome, tmp_path: Path
) -> None:
    """Every second build is the reference's; one that is lost with the candidate's own code each time is its doing."""
    world = World(lost_builds=lost)

    result = graded(world, tmp_path, task=replace(TASK, reference=f"{PATCH}\n"), judges=Asking)

    assert result.outcome == outcome


REPORT = b'<testsuite><testcase classname="toy.CalcTest" name="adds"/></testsuite>'
TESTED = {**World().built, "target/surefire-reports/TEST-toy.CalcTest.xml": REPORT}
MANY_REPORTS = {f"target/surefire-reports/TEST-{number}.xml": REPORT for number in range(MOST + 1)}
MANY_CLASSES = {f"target/classes/C{number}.class": b"" for number in range(MOST + 1)}


def test_tests_that_a_task_does_not_name_are_learned(tmp_path: Path) -> None:
    """Those that the project's own build ran and that our runner passes: what fails there is asked of nobody."""
    world = World(built=TESTED, tests={"toy.CalcTest#adds": "PASSED", "toy.CalcTest#other": "SKIPPED"})
    unsaid = replace(TASK, tests=None, modules=None)

    first = graded(world, tmp_path, task=unsaid)
    again = graded(world, tmp_path, task=unsaid)

    assert (first.outcome, first.reason) == (again.outcome, again.reason) == (Outcome.PASSED, "")
    assert isinstance(again.detail, MigrationDetail)
    assert again.detail.tests == {":toy.CalcTest#adds": "PASSED"}


ADDS, OTHER = "toy.CalcTest#adds", "toy.CalcTest#other"
BOTH = {ADDS: "PASSED", OTHER: "PASSED"}


class Passing(FakeJudge):
    """Has all that is required pass."""

    def __call__(self, suite: Suite, run: Run, reference: Run | None) -> Judged:
        """See `protection.judge`."""
        return judged(ran=TestRun(statuses=dict.fromkeys(suite.required, Status.PASSED)))


@pytest.mark.parametrize(
    ("late", "attempts"),
    [
        ([], 1),
        ([{OTHER}], 1),
        ([{OTHER}, {ADDS}], 1),  # each was in time once
        ([{OTHER}, {OTHER}], 1),
        ([{OTHER}, {OTHER, ADDS}, {ADDS}], 1),
        ([{OTHER}, {OTHER}, {OTHER}], 2),
        ([{OTHER}, {OTHER, ADDS}, {OTHER}, {ADDS}, {ADDS}, {ADDS}, {OTHER}], 3),
    ],
)
def test_no_sample_is_judged_by_fewer_tests_since_some_were_late(
    late: list[Collection[str]], attempts: int, tmp_path: Path
) -> None:
    """What passes in one of three runs is asked for; if a test was late in all, the sample is tried again."""
    world = World(built=TESTED, tests=BOTH, late=late)

    result = graded(world, tmp_path, task=replace(TASK, tests=None), judges=Passing)

    assert isinstance(result.detail, MigrationDetail)
    assert (result.outcome, result.attempts) == (Outcome.PASSED, attempts)
    assert result.detail.tests == {f":{test}": status for test, status in BOTH.items()}


def test_a_project_whose_tests_are_always_late_is_trouble_of_ours(tmp_path: Path) -> None:
    """Nobody passes it by the other tests, and nothing is kept of it; another grader learns it anew."""
    late: list[Collection[str]] = [{OTHER} for _ in range(MOST_RUNS * MAX_LOSSES)]
    busy = World(built=TESTED, tests=BOTH, late=late)
    unsaid = replace(TASK, tests=None)

    result = graded(busy, tmp_path, task=unsaid, judges=Passing)

    assert (result.outcome, result.attempts, late) == (Outcome.INTERNAL, MAX_LOSSES, [])
    assert f"{OTHER} never passes" in result.reason
    assert graded(World(built=TESTED, tests=BOTH), tmp_path, task=unsaid, judges=Passing).outcome is Outcome.PASSED


THIRD = "toy.CalcTest#third"


@pytest.mark.parametrize(
    ("late", "attempts"),
    [([{OTHER}, {ADDS}], 1), ([{OTHER}, {ADDS}, {OTHER}], 2), ([{OTHER}, {ADDS}, {OTHER}, {ADDS}], 2)],
)
def test_a_test_that_passes_in_no_run_is_left_out_where_none_is_late(
    late: list[Collection[str]], attempts: int, tmp_path: Path
) -> None:
    """Else it may have depended on a late one, whichever that was."""
    world = World(built=TESTED, tests={**BOTH, THIRD: "SKIPPED"}, late=late)

    result = graded(world, tmp_path, task=replace(TASK, tests=None), judges=Passing)

    assert isinstance(result.detail, MigrationDetail)
    assert (result.outcome, result.attempts) == (Outcome.PASSED, attempts)
    assert result.detail.tests == {f":{test}": status for test, status in BOTH.items()}


@pytest.mark.parametrize(
    ("world", "reason"),
    [
        (World(verify=Completed(exit_code=1, stdout=b"no network\n", wall_s=1.0)), "cannot be built as it was"),
        (World(compiled=None), "cannot compile it as it was"),
        (World(in_image=False), "needs what no repository has: junit:junit:4.13.2"),
        (World(built=TESTED, tests={"toy.CalcTest#adds": "FAILED"}), "none of its tests passes"),
        (
            World(verify=Completed(exit_code=0, stdout=b"[INFO] Tests run: 3, Failures: 0\n", wall_s=1.0)),
            "their reports are not where they should be",
        ),
        (World(built=TESTED | MANY_REPORTS), "the reports of its tests: too many"),
        (World(built=TESTED | MANY_CLASSES), "what its build left: too many"),
        (World(built=TESTED, limit=LimitName.WALL), "the wall limit ended its tests"),
    ],
)
def test_a_project_of_which_nothing_can_be_learned_is_trouble_of_ours(
    world: World, reason: str, tmp_path: Path
) -> None:
    """No sample is charged for it."""
    result = graded(world, tmp_path, task=replace(TASK, tests=None))

    assert result.outcome == Outcome.INTERNAL
    assert reason in result.reason


def test_a_report_that_is_of_no_module_is_none(tmp_path: Path) -> None:
    """A tree may hold some, as data of its own tests."""
    world = World(built=TESTED | {"src/test/data/target/surefire-reports/TEST-other.Some.xml": REPORT})

    assert graded(world, tmp_path, task=replace(TASK, tests=None)).outcome == Outcome.PASSED


@pytest.mark.parametrize("part", [{"stdout_truncated": True}, {"stderr_truncated": True}])
def test_of_a_log_that_was_cut_there_is_no_official_verdict(part: dict[str, bool], tmp_path: Path) -> None:
    """What the benchmark's own program counts may stand in what is missing."""
    world = World(verify=replace(World().verify, **part))

    result = graded(world, tmp_path)

    assert isinstance(result.detail, MigrationDetail)
    assert (result.outcome, result.detail.official_passed) == (Outcome.PASSED, None)


def test_another_module_may_be_added(tmp_path: Path) -> None:
    """Only those that were there have to stay."""
    world = World(
        effective=effective(project(), project("more")),
        now=PATCHED | {"more/pom.xml": b"<project/>"},
        tree={**NODE, "children": []},
    )

    assert "modules" not in checks(graded(world, tmp_path))


@pytest.mark.parametrize(
    ("refused", "last"), [("", "BUILD FAILURE"), ("it asked for more than 3 files", "more than 3 files")]
)
def test_a_build_says_what_it_was_not_brought(refused: str, last: str) -> None:
    """Else nobody would know why an artefact is missing that the mirror has."""
    ran = MavenRun(done=Completed(exit_code=1, stdout=b"BUILD FAILURE", wall_s=0.1), refused=refused)

    assert log_of(ran).rstrip().endswith(last)
