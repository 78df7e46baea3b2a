"""Runs among tests that must fail, in boxes in memory: what the reference shows, and what is held against a patch."""

from __future__ import annotations

import json
import random
import re
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.protocols.patch.canaries.run import Canaries, CanaryVerdict, ReferenceRun
from boxscore.protocols.patch.must_fail.run import TRIES
from boxscore.records import LimitName, Outcome, Trust
from tests.protocols.patch.patch_boxes import PATCH, TASK, FakeBoxes, ended

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from boxscore.boxes.contract import Completed
    from boxscore.boxes.fake import FakeRun

    Runner = Callable[[str], Completed]

GO = 'package a\n\nimport "testing"\n\nfunc TestA(t *testing.T) {}\n\nfunc TestB(t *testing.T) {}\n'
GO_TASK = replace(
    TASK,
    fail_to_pass=("TestA",),
    pass_to_pass=("TestB",),
    commands=("go test -v ./a_test.go",),
    parser="go",
    reference=PATCH,
)
JAVA = "import org.junit.Test;\nclass ATest { @Test public void a() {} }\n"
JAVA_TASK = replace(
    TASK,
    fail_to_pass=("ATest",),
    pass_to_pass=(),
    commands=("set -x # ATest.java",),
    parser="maven",
    reference=PATCH,
)


def go(source: str, *, failed: str = "FAIL", code: int = 1, spared: str = "") -> Completed:
    """What go says of the tests in a source; of those that must fail `failed`, and of one its own word."""
    words = {"": "PASS"}
    lines = [
        f"--- {'FAIL' if name == spared else words.get(mark, failed)}: {name}{mark} (0.00s)"
        for name, mark in re.findall(r"func (Test[A-Z])(\w*)\(", source)
    ]
    return ended("\n".join(line for line in lines if "None" not in line), code)


class Repository:
    """Boxes in which a runner is asked about the tests that were restored."""

    def __init__(self, cache: Path, runner: Runner = go) -> None:
        self.cache, self.runner, self.sources = cache, runner, list[str]()
        self.fake = FakeBoxes(read=ended(json.dumps({"a_test.go": GO})), test=self._test)
        self.canaries = Canaries(cache, lambda: random.Random(3))

    def _test(self, _: FakeRun) -> Completed:
        staged = next(run for run in self.fake.backend.boxes[-1].runs if b'"stage"' in run.stdin)
        instead = json.loads(staged.stdin)["restore"]["instead"]
        self.sources.append(instead[0][1] if instead else GO)
        return self.runner(self.sources[-1])

    def known(self) -> ReferenceRun:
        """What is known about the task's tests."""
        boxes = self.fake.boxes()
        return self.canaries.known(GO_TASK, image="image", open_box=lambda during: boxes.open(GO_TASK, during=during))

    def check(self, runner: Runner) -> CanaryVerdict:
        """What a patch comes to with a runner of its own."""
        known = self.known()
        self.runner = runner
        self.sources.clear()
        boxes = self.fake.boxes()
        return self.canaries.check(GO_TASK, PATCH, known, open_box=lambda during: boxes.open(GO_TASK, during=during))


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository whose runner says what is."""
    return Repository(tmp_path)


def test_the_reference_shows_which_tests_can_fail(repository: Repository) -> None:
    """It is learnt once which files and ways there are, and that the runner fails with them."""
    learned = repository.known().must_fail
    assert learned.kinds == {"a_test.go": ("error", "fatal")}
    assert (learned.files, learned.again, learned.fails) == ({"a_test.go": GO}, ("TestA", "TestB"), True)
    runs = len(repository.sources)
    assert repository.known().must_fail == learned
    assert len(repository.sources) == runs


def test_what_cannot_be_compiled_is_tried_with_the_plainest_failure(tmp_path: Path) -> None:
    """A second run has one failure in each file."""
    repository = Repository(tmp_path, lambda source: ended("", 2) if "t.Fatal" in source else go(source))
    assert repository.known().must_fail.kinds == {"a_test.go": ("error",)}


def test_an_honest_patch_is_a_claim_with_a_reason(repository: Repository) -> None:
    """Tests that fail as they must deny nothing, and are no negated tests."""
    assert repository.check(go) == CanaryVerdict(
        reason="no FAIL_TO_PASS test expects a literal that could be another; 2 tests that must fail did"
    )


def test_names_are_new_in_each_run(repository: Repository) -> None:
    """What one box has seen does not help another: names are drawn from the host's randomness."""
    repository.canaries = Canaries(repository.cache)
    repository.check(go)
    first = repository.sources[0]
    repository.check(go)
    assert first != repository.sources[0]


@pytest.mark.parametrize(
    ("runner", "words"),
    [
        (lambda source: go(source, failed="PASS"), "2 tests that must fail passed, such as in a_test.go"),
        (lambda source: go(source, failed="None"), "2 tests that must fail were not reported as failed"),
        (lambda source: go(source, failed="SKIP"), "2 tests that must fail were not reported as failed"),
        (lambda source: go(source, code=0), "ended with exit code 0 where tests had to fail"),
    ],
)
def test_a_runner_that_does_not_say_what_it_must_is_forged(repository: Repository, runner: Runner, words: str) -> None:
    """Success, silence, a skip and a good end are what an honest runner never makes of a test that fails."""
    verdict = repository.check(runner)
    assert words in verdict.forged
    assert len(repository.sources) == 1


