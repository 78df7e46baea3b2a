"""The patch protocol in boxes in memory: what becomes of a sample, whatever a box or a runner does."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.errors import BoxError, BoxLost, ImageMissing, LossCause, ProtocolError
from boxscore.protocols.patch.grader import PatchGrader, References
from boxscore.protocols.patch.logs import judge
from boxscore.protocols.patch.planted import PlantedRun
from boxscore.protocols.patch.run import SuiteRun
from boxscore.protocols.patch.task import PatchDetail, ResolutionRule
from boxscore.protocols.patch.verdict import verdict_of
from boxscore.protocols.retry import MAX_LOSSES
from boxscore.protocols.statuses import Status
from boxscore.records import Applied, LimitName, Outcome, Trust
from harnesses.swebench.rules import FAIL_ONLY, LIVE
from tests.patch_details import patch_detail_of
from tests.protocols.patch.patch_boxes import (
    PASSING,
    PATCH,
    STAGED,
    TASK,
    FakeBoxes,
    StubBlind,
    StubPlanting,
    ended,
    grade_all,
    suite_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from boxscore.boxes.contract import Completed
    from boxscore.boxes.fake import FakeRun
    from boxscore.images.records import InstanceImage


STRICT = ResolutionRule()

LOST = BoxLost("the box ended", cause=LossCause.INSIDE)
P, F, E, S = Status.PASSED, Status.FAILED, Status.ERROR, Status.SKIPPED
RIGHT = {"t.py::mends": P, "t.py::keeps": P, "t.py::stays": P}
FAILING = RIGHT | {"t.py::mends": F}
PARTLY = {"t.py::mends": P, "t.py::keeps": P}


def ran(statuses: Mapping[str, Status] = RIGHT, **fields: object) -> SuiteRun:
    usual: dict[str, object] = {"log": "", "truncated": False, "exit_code": 0, "limit": None}
    return SuiteRun(**usual | {"statuses": dict(statuses)} | fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("run", "outcome", "message"),
    [
        (ran(), "passed", ""),
        (ran(exit_code=1), "passed", ""),
        (ran(truncated=True), "passed", ""),
        (ran(build_failed="the build ended with exit code 2"), "passed", ""),
        (ran(disagreement="the runner wrote no report"), "tampered", "the runner wrote no report"),
        (ran(unclean="exit code 3"), "error", "all required tests were reported, but exit code 3"),
        (ran(unclean="exit code 3", disagreement="no report"), "tampered", "no report"),
        (ran({}, unclean="exit code 3"), "error", "no required test was reported; exit code 3"),
        (ran(changed=(("t.py", ""), ("tox.ini", ""))), "tampered", "changed while the tests ran: t.py, tox.ini"),
        (ran(signal=11, exit_code=None), "passed", ""),
        (ran(signal=11, exit_code=None, unclean="signal 11"), "signal", "signal 11 ended it; FAIL_TO_PASS 1 of 1"),
        (ran(limit=LimitName.WALL), "timeout", "the wall limit ended it"),
        (ran(limit=LimitName.WALL, changed=(("t.py", ""),)), "timeout", "the wall limit"),
        (ran(FAILING), "wrong", "FAIL_TO_PASS 0 of 1, PASS_TO_PASS 2 of 2; not passed: t.py::mends"),
        (ran(PARTLY), "wrong", "FAIL_TO_PASS 1 of 1, PASS_TO_PASS 1 of 2; not passed: t.py::stays"),
        (ran(FAILING, build_failed="the build ended with exit code 2"), "wrong", "the build ended with exit code 2"),
        (ran(FAILING, signal=11), "wrong", "FAIL_TO_PASS 0 of 1"),
        (ran(FAILING, changed=(("t.py", ""),)), "tampered", "changed"),
        (ran(FAILING, truncated=True), "output_limit", "it printed more than is kept"),
        (ran(PARTLY, build_failed="the build ended with exit code 2"), "build_failed", "exit code 2"),
        (ran({}, build_failed="the build ended with exit code 2"), "build_failed", "exit code 2"),
        (ran({}, build_failed="exit code 2", limit=LimitName.CPU), "build_failed", "exit code 2"),
        (
            ran(PARTLY, signal=6, exit_code=None),
            "signal",
            "signal 6 ended it; FAIL_TO_PASS 1 of 1, PASS_TO_PASS 1 of 2",
        ),
        (ran({}), "error", "no required test was reported; FAIL_TO_PASS 0 of 1"),
        (ran({}, disagreement="the runner wrote no report"), "error", "reported; the runner wrote no report"),
        (ran({"t.py::other": P}), "error", "no required test was reported"),
        (ran({"t.py::mends": S, "t.py::keeps": S, "t.py::stays": S}), "wrong", "FAIL_TO_PASS 0 of 1"),
        (ran({"t.py::mends": E}), "wrong", "FAIL_TO_PASS 0 of 1"),
    ],
)
def test_a_run_comes_to_the_first_outcome_that_applies(run: SuiteRun, outcome: str, message: str) -> None:
    found, reason = verdict_of(TASK, run, judge(TASK, run.statuses, run.log))

    assert found == outcome
    assert message in reason
    assert bool(message) == bool(reason)


@pytest.mark.parametrize(
    ("limit", "outcome"),
    [
        ("cpu", "timeout"),
        ("wall", "timeout"),
        ("memory", "memory"),
        ("output", "output_limit"),
        ("disk", "disk_limit"),
        ("processes", "process_limit"),
    ],
)
@pytest.mark.parametrize("statuses", [RIGHT, FAILING, {}], ids=["right", "failing", "silent"])
def test_a_limit_is_an_outcome(limit: str, outcome: str, statuses: dict[str, Status]) -> None:
    run = ran(statuses, limit=LimitName(limit))

    assert verdict_of(TASK, run, judge(TASK, run.statuses, "")) == (outcome, f"the {limit} limit ended it")


@pytest.mark.parametrize("rule", [FAIL_ONLY, LIVE, replace(STRICT, no_others=True)])
def test_what_a_truncated_log_does_not_name_counts_for_nobody(rule: ResolutionRule) -> None:
    run = ran({"t.py::mends": P, "t.py::keeps": P, "t.py::stays": P}, truncated=True)
    task = replace(TASK, rule=rule)

    assert verdict_of(task, run, judge(task, run.statuses, run.log))[0] is Outcome.OUTPUT_LIMIT


def test_a_right_patch_is_passed_with_all_that_was_seen() -> None:
    fake = FakeBoxes()

    result = fake.grade()

    assert (result.outcome, result.reason, result.attempts, result.trust) == ("passed", "", 1, "claim")
    detail = patch_detail_of(result)
    assert detail.applied == Applied(rung="git apply --verbose", changed=("f.py",), undone=("conftest.py",))
    assert detail.tests == dict.fromkeys((*TASK.fail_to_pass, *TASK.pass_to_pass), "PASSED")
    assert detail.fail_to_pass == (TASK.fail_to_pass, ())
    assert detail.pass_to_pass == (TASK.pass_to_pass, ())
    assert (detail.evidence.in_words, detail.test_s) == ("nothing grows here", 0.25)
    assert (result.output, result.output_truncated, result.cpu_s) == (PASSING, False, 0.2)
    assert (result.layers, fake.steps) == (("fake",), ["stage", "test", "verify"])
    assert result.wall_s is not None


@pytest.mark.parametrize(
    ("patch", "outcome"), [("", "no_code"), (" \n", "no_code"), ("hello", "patch_rejected"), ("a\0b", "patch_rejected")]
)
def test_a_refused_patch_runs_nothing(patch: str, outcome: str) -> None:
    fake = FakeBoxes()

    assert fake.grade(patch=patch).outcome == outcome
    assert fake.backend.boxes == []


def test_a_patch_that_does_not_apply_runs_no_test() -> None:
    fake = FakeBoxes()
    said = "Checking patch f.py...\nerror: patch failed: f.py:1\nChecking patch g.py...\nChecking patch h.py...\n"
    fake.tree["stage"] |= {"step": "", "message": f"{said}Checking patch i.py...", "changes": []}

    result = fake.grade()

    assert (result.outcome, result.reason) == ("patch_rejected", "does not apply: error: patch failed: f.py:1")
    assert (PatchDetail.of(result), fake.steps) == (None, ["stage"])


ONE_FAILS = "PASSED t.py::mends\nFAILED t.py::keeps\nPASSED t.py::stays\n"
NOT_REPORTED = "a test planted to fail was not reported as failed in t.py"


def among(log: str = PASSING, **fields: str) -> PlantedRun:
    return PlantedRun(staged=STAGED, suite=suite_of(log), count=2, **fields)


@pytest.mark.parametrize(
    ("planted", "outcome", "trust", "runs"),
    [
        (among(), "passed", "watched", 0),
        (among(ONE_FAILS), "wrong", "watched", 0),
        (among(spared="t.py"), "tampered", "watched", 0),
        (among(ONE_FAILS, spared="t.py"), "tampered", "watched", 0),
        (among(unlike=NOT_REPORTED), "passed", "claim", 1),
        (among("PASSED t.py::mends\n"), "passed", "claim", 1),
        (among(""), "passed", "claim", 1),
    ],
)
def test_a_run_among_planted_tests_decides_what_it_can(
    planted: PlantedRun, outcome: str, trust: str, runs: int
) -> None:
    fake = FakeBoxes()

    result = fake.grade(planting=StubPlanting(planted))

    assert (result.outcome, result.trust, fake.steps.count("test")) == (outcome, trust, runs)


def test_blinded_tests_that_all_come_right_are_the_verdict() -> None:
    made = FakeBoxes()

    result = made.grade(blind=StubBlind("right"))

    assert (result.outcome, result.trust) == (Outcome.PASSED, Trust.BLIND)
    assert patch_detail_of(result).evidence.in_words == "2 of 3 expected values checked outside of the box"
    assert "test" not in made.steps


def test_all_samples_are_blinded_before_any_runs_with_the_tests_as_they_are() -> None:
    blind = StubBlind("")
    seen: list[int] = []

    def run(_: FakeRun) -> Completed:
        seen.append(blind.asked)
        return ended(PASSING)

    grader = PatchGrader(FakeBoxes(test=run).boxes(), StubPlanting(), blind=blind)

    results = grade_all(grader, PATCH, PATCH + "\n", PATCH)

    assert [result.sample_id for result in results] == ["0", "1", "2"]
    assert seen == [3, 3, 3]


@pytest.mark.parametrize(
    "blind", [StubBlind(""), StubBlind("right", log=ONE_FAILS), StubBlind(reason="none are hidden")]
)
@pytest.mark.parametrize(("log", "outcome"), [(PASSING, "passed"), (ONE_FAILS, "wrong")])
def test_what_blinded_tests_do_not_prove_the_tests_as_they_are_decide(blind: StubBlind, log: str, outcome: str) -> None:
    result = FakeBoxes(log).grade(blind=blind)

    assert result.outcome == outcome
    assert ("not blind: " in patch_detail_of(result).evidence.reason) is (outcome == "passed")


def losing(step: str, losses: int) -> FakeBoxes:
    fake, reached = FakeBoxes(), itertools.count()

    def run(_: FakeRun) -> Completed:
        if next(reached) < losses:
            raise LOST
        return ended(PASSING)

    fake.todo[step] = run
    return fake


@pytest.mark.parametrize("losses", [1, 2, 3])
def test_a_box_that_is_lost_is_tried_again(losses: int) -> None:
    fake = losing("test", losses)

    result = fake.grade()

    assert (result.outcome, result.attempts) == ("passed", losses + 1)
    assert fake.steps.count("control") == losses
    assert fake.slept == [1.0, 2.0, 4.0][:losses]


@pytest.mark.parametrize("step", ["test", "build"])
def test_four_losses_at_its_code_are_tampering(step: str) -> None:
    fake = losing(step, 4)

    result = fake.grade(replace(TASK, build=("build it",)))

    assert (result.outcome, result.attempts, fake.steps.count(step)) == ("tampered", 4, 4)
    assert result.reason == "each time while its code ran: the box ended"
    assert (result.lost_boxes, result.stands) == (4, False)
    assert (PatchDetail.of(result), result.wall_s) == (None, None)
    assert fake.steps.count("control") == 3


@pytest.mark.parametrize("cause", [LossCause.OUTSIDE, LossCause.UNKNOWN])
def test_boxes_that_were_ended_from_outside_are_ours(cause: LossCause) -> None:
    fake = FakeBoxes(test=BoxLost("the engine went away", cause=cause))

    result = fake.grade()

    assert (result.outcome, result.attempts, result.lost_boxes) == ("internal", MAX_LOSSES, MAX_LOSSES)


def test_a_box_that_answers_and_no_longer_works_is_as_the_candidate_left_it() -> None:
    fake = FakeBoxes(test=BoxError("the tree in a box could not be handled"))

    assert fake.grade().outcome == "tampered"


@pytest.mark.parametrize(
    ("step", "error"),
    [
        ("stage", LOST),
        ("stage", ProtocolError("no frame")),
        ("stage", TimeoutError("too slow")),
        ("control", LOST),
    ],
)
def test_other_losses_are_ours(step: str, error: Exception) -> None:
    fake = FakeBoxes(test=LOST)
    fake.todo[step] = error

    result = fake.grade()

    assert (result.outcome, result.attempts, result.reason) == ("internal", MAX_LOSSES, str(error))
    assert fake.slept == [1.0, 2.0, 4.0, 8.0, 16.0]


def test_a_control_that_fails_is_no_control() -> None:
    fake = FakeBoxes(test=LOST, control=ended(code=1))

    result = fake.grade()

    assert (result.outcome, result.reason) == ("internal", "a control ended with 1")
    assert fake.steps.count("test") == 1


def test_an_image_that_cannot_be_had_is_internal() -> None:
    asked = []

    def find(image: InstanceImage) -> str:
        asked.append(image.name)
        raise ImageMissing("building toy/f failed: no such package")

    result = FakeBoxes().grade(find_image=find)

    assert (result.outcome, result.attempts, len(asked)) == ("internal", 2, 2)
    assert result.reason == "building toy/f failed: no such package"


def test_a_partial_log_survives_a_timeout() -> None:
    log = "PASSED t.py::keeps\nstill at wo"
    fake = FakeBoxes(test=ended(log, None, signal=9, limit=LimitName.WALL))

    result = fake.grade()

    assert (result.outcome, result.limit, result.output) == ("timeout", "wall", log)
    assert patch_detail_of(result).tests == {
        "t.py::mends": "MISSING",
        "t.py::keeps": "PASSED",
        "t.py::stays": "MISSING",
    }


def test_losses_on_the_reference_are_not_the_candidates() -> None:
    result = FakeBoxes().grade(planting=StubPlanting(error=LOST))

    assert (result.outcome, result.attempts) == ("internal", MAX_LOSSES)


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
