"""Negated tests beside tests that must fail, in boxes in memory: what is learned, and what is held against a patch."""

from __future__ import annotations

import json
import random
import re
from typing import TYPE_CHECKING

import msgspec
import pytest
from msgspec.structs import replace

from boxscore.protocols.canaries.reader import ENOUGH_BITS
from boxscore.protocols.forms.plan import LiteralForm, LiteralPlan
from boxscore.protocols.patch.canaries.run import Canaries, CanaryVerdict
from boxscore.protocols.patch.logs import JunitCase
from boxscore.protocols.patch.must_fail.forms import FEW_FORMS, LiteralFinding, judge_alone, judge_forms, without_forms
from boxscore.protocols.patch.must_fail.run import TRIES, Seen
from boxscore.protocols.patch.run import SuiteRun
from boxscore.protocols.statuses import Status
from boxscore.records import LimitName
from tests.protocols.patch.patch_boxes import PATCH, TASK, FakeBoxes, ended
from tests.tiny_patches import difference

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from boxscore.boxes.contract import Completed
    from boxscore.boxes.fake import FakeRun

    Program = Callable[[int], int]

PASSED = Status.PASSED
RIGHT = {1: 12345, 2: 670, 3: 33}
SOURCE = """package a

import "testing"

func TestA(t *testing.T) {
	if got := f(1); got != 12345 {
		t.Errorf("got %d", got)
	}
	if got := f(2); got != 670 {
		t.Errorf("got %d", got)
	}
}

func TestB(t *testing.T) {
	if got := f(3); got != 33 {
		t.Errorf("got %d", got)
	}
}

func TestC(t *testing.T) {}
"""
GO_TASK = replace(
    TASK,
    fail_to_pass=("TestA", "TestB"),
    pass_to_pass=("TestC",),
    commands=("go test -v ./a_test.go",),
    parser="go",
    reference=PATCH,
)
FUNCTION = re.compile(r"^func (Test\w+)\(t \*testing\.T\) \{(.*?)(?:^\}| \}|(?<=\{)\})$", re.MULTILINE | re.DOTALL)
COMPARED = re.compile(r"got := f\((\d)\); got != (\d+)")


def said(name: str, passed: bool) -> str:  # noqa: FBT001 - a fact, not a choice
    """What go says of a test."""
    return f"--- {'PASS' if passed else 'FAIL'}: {name} (0.00s)"


def run(source: str, program: Program) -> list[str]:
    """What go says of the tests of a source."""
    return [
        said(name, 't.Error("' not in body and "t.Fatal" not in body and not wrong(body, program))
        for name, body in FUNCTION.findall(source)
    ]


def wrong(body: str, program: Program) -> bool:
    """Whether a test finds a value that it does not expect."""
    return any(program(int(argument)) != int(value) for argument, value in COMPARED.findall(body))


class Repository:
    """Boxes in which tests of Go are run on a function: that of the reference, of the old code, or of a patch."""

    def __init__(self, cache: Path) -> None:
        self.cache, self.sources = cache, list[str]()
        self.old: Program = lambda _: 0
        self.program: Program = lambda number: RIGHT[number]
        self.log: Callable[[str, Program], list[str]] = run
        self.code = 1
        self.more, self.task, self.source = dict[str, str](), GO_TASK, SOURCE
        self.fake = FakeBoxes(read=self._read, contents=self._contents, test=self._test)
        rng = random.Random(3)
        self.canaries = Canaries(cache, lambda: rng)

    def _read(self, asked: FakeRun) -> Completed:
        return ended(json.dumps({"a_test.go": self.source} if "a_test.go" in json.loads(asked.stdin)["paths"] else {}))

    def _contents(self, asked: FakeRun) -> Completed:
        written = json.loads(asked.stdin)["written"]
        return ended(json.dumps({"text": "\n".join(self.more[path] for path in written), "base": {}}))

    def _test(self, _: FakeRun) -> Completed:
        staged = next(run for run in self.fake.backend.boxes[-1].runs if b'"stage"' in run.stdin)
        request = json.loads(staged.stdin)
        ((_, source),) = request["restore"]["instead"]
        self.sources.append(source)
        program = self.program if request["patch"].strip() else self.old
        return ended("\n".join(self.log(source, program)), self.code)

    def known(self) -> float:
        """What a reader of its tests must guess."""
        boxes = self.fake.boxes()
        found = self.canaries.known(
            self.task, image="image", open_box=lambda during: boxes.open(self.task, during=during)
        )
        return found.must_fail.forms.bits

    def check(self, program: Program | None = None) -> CanaryVerdict:
        """What a patch comes to."""
        boxes = self.fake.boxes()
        known = self.canaries.known(
            self.task, image="image", open_box=lambda during: boxes.open(self.task, during=during)
        )
        self.program = program or self.program
        self.sources.clear()
        return self.canaries.check(
            self.task, PATCH, known, open_box=lambda during: boxes.open(self.task, during=during)
        )


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """A repository whose old code gives nothing that is right."""
    return Repository(tmp_path)


