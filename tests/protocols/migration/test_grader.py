"""Migrations graded in boxes in memory: which check decides, what a pass is worth, and whose trouble is whose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.boxes.contract import Completed
from boxscore.errors import BoxLost, HarnessError, LossCause, MirrorUnavailable
from boxscore.protocols.migration.protocol import observed_task
from boxscore.records import LimitName, Outcome, Trust
from tests.protocols.migration.world import (
    ADDS,
    BASE,
    COUNTED,
    PATCH,
    PATCHED,
    TASK,
    TEST,
    TEST_PATH,
    Build,
    World,
    class_head,
    detail_of,
)

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.protocols.migration.task import MigrationTask

FAILED = Build(tests={"toy.CalcTest#adds": "FAILED"})
NO_TESTS = Build(tests={}, planted=None)
MAXIMAL = replace(TASK, level="maximal", versions=(("junit:junit", "5.0"),))
POM = '<project xmlns="http://maven.apache.org/POM/4.0.0"><dependencies><dependency><groupId>junit</groupId>'
POM += "<artifactId>junit</artifactId></dependency></dependencies></project>"
JUNIT_5 = TEST.replace("org.junit.Test", "org.junit.jupiter.api.Test")
REWRITTEN = PATCHED | {TEST_PATH: JUNIT_5}
FLAGGED = PATCH + (
    "diff --git a/core.xml b/core.xml\n--- a/core.xml\n+++ b/core.xml\n@@ -1 +1,2 @@\n a\n"
    "+<testFailureIgnore>true</testFailureIgnore>\n"
)


def ended(exit_code: int | None, log: str = "", limit: LimitName | None = None) -> Build:
    signal = 9 if exit_code is None else None
    done = Completed(exit_code=exit_code, signal=signal, stdout=log.encode(), limit=limit, wall_s=1.0)
    return Build(done=done, tests={}, files={})


def test_a_migration_passes_all_checks(tmp_path: Path) -> None:
    result = World().grade(tmp_path)

    assert (result.outcome, result.reason, result.trust) == (Outcome.PASSED, "", Trust.WATCHED)
    detail = detail_of(result)
    assert detail.checks == dict.fromkeys(("build", "modules", "release", "dependencies", "tests"), "")
    assert (detail.tests, detail.evidence.planted) == ({ADDS: "PASSED"}, 2)
    assert detail.official_passed is True


@pytest.mark.parametrize(
    ("world", "task", "outcome", "reason"),
    [
        (World(first=ended(1, "x\n[ERROR] no\n")), TASK, "build_failed", "build: the build ended with exit code 1:"),
        (World(first=ended(1, "[ERROR] x\n[ERROR] Failed to execute goal")), TASK, "build_failed", "execute"),
        (World(first=ended(1, "[ERROR] Failed\n[ERROR] /t/A.java:[3,4] y")), TASK, "build_failed", "[3,4] y"),
        (World(first=ended(1, "one\nlast words\n\n")), TASK, "build_failed", "last words"),
        (World(first=ended(None)), TASK, "build_failed", "signal 9: no output"),
        (World(first=ended(None, limit=LimitName.WALL)), TASK, "timeout", "build: the wall limit ended it"),
        (World(first=ended(None, limit=LimitName.MEMORY)), TASK, "memory", "build: the memory limit ended it"),
        (World(first=Build(files={})), TASK, "wrong", "modules: the build makes no classes of"),
        (World(first=Build(files={"target/classes/A.class": class_head(52)})), TASK, "wrong", "release: the class"),
        (World(first=Build(files={"target/classes/A.class": b"no class"})), TASK, "wrong", "release: the class file"),
        (World(now=PATCHED | {"pom.xml": POM}), MAXIMAL, "wrong", "dependencies: junit:junit has the version 4.13.2"),
        (World(tree=Completed(exit_code=1, wall_s=1.0)), MAXIMAL, "wrong", "dependencies: mvn dependency:tree failed"),
        (World(first=NO_TESTS, restored=NO_TESTS), TASK, "wrong", f"1 of 1 tests did not pass; {ADDS}: MISSING"),
        (World(first=Build(tests={"toy.CalcTest#adds": "SKIPPED"})), TASK, "wrong", f"{ADDS}: SKIPPED"),
        (World(restored=Build(planted="PASSED")), TASK, "tampered", "tests: a test planted to fail was reported"),
        (World(now=REWRITTEN, restored=NO_TESTS, unplanted=FAILED), TASK, "wrong", "tests: 1 of 1 tests did not pass"),
        (World(now=REWRITTEN, restored=FAILED), TASK, "wrong", f"tests: 1 of 1 tests did not pass; {ADDS}"),
        (World(now=REWRITTEN, restored=ended(None, limit=LimitName.CPU)), TASK, "timeout", "the cpu limit ended"),
        (
            World(now=PATCHED | {TEST_PATH: TEST.replace("assertEquals(2, two());", "")}, restored=NO_TESTS),
            *(TASK, "wrong", f"inventory: {ADDS}: its body has 0 checks, not 1"),
        ),
        (
            World(now=REWRITTEN, first=Build(tests={"toy.CalcTest#adds": "SKIPPED"}), restored=NO_TESTS),
            *(TASK, "wrong", f"tests: 1 of 1 tests did not pass; {ADDS}: SKIPPED"),
        ),
    ],
)  # fmt: skip
def test_the_first_check_that_fails_decides(
    world: World, task: MigrationTask, outcome: str, reason: str, tmp_path: Path
) -> None:
    result = world.grade(tmp_path, task=task)

    assert result.outcome == outcome
    assert reason in result.reason
    checks = list(detail_of(result).checks.values())
    assert checks[-1] != ""
    assert not any(checks[:-1])


@pytest.mark.parametrize(
    ("world", "patch", "why"),
    [
        (World(), FLAGGED, "flagged: build at core.xml:2"),
        (World(restored=Build(planted=None)), PATCH, "a test planted to fail was not reported as failed"),
        (World(restored=Build(planted="SKIPPED")), PATCH, "a test planted to fail was not reported as failed"),
        (World(restored=Build(changes=(TEST_PATH,))), PATCH, "its build changes files of the tests"),
        (World(now=PATCHED | {"src/test/java/toy/New.java": ""}), PATCH, "files beside the tests: src/test/java/toy"),
        (World(restored=FAILED), PATCH, "among planted tests it does otherwise"),
        (World(now=REWRITTEN, restored=NO_TESTS, unplanted=Build()), PATCH, "cannot be run among planted ones"),
        (World(now=REWRITTEN, restored=NO_TESTS), PATCH, "the original tests do not compile against it"),
        (World(base=BASE | {TEST_PATH: "class CalcTest extends Cases {}"}), PATCH, "known for the framework"),
    ],
)  # fmt: skip
def test_what_makes_a_pass_a_claim(world: World, patch: str, why: str, tmp_path: Path) -> None:
    if world.base is not BASE:
        world.now = {**world.base, "pom.xml": "<new/>"}

    result = world.grade(tmp_path, patch=patch)

    assert (result.outcome, result.trust) == (Outcome.PASSED, Trust.CLAIM)
    assert why in detail_of(result).evidence.reason


def test_original_tests_have_the_new_names_of_packages(tmp_path: Path) -> None:
    old = 'import javax.servlet.http.Cookie; class CalcTest { @org.junit.Test void adds() { f("javax.servlet.X"); } }'
    code = "src/main/java/toy/Calc.java"
    base = BASE | {TEST_PATH: old, code: "import javax.servlet.Filter; class Calc { javax.sql.DataSource s; }"}
    now = {path: text.replace("javax.servlet", "jakarta.servlet") for path, text in base.items()}
    world = World(base=base, now=now)

    assert world.grade(tmp_path).outcome is Outcome.PASSED
    assert world.written[TEST_PATH] == old.replace("import javax.servlet", "import jakarta.servlet")


def test_a_project_without_tests_is_a_claim(tmp_path: Path) -> None:
    world = World(first=NO_TESTS)

    result = world.grade(tmp_path, task=replace(TASK, tests=()))

    assert (result.outcome, result.trust) == (Outcome.PASSED, Trust.CLAIM)
    assert [kind for kind, _, _ in world.runs] == ["first"]


def test_why_the_official_verdict_is_another(tmp_path: Path) -> None:
    uncounted = COUNTED.replace("[INFO] T", "[WARNING] T").encode()
    first = Build(done=Completed(exit_code=0, stdout=uncounted, wall_s=1.0))
    refused = detail_of(World(first=first).grade(tmp_path, task=replace(TASK, num_test_cases=1)))
    unchecked = detail_of(World(now=REWRITTEN, restored=FAILED).grade(tmp_path))

    assert (refused.official_passed, unchecked.official_passed) == (False, True)
    assert "refuses it: test_count: 1 tests are wanted" in refused.disagreement
    assert "does not check this: tests: 1 of 1" in unchecked.disagreement


def test_what_a_task_does_not_say_is_learned_once_with_java_8(tmp_path: Path) -> None:
    java8 = Build(tests={"toy.CalcTest#adds": "PASSED", "toy.CalcTest#flaky": "FAILED", "toy.CalcTest#off": "SKIPPED"})
    unsaid = replace(TASK, tests=None, modules=None)
    world = World(java8=java8)

    first, second = (world.grade(tmp_path, task=unsaid) for _ in range(2))

    assert detail_of(first).tests == detail_of(second).tests == {ADDS: "PASSED"}
    assert [kind for kind, _, _ in world.runs] == ["java8", "first", "restored", "first", "restored"]


@pytest.mark.parametrize(
    ("world", "reason"),
    [
        (World(java8=ended(1, "no network")), "toy cannot be built as it was: no network"),
        (World(java8=ended(None, limit=LimitName.WALL)), "cannot be built as it was"),
        (World(java8=FAILED), "none of the tests that its build ran is reported as passed"),
        (World(java8=Build(tests={}, done=Completed(exit_code=0, stdout=COUNTED.encode(), wall_s=1.0))), "none of the"),
        (World(problem="more than 20000 files"), "too large to be graded: more than 20000 files"),
        (World(java8=Build(raises=BoxLost("it ended", cause=LossCause.INSIDE))), "it ended"),
    ],
)
def test_trouble_with_the_project_as_it_was_is_ours(world: World, reason: str, tmp_path: Path) -> None:
    result = world.grade(tmp_path, task=replace(TASK, tests=None, modules=None))

    assert result.outcome is Outcome.INTERNAL
    assert reason in result.reason


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (MirrorUnavailable("the mirror does not answer"), Outcome.INTERNAL),
        (HarnessError("no such image"), Outcome.INTERNAL),
        (BoxLost("the engine restarted", cause=LossCause.OUTSIDE), Outcome.INTERNAL),
        (BoxLost("it ended", cause=LossCause.INSIDE), Outcome.TAMPERED),
    ],
)
def test_boxes_that_are_lost(error: Exception, outcome: Outcome, tmp_path: Path) -> None:
    assert World(first=Build(raises=error)).grade(tmp_path).outcome is outcome


def test_the_untouched_project_is_graded_for_the_gate_alone(tmp_path: Path) -> None:
    old = World(now=BASE, first=Build(files={"target/classes/toy/Calc.class": class_head(52)}))

    assert old.grade(tmp_path, patch="").outcome is Outcome.NO_CODE
    assert old.grade(tmp_path, task=observed_task(TASK), patch="").outcome is Outcome.WRONG
