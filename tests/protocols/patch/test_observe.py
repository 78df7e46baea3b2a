"""What runs before and after a reference patch show: the lists of tests, and where they differ from the record."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.errors import BoxLost
from boxscore.protocols.contract import Batch, Candidate
from boxscore.protocols.patch.grader import PatchGrader
from boxscore.protocols.patch.logs import judge
from boxscore.protocols.patch.observe import PatchLists, observed_task, sort_out
from boxscore.protocols.patch.protocol import PROTOCOL
from boxscore.protocols.patch.task import PatchDetail, ResolutionRule
from boxscore.protocols.statuses import Status
from boxscore.records import Result, Trust
from harnesses.swebench.rules import V4, V5
from tests.patch_details import patch_detail_of
from tests.protocols.patch.patch_boxes import PASSING, PATCH, TASK, FakeBoxes, StubPlanting, ended

if TYPE_CHECKING:
    from collections.abc import Iterable

    from boxscore.boxes.contract import Completed
    from boxscore.boxes.fake import FakeRun
    from boxscore.protocols.patch.task import PatchTask

STRICT = ResolutionRule()

GOLDEN = replace(TASK, reference=PATCH)
FAILING = "FAILED t.py::mends - no\nPASSED t.py::keeps\nPASSED t.py::stays\n"
P, F, S, X = Status.PASSED, Status.FAILED, Status.SKIPPED, Status.XFAIL


def repository(before: Iterable[str] = (FAILING,), after: Iterable[str] = (PASSING,)) -> FakeBoxes:
    """Boxes whose tests print this before and after the patch, in turn."""
    logs = {False: itertools.cycle(before), True: itertools.cycle(after)}
    patched: list[bool] = []

    def stage(asked: FakeRun) -> Completed:
        patched.append(bool(json.loads(asked.stdin)["patch"].strip()))
        return ended(json.dumps(fake.tree["stage"]))

    def test(_: FakeRun) -> Completed:
        return ended(next(logs[patched[-1]]))

    fake = FakeBoxes(stage=stage, test=test)
    return fake


def grade(fake: FakeBoxes, task: PatchTask, *codes: str) -> list[Result]:
    """Grade code of samples by a task."""
    grader = PatchGrader(fake.boxes(), StubPlanting())
    given = tuple(Candidate(sample_id=str(number), code=code) for number, code in enumerate(codes))
    return list(grader.grade(Batch(instance_id="toy/f", task=task, trust=Trust.WATCHED, candidates=given)))


def validate(fake: FakeBoxes, task: PatchTask = GOLDEN, *, repeats: int = 3) -> PatchLists:
    """Validate one instance as the command does, but for the run directory."""
    observed = PROTOCOL.to_observe(task)
    assert observed is not None
    asked, codes = observed
    results: dict[str, list[Result]] = {name: [] for name in codes}
    for _ in range(repeats):
        for name, code in codes.items():
            results[name] += grade(fake, asked, code)
    found = PROTOCOL.observe("toy/f", asked, results).record
    assert isinstance(found, PatchLists)
    return found


def test_an_instance_that_is_as_recorded() -> None:
    """The tests run as often as asked, before and after, each time in a fresh box; no problem is found."""
    fake = repository()

    found = validate(fake)

    assert (found.fail_to_pass, found.pass_to_pass) == (TASK.fail_to_pass, TASK.pass_to_pass)
    assert (found.flaky, found.lost, found.new, found.problems) == ((), (), (), ())
    assert (found.evidence.in_words, found.trust) == ("nothing grows here", Trust.CLAIM)
    assert fake.steps.count("test") == len(fake.backend.boxes) == 6


@pytest.mark.parametrize("which", ["before", "after"])
def test_a_test_that_differs_from_run_to_run_is_flaky(which: str) -> None:
    """It is in no other list, and that is a problem."""
    odd = {
        "before": (FAILING, FAILING, FAILING.replace("PASSED t.py::stays", "FAILED t.py::stays")),
        "after": (PASSING, PASSING.replace("PASSED t.py::stays", "FAILED t.py::stays"), PASSING),
    }

    found = validate(repository(**{which: odd[which]}))

    assert (found.flaky, found.pass_to_pass, found.lost) == (("t.py::stays",), ("t.py::keeps",), ("t.py::stays",))
    assert ("flaky", "runs disagree on 1 tests: t.py::stays") in found.problems


def test_lists_that_differ_from_the_record_are_told() -> None:
    """A required test that does not behave, one in the wrong list, and one that is not recorded."""
    before = "FAILED t.py::keeps - no\nFAILED t.py::more - no\nPASSED t.py::mends\nPASSED t.py::stays\n"
    after = "PASSED t.py::keeps\nPASSED t.py::more\nPASSED t.py::mends\nFAILED t.py::stays - no\n"

    found = validate(repository([before], [after]))

    assert found.fail_to_pass == ("t.py::keeps", "t.py::more")
    assert found.pass_to_pass == ("t.py::mends",)
    assert found.lost == ("t.py::mends", "t.py::keeps", "t.py::stays")
    assert found.new == ("t.py::keeps", "t.py::more", "t.py::mends")
    assert [what for what, _ in found.problems] == ["gold", "lists", "lists"]
    assert "gold does not pass: wrong: FAIL_TO_PASS 1 of 1, PASS_TO_PASS 1 of 2" in found.problems[0][1]


def test_a_benchmark_that_needs_no_fix_is_a_problem() -> None:
    """Tests that pass without the reference prove nothing."""
    found = validate(repository([PASSING]))

    assert ("before", "passes without the reference") in found.problems
    assert found.lost == TASK.fail_to_pass


def test_what_could_not_be_run_is_a_problem() -> None:
    """Losses are tried again, then told once, however many rounds there were."""
    fake = repository()
    fake.todo["stage"] = BoxLost("the engine went away")

    found = validate(fake, repeats=2)

    assert found.problems[:2] == (
        ("before", "could not be run: the engine went away"),
        ("gold", "could not be run: the engine went away"),
    )


def test_a_reference_that_is_refused_is_a_problem() -> None:
    """Its reason is said."""
    found = validate(repository(), replace(TASK, reference="no diff"))

    assert ("gold", "gold does not pass: patch_rejected: it is not a diff: it names no file") in found.problems


def test_an_instance_without_a_reference_has_no_lists() -> None:
    """Nothing can be said of it, and that is no problem."""
    fake = repository()

    found = validate(fake, TASK)

    assert found == PatchLists(instance_id="toy/f")
    assert fake.steps.count("test") == 3


def test_no_patch_at_all_is_not_an_empty_patch() -> None:
    """Where a benchmark is validated the tree is tested as it is; an empty patch of a model is no answer."""
    fake = repository()

    assert [one.outcome for one in grade(fake, observed_task(TASK), "")] == ["wrong"]
    assert [one.outcome for one in grade(fake, TASK, "")] == ["no_code"]
    request = json.loads(fake.backend.boxes[0].runs[0].stdin)
    assert request["patch"].strip() == ""


def test_only_a_validation_names_tests_that_are_not_required() -> None:
    """In other results they would be of no use, and there may be thousands."""
    log = PASSING + "PASSED t.py::more\n"
    (observed,), (graded,) = (grade(FakeBoxes(log), task, PATCH) for task in (observed_task(TASK), TASK))

    assert patch_detail_of(observed).reported["t.py::more"] == "PASSED"
    assert (patch_detail_of(graded).reported, patch_detail_of(graded).tests) == ({}, patch_detail_of(observed).tests)


def seen(task: PatchTask, statuses: dict[str, Status]) -> PatchDetail:
    """What is told of a run that reported these tests."""
    judged = judge(task, statuses, "1 passed")
    return PatchDetail(
        tests=judged.tests,
        fail_to_pass=judged.fail_to_pass,
        pass_to_pass=judged.pass_to_pass,
        reported=dict(statuses),
    )


def of_t(**statuses: Status) -> dict[str, Status]:
    """Tests of `t.py`."""
    return {f"t.py::{name}": status for name, status in statuses.items()}


@pytest.mark.parametrize(("rule", "status", "kept"), [(STRICT, X, False), (V4, X, True), (V5, S, True)])
def test_the_rule_of_the_benchmark_says_what_passes(rule: ResolutionRule, status: Status, *, kept: bool) -> None:
    """What counts as kept for a verdict counts as kept here."""
    task = replace(TASK, rule=rule)
    runs = [seen(task, of_t(mends=mended, keeps=status, stays=P)) for mended in (F, P)]

    lists = sort_out(task, runs[:1], runs[1:])

    assert ("t.py::keeps" in lists.pass_to_pass) is kept
    assert ("t.py::keeps" in lists.lost) is not kept


@pytest.mark.parametrize(
    ("required", "reported", "new"),
    [
        ("test_a (t.T)", ("test_a (t.T)", "test_a (t.T.test_a)"), ()),
        ("test_a (t.T.test_a)", ("test_a (t.T)", "test_a (t.T.test_a)"), ()),
        ("test_b (t.T)", ("test_a (t.T)", "test_a (t.T.test_a)", "test_b (t.T)"), ("test_a (t.T)",)),
        ("t.py::a[x", ("t.py::a[x y]", "t.py::a[x z]"), ()),
        ("t.py::a[x]", ("t.py::a[x]", "t.py::a[x y]"), ("t.py::a[x y]",)),
        ("t.py::a[  x\ty]", ("t.py::a[ x y]", "t.py::a[  x\ty]"), ()),
        ("t.py::a[  x]", ("t.py::a[ x]", "t.py::a[  x]", "t.py::a[x]"), ("t.py::a[x]",)),
    ],
)
def test_other_names_of_a_test_are_not_new(required: str, reported: tuple[str, ...], new: tuple[str, ...]) -> None:
    """One test is counted once, under the name by which it is required."""
    task = replace(TASK, fail_to_pass=(), pass_to_pass=(required,), rule=V5)
    statuses = dict.fromkeys(reported, P)
    run = seen(task, statuses)

    lists = sort_out(task, [run], [run])

    assert (lists.pass_to_pass, lists.new) == ((required, *new), new)