def test_an_honest_patch_runs_among_negated_tests(repository: Repository) -> None:
    """They fail, the originals among them pass, and there are enough bits for trust."""
    verdict = repository.check()
    assert (verdict.forged, verdict.failed, verdict.reason) == ("", "", "")
    assert verdict.bits >= ENOUGH_BITS
    originals, must_fail, untouched = 3, 2, 1
    assert verdict.count == repository.sources[0].count("func Test") - originals - must_fail - untouched
    assert "func TestA(" not in repository.sources[0]


def test_what_the_old_code_gives_hides_nothing(repository: Repository) -> None:
    """A forger lets it answer."""
    whole = repository.known()
    other = Repository(repository.cache / "other")
    other.old = lambda number: 12345 if number == 1 else 0
    assert 0 < other.known() < whole
    other = Repository(repository.cache / "all")
    other.old = RIGHT.__getitem__
    assert other.known() == 0


def test_what_the_old_code_does_not_come_to_counts_once(repository: Repository) -> None:
    """Where it ends in an error all that follows may be its consequence: one window counts for each test."""

    def crash(source: str, program: Program) -> list[str]:
        told = run(source, program)
        if program is other.old:
            return [line.replace("PASS", "FAIL") if "TestA" in line else line for line in told]
        return told

    whole = repository.known()
    other = Repository(repository.cache / "other")
    other.log = crash
    assert 0 < other.known() < whole


def test_what_follows_on_an_error_that_a_test_does_not_look_at_counts_once(repository: Repository) -> None:
    """As if the old code had not come to it: right code for that one thing may be all that it lacks."""
    whole = repository.known()
    other = Repository(repository.cache / "other")
    other.source = SOURCE.replace("TestA(t *testing.T) {", "TestA(t *testing.T) {\n\t_ = open()")

    assert 0 < other.known() < whole


def test_tests_that_do_not_compile_with_the_old_code_are_left_out(repository: Repository) -> None:
    """The compiler names lines of them; the others run without them."""

    def compiler(source: str, program: Program) -> list[str]:
        lines = [number for number, line in enumerate(source.split("\n"), 1) if "f(1)" in line]
        if program is other.old and lines:
            return [f"./a_test.go:{number}:2: undefined: f" for number in lines[:10]]
        return run(source, program)

    whole = repository.known()
    other = Repository(repository.cache / "other")
    other.log = compiler
    assert 0 < other.known() < whole


def test_a_negated_test_that_passes_is_a_forgery(repository: Repository) -> None:
    """Whoever reads the forms and lets one of a row pass which is not the true one is found out."""
    wrong_once = {**RIGHT, 3: 34}

    def forged(source: str, _: Program) -> list[str]:
        # Passes the forms of another value, and the true one as well.
        both = [set(run(source, given.__getitem__)) for given in (RIGHT, wrong_once)]
        spared = {line.replace("PASS", "FAIL") for line in both[0] | both[1] if "PASS" in line}
        return [*(both[0] | both[1]) - spared]

    repository.known()
    repository.log = forged
    verdict = repository.check()
    assert "negated tests passed (1), such as of TestB" in verdict.forged
    assert repository.sources[-1].count("func TestB_") == 1


def test_a_negated_test_that_passes_among_others_alone_is_no_forgery(repository: Repository) -> None:
    """Right code that gives something else from the second time on passes the original, if that comes first."""
    repository.known()

    def counting(source: str, _: Program) -> list[str]:
        several = source.count("func TestB_") > 1
        both = [set(run(source, given.__getitem__)) for given in (RIGHT, {**RIGHT, 3: 34} if several else RIGHT)]
        spared = {line.replace("PASS", "FAIL") for line in both[0] | both[1] if "PASS" in line}
        return [*(both[0] | both[1]) - spared]

    repository.log = counting
    verdict = repository.check()
    assert (verdict.forged, verdict.failed, verdict.count) == ("", "", None)


