"""Steps of grading a project, over fake boxes and a compiler that is none; and what the page shows of one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore import Outcome, ProjectDetail, Trust, encode_files
from boxscore.boxes.fake import FakeBackend
from boxscore.errors import BoxLost, HarnessError, LossCause
from boxscore.page.sections import Shown, details_of
from boxscore.protocols.jvm.run import TestRun
from boxscore.protocols.migration.task import MigrationDetail
from boxscore.protocols.project.grader import CONTROL, ProjectGrader
from boxscore.protocols.project.protocol import PROTOCOL
from boxscore.protocols.shows import Cases, Text
from boxscore.protocols.statuses import Status
from boxscore.records import CompileError
from tests.page.test_sections import RESULT, SAMPLE, facts, find
from tests.protocols.project.javac import Javac, listed
from tests.protocols.project.toy import COUNTER, REFERENCE, REQUIRED, SOLUTION, TASK, TEST, graded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from boxscore.boxes.contract import Box
    from boxscore.protocols.project.build import Laid
    from boxscore.protocols.project.compiler import JavaTools
    from boxscore.protocols.project.task import ProjectTask

    Run = Callable[[Box, ProjectTask, JavaTools, Laid, Sequence[str]], TestRun]


EMPTY = encode_files({})
P, F = Status.PASSED, Status.FAILED
PASSING = TestRun(statuses=dict.fromkeys(REQUIRED, Status.PASSED), cpu_s=0.5, wall_s=1.25)
BROKEN = encode_files({COUNTER: "class Counter { wrong }"})


def passing(box: Box, task: ProjectTask, tools: JavaTools, laid: Laid, required: Sequence[str]) -> TestRun:
    return replace(PASSING, statuses={test: F if "Planted" in test else P for test in required})


def project_grader(javac: Javac, run: Run = passing) -> ProjectGrader:
    backend = FakeBackend(run=listed, stream=javac.stream)
    return ProjectGrader(backend, None, run=run, sleep=lambda _: None)


def test_a_sample_that_passes() -> None:
    javac = Javac()

    (result,) = graded(project_grader(javac), REFERENCE)

    assert (result.outcome, result.trust, result.reason) == (Outcome.PASSED, Trust.WATCHED, "")
    assert isinstance(result.detail, ProjectDetail)
    assert result.detail.replaced == (COUNTER,)
    assert result.detail.compiled is True
    assert result.detail.tests == dict.fromkeys(REQUIRED, "PASSED")
    assert result.detail.test_s == 1.25
    assert [sorted(asked) for asked in javac.asked][:2] == [[COUNTER, "src/main/java/toy/Step.java"], [TEST]]
    assert javac.asked[0][COUNTER] == SOLUTION


def test_a_flag_denies_watched() -> None:
    exits = SOLUTION.replace(
        "        count +=", "        if (count > 99) Runtime.getRuntime().halt(0);\n        count +="
    )

    (result,) = graded(project_grader(Javac()), encode_files({COUNTER: exits}))

    assert (result.outcome, result.trust) == (Outcome.PASSED, Trust.CLAIM)
    assert isinstance(result.detail, ProjectDetail)
    assert result.detail.evidence.reason == f"flagged: exit at {COUNTER}:7"


def test_errors_of_the_compiler_are_data() -> None:
    (result,) = graded(project_grader(Javac(), run=never), BROKEN)

    assert result.outcome is Outcome.BUILD_FAILED
    assert isinstance(result.detail, ProjectDetail)
    assert result.detail.compiled is False
    assert [(one.path, one.line) for one in result.detail.errors] == [(COUNTER, 3)]
    assert result.detail.tests == dict.fromkeys(REQUIRED, "MISSING")


def test_tests_that_do_not_compile() -> None:
    task = replace(TASK, tests=((TEST, b"class CounterTest { wrong }"),))

    (result,) = graded(project_grader(Javac(), run=never), REFERENCE, task=task)

    assert result.outcome is Outcome.BUILD_FAILED
    assert result.reason.startswith("its tests: ")


@pytest.mark.parametrize(
    "text",
    [
        "package org.junit.jupiter.api; class Assertions {}",
        "package toy; class Counter {} class CounterTest {}",
        "package library; class Counter {}",
    ],
)
def test_classes_that_stand_in_for_others(text: str) -> None:
    (result,) = graded(project_grader(Javac(), run=never), encode_files({COUNTER: text}))

    assert result.outcome is Outcome.TAMPERED
    assert isinstance(result.detail, ProjectDetail)
    assert result.detail.compiled is True


def test_a_refused_sample_needs_no_box() -> None:
    javac = Javac()

    (result,) = graded(project_grader(javac), encode_files({TEST: "class CounterTest {}"}))

    assert result.outcome is Outcome.PATCH_REJECTED
    assert javac.machines == 0


IMPORTING = b"import org.junit.jupiter.api.Test; class CounterTest {}"


@pytest.mark.parametrize(("spared", "outcome", "trust"), [(F, "passed", "watched"), (P, "tampered", "claim")])
def test_tests_run_beside_a_class_that_must_fail(spared: Status, outcome: str, trust: str) -> None:
    task = replace(TASK, tests=((TEST, IMPORTING),))

    def run(box: Box, task: ProjectTask, tools: JavaTools, laid: Laid, required: Sequence[str]) -> TestRun:
        return replace(PASSING, statuses={test: spared if "Planted" in test else P for test in required})

    (result,) = graded(project_grader(Javac(), run), REFERENCE, task=task)

    assert (result.outcome, result.trust) == (outcome, trust)
    assert isinstance(result.detail, ProjectDetail)
    assert set(result.detail.tests) == set(REQUIRED)


def never(*_: object) -> TestRun:
    raise AssertionError


def losing(times: int, cause: LossCause) -> Run:
    lost = 0

    def run(box: Box, task: ProjectTask, tools: JavaTools, laid: Laid, required: Sequence[str]) -> TestRun:
        nonlocal lost
        if tuple(required) == CONTROL:
            right = b"return 2 *" in laid.files["src/main/java/Control.java"]
            return TestRun(statuses={CONTROL[0]: Status.PASSED if right else Status.FAILED})
        if lost < times:
            lost += 1
            raise BoxLost("gone", cause=cause)
        return passing(box, task, tools, laid, required)

    return run


def test_a_lost_box_is_nobodys() -> None:
    (result,) = graded(project_grader(Javac(), losing(2, LossCause.OUTSIDE)), REFERENCE)

    assert (result.outcome, result.attempts) == (Outcome.PASSED, 3)


@pytest.mark.parametrize(
    ("cause", "outcome"), [(LossCause.INSIDE, Outcome.TAMPERED), (LossCause.OUTSIDE, Outcome.INTERNAL)]
)
def test_boxes_that_are_lost_again_and_again(cause: LossCause, outcome: Outcome) -> None:
    (result,) = graded(project_grader(Javac(), losing(99, cause)), REFERENCE)

    assert result.outcome is outcome


def test_a_task_without_tests_compiles_alone() -> None:
    task = replace(TASK, tests=(), required=(), reference=None)
    javac = Javac()

    fine, broken = graded(project_grader(javac, never), REFERENCE, BROKEN, task=task)

    assert PROTOCOL.invalid_reason(task) is None
    assert (fine.outcome, broken.outcome) == (Outcome.NO_TESTS, Outcome.BUILD_FAILED)
    assert all(javac.asked)  # a compiler that is given nothing refuses that, without an error
    assert len(javac.asked) == 2


def test_what_is_missing_is_no_samples_fault() -> None:
    def run(*_: object) -> TestRun:
        raise HarnessError("no runner here")

    (result,) = graded(project_grader(Javac(), run), REFERENCE)

    assert (result.outcome, result.reason) == (Outcome.INTERNAL, "no runner here")


ERROR = CompileError(path="a/B.java", line=3, message="cannot find symbol")


def test_the_check_that_decided_of_a_migration() -> None:
    detail = MigrationDetail(
        checks={"files": "", "release": "it is Java 8", "classes": "a class differs"},
        official={"build": ""},
        official_passed=True,
        disagreement="it does not look",
        fetched=(("g:a:1:jar", "5f"),),
        log="BUILD SUCCESS",
    )

    details = details_of(Shown(sample=SAMPLE, result=replace(RESULT, detail=detail)))

    assert facts(details, "Verdict")["test that decided"] == "the check release"
    rows = [(one.test, one.outcome, one.decided) for one in find(details, Cases, "Checks").cases]
    assert rows == [("files", "passed", False), ("release", "failed", True), ("classes", "failed", False)]
    title = "Checks of the benchmark's own program, which disagrees: it does not look"
    assert [one.outcome for one in find(details, Cases, title).cases] == ["passed"]
    assert find(details, Cases, "Artefacts that were brought").cases[0].test == "g:a:1:jar"
    assert find(details, Text, "Log of the build").text == "BUILD SUCCESS"


def test_a_project_that_did_not_compile() -> None:
    detail = ProjectDetail(compiled=False, errors=(ERROR, CompileError(path="", line=0, message="no such option")))

    details = details_of(Shown(sample=SAMPLE, result=replace(RESULT, detail=detail)))

    assert facts(details, "Verdict")["test that decided"] == "the compiler"
    rows = [(one.test, one.reason) for one in find(details, Cases, "Errors of the compiler").cases]
    assert rows == [("a/B.java:3", "cannot find symbol"), ("the compiler", "no such option")]