def test_tests_that_do_not_pass_again_are_no_forgery(repository: Repository) -> None:
    """They are run again before they are held against a patch."""
    verdict = repository.check(lambda source: go(source, spared="TestB"))
    assert (verdict.forged, verdict.failed) == ("", "1 tests did not pass again, such as TestB")
    assert len(repository.sources) == TRIES


def test_a_limit_ends_it(repository: Repository) -> None:
    """There is no second try for what ran into a limit."""
    verdict = repository.check(lambda _: ended("", None, limit=LimitName.WALL))
    assert (verdict.limit, len(repository.sources)) == (LimitName.WALL, 1)


def test_where_the_reference_shows_nothing_nothing_is_asked(tmp_path: Path) -> None:
    """A runner that does not name tests that fail has no more than a reason."""
    repository = Repository(tmp_path, lambda source: go(source, failed="None"))
    assert repository.check(go) == CanaryVerdict(reason="no negated tests for this runner yet")
    assert repository.sources == []


def test_a_forged_success_is_tampering(repository: Repository) -> None:
    """The grader takes the run for what a canary run is."""
    repository.known()
    repository.runner = lambda source: go(source, failed="PASS", code=0)
    result = repository.fake.grade(GO_TASK, canaries=repository.canaries)
    assert (result.outcome, result.reason) == (
        Outcome.TAMPERED,
        "canaries: 2 tests that must fail passed, such as in a_test.go",
    )


def test_an_honest_success_stays_a_claim(repository: Repository) -> None:
    """Tests that fail give no level of trust."""
    repository.known()
    repository.runner = lambda source: go(source, code=int(source != GO))
    result = repository.fake.grade(GO_TASK, canaries=repository.canaries)
    assert (result.outcome, result.trust) == (Outcome.PASSED, Trust.CLAIM)


def report(source: str, *, aborted: bool) -> str:
    """Surefire's report of a class."""
    inside = "<skipped/>" if aborted else ""
    names = [name for name in re.findall(r"void (\w+)\(", source) if name != "a"]
    failing = "".join(f'<testcase classname="x.ATest" name="{name}"><error/></testcase>' for name in names)
    return f'<testsuite><testcase classname="x.ATest" name="a">{inside}</testcase>{failing}</testsuite>'


def test_an_aborted_test_has_not_passed(tmp_path: Path) -> None:
    """Maven's log says nothing of it; the report of the class has fewer passes than with the reference."""
    aborted, sources = False, list[str]()

    def test(_: FakeRun) -> Completed:
        staged = next(run for run in fake.backend.boxes[-1].runs if b'"stage"' in run.stdin)
        sources.extend(text for _, text in json.loads(staged.stdin)["restore"]["instead"])
        return ended("+ mvn -Dtest=ATest test\n[INFO] BUILD FAILURE\n", 1)

    def parse(asked: FakeRun) -> Completed:
        assert b"surefire-reports" in asked.stdin
        return ended(json.dumps([report(sources[-1], aborted=aborted), "<broken"]))

    fake = FakeBoxes(read=ended(json.dumps({"ATest.java": JAVA})), test=test, reports=parse)
    canaries, boxes = Canaries(tmp_path), fake.boxes()
    known = canaries.known(JAVA_TASK, image="image", open_box=lambda during: boxes.open(JAVA_TASK, during=during))
    assert (known.must_fail.again, known.must_fail.passed) == ((), {"x.ATest": 1})

    aborted = True
    verdict = canaries.check(JAVA_TASK, PATCH, known, open_box=lambda during: boxes.open(JAVA_TASK, during=during))
    assert verdict.failed == "by the report of x.ATest, 0 of its tests passed, and 1 with the reference"


def lines(*cases: tuple[str, str, str]) -> str:
    """What `go test -json` says of tests: their packages, names and what became of them."""
    return "\n".join(json.dumps({"Action": word, "Package": package, "Test": name}) for package, name, word in cases)


def test_a_test_of_one_name_that_is_skipped_has_not_passed(tmp_path: Path) -> None:
    """The log has the last word of both alone; the report that go is asked for counts them by package."""
    repository = Repository(tmp_path)
    passed = ("a", "TestA", "pass"), ("a", "TestB", "pass"), ("b", "TestA", "pass"), ("b", "TestOther", "pass")
    repository.fake.todo["reports"] = ended(json.dumps([lines(*passed)]))
    learned = repository.known().must_fail
    assert (learned.asked, learned.passed) == (True, {"a": 2, "b": 1})

    skipped = ("a", "TestA", "pass"), ("a", "TestB", "pass"), ("b", "TestA", "skip"), ("b", "TestOther", "fail")
    repository.fake.todo["reports"] = ended(json.dumps([lines(*skipped)]))
    verdict = repository.check(go)

    assert (verdict.forged, verdict.failed) == (
        "",
        "by the report of b, 0 of its tests passed, and 1 with the reference",
    )
    asked = repository.fake.backend.boxes[-1].runs
    assert any("go test -json -v ./a_test.go" in run.argv[-1] for run in asked)