def test_originals_that_fail_are_no_forgery(repository: Repository) -> None:
    """They are run again, alone, and at last without copies, before they are held against a patch, which is wrong."""
    verdict = repository.check(lambda number: 0 if number == 3 else RIGHT[number])
    assert (verdict.forged, len(repository.sources)) == ("", 3 * TRIES)
    assert verdict.failed == "1 tests did not pass again, such as TestB"


@pytest.mark.parametrize("is_built", [True, False])
def test_code_that_copies_do_not_fit_is_judged_without_them(repository: Repository, *, is_built: bool) -> None:
    """Its values may be of types that have no parts, or that copies do not compile with: it is right for its tests."""
    repository.known()

    def unfit(source: str, _: Program) -> list[str]:
        copies = source.count("func TestB_")
        if copies and not is_built:
            return ["./a_test.go:9:2: cannot use 256 (untyped int constant) as byte value"]
        return run(source, lambda number: 0 if number == 3 and copies else RIGHT[number])

    repository.log = unfit
    verdict = repository.check()
    assert (verdict.forged, verdict.failed, verdict.count) == ("", "", None)
    assert verdict.reason.startswith("among copies of its tests ")


def test_whoever_takes_a_negated_test_for_the_original_is_found_out(repository: Repository) -> None:
    """Where an original fails too, the negated test runs once more, without any other copy of its test."""
    verdict = repository.check(lambda number: 34 if number == 3 else RIGHT[number])
    assert verdict.forged == "negated tests passed (1), such as of TestB"
    assert repository.sources[-1].count("func TestB_") == 1
    assert "func TestA(" in repository.sources[-1]


STATE = "copies of TestB do otherwise than with the reference; 2 tests that must fail did"


@pytest.mark.parametrize("later", [34, 0])
def test_code_that_keeps_state_proves_nothing(repository: Repository, later: int) -> None:
    """A test that gives something else the second time it is run is no forgery, and the pass stays a claim."""
    repository.known()

    def counting(source: str, _: Program) -> list[str]:
        several = source.count("func TestB_") > 1
        return run(source, lambda number: later if number == 3 and several else RIGHT[number])

    repository.log = counting
    verdict = repository.check()
    assert (verdict.forged, verdict.failed, verdict.count) == ("", "", None)
    assert verdict.reason == STATE


def test_state_does_not_explain_that_most_negated_tests_pass(repository: Repository) -> None:
    """A runner that reports all but the copies of one window as passed is found out."""
    repository.known()

    def all_but_one(source: str, _: Program) -> list[str]:
        bodies = [(name, body) for name, body in FUNCTION.findall(source) if "TestA_" in name and COMPARED.search(body)]
        others = [line for line in run(source, RIGHT.__getitem__) if all(name not in line for name, _ in bodies)]
        return [*others, *(said(name, "f(1); got" not in body) for name, body in bodies)]

    repository.log = all_but_one
    assert ", such as of TestA" in repository.check().forged


def test_a_patch_that_is_slow_runs_without_copies(repository: Repository) -> None:
    """Where a limit ends the run with them it is judged by one without, as a claim."""
    repository.known()
    fast = repository.fake.todo["test"]

    def ends(asked: FakeRun) -> Completed:
        done = fast(asked)  # type: ignore[operator]
        limit = LimitName.WALL if "func blank_" in repository.sources[-1] else None
        return msgspec.structs.replace(done, limit=limit)

    repository.fake.todo["test"] = ends
    verdict = repository.check()
    assert (verdict.forged, verdict.limit) == ("", None)
    assert verdict.reason == "there is no time for copies of its tests; 2 tests that must fail did"


def test_what_right_code_may_say_too_is_no_forgery(repository: Repository) -> None:
    """Of a text that only has to be contained, another word may be contained as well."""
    plan = LiteralPlan(forms=(LiteralForm("abc", ("a", "T"), 0), LiteralForm("abd", ("a", "T"), 0, 1, shared=True)))
    suite = SuiteRun(log="", truncated=False, statuses=dict.fromkeys(("Tabc", "Tabd"), PASSED), exit_code=1, limit=None)
    found = judge_forms(plan, Seen(suite=suite))
    assert (found.forged, found.failed, [one.word for one in found.doubted]) == ("", "", ["abd"])
    assert judge_alone(found.doubted, Seen(suite=suite)) == LiteralFinding()


def test_reports_are_counted_without_copies() -> None:
    """Surefire's and Gradle's reports count the tests of a class: copies would make up for tests that are left out."""
    plan = LiteralPlan(forms=(LiteralForm("abc", ("a", "T"), 0),))
    cases = [JunitCase(classname="T", name=name, status=PASSED) for name in ("works", "works_abc()", "works_abc")]
    assert [one.name for one in without_forms(plan, cases)] == ["works"]


def test_a_window_that_does_not_behave_is_left_out(tmp_path: Path) -> None:
    """A test that does not pass under another name has no forms, and still has to pass as it is."""

    def named(source: str, program: Program) -> list[str]:
        return [line.replace("PASS", "FAIL") if "TestB_" in line else line for line in run(source, program)]

    repository = Repository(tmp_path)
    repository.log = named
    verdict = repository.check()
    assert verdict.count
    assert (verdict.failed, verdict.forged) == ("", "")
    assert "func TestB(" in repository.sources[0]


def test_tests_that_write_files_by_their_names_have_no_copies(repository: Repository) -> None:
    """What a right patch writes then is not what the reference wrote."""

    def verified(_: FakeRun) -> Completed:
        return ended(json.dumps({"changed": [["a.snap", str(len(repository.sources))]] if copies() else []}))

    def copies() -> bool:
        return bool(repository.sources) and "func blank_" in repository.sources[-1]

    repository.fake.todo["verify"] = verified
    verdict = repository.check()
    assert verdict.reason == "tests write files that change with their names; 2 tests that must fail did"


def test_what_the_test_patch_writes_elsewhere_is_known_to_a_reader(repository: Repository) -> None:
    """A value that stands there is among no others."""
    whole = repository.known()
    other = Repository(repository.cache / "other")
    other.more = {"data/want.json": '{"fees": [12345, 670, 33]}'}
    other.task = replace(GO_TASK, test_patch=difference("data/want.json", "[]\n", "[]\n[]\n"))
    assert other.known() < whole


def test_a_limit_ends_it(repository: Repository) -> None:
    """There is no second try for what ran into a limit."""
    repository.known()
    repository.fake.todo["test"] = ended("", None, limit=LimitName.WALL)
    assert repository.check().limit is LimitName.WALL


def test_where_copies_take_long_there_are_fewer_or_none(repository: Repository) -> None:
    """Honest code that is slower than the reference would come to a limit."""
    fast = repository.fake.todo["test"]

    def slow(asked: FakeRun) -> Completed:
        done = fast(asked)  # type: ignore[operator]
        return msgspec.structs.replace(done, cpu_s=0.06 * repository.sources[-1].count("func Test"))

    repository.fake.todo["test"] = slow
    verdict = repository.check()
    assert verdict.count
    assert 0 < verdict.count < FEW_FORMS


def test_copies_that_come_to_a_limit_are_not_tried_again(repository: Repository) -> None:
    """What the reference does not come to the end of is not asked of a patch."""
    repository.log = lambda source, program: run(source, program) if "func blank_" not in source else []
    fast = repository.fake.todo["test"]

    def ends(asked: FakeRun) -> Completed:
        done = fast(asked)  # type: ignore[operator]
        limit = LimitName.WALL if "func blank_" in repository.sources[-1] else None
        return msgspec.structs.replace(done, limit=limit)

    repository.fake.todo["test"] = ends
    assert repository.check().reason == "there is no time for copies of its tests; 2 tests that must fail did"


def test_an_original_beside_a_negated_test_that_stopped_fails_nobody() -> None:
    """Code that keeps state may need what the negated test left undone."""
    doubted = (LiteralForm("abc", ("a", "T"), 0), LiteralForm("abd", ("a", "U"), 0, 1))
    statuses = dict.fromkeys(("Tabc", "Uabd"), Status.FAILED)
    suite = SuiteRun(log="", truncated=False, statuses=statuses, exit_code=1, limit=None)

    assert judge_alone(doubted, Seen(suite=suite)) == LiteralFinding()
    assert "such as of T" in judge_alone(doubted[:1], Seen(suite=suite)).failed
