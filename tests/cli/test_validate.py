"""`boxscore validate` for patches: the lists that runs give, and what is said where they differ from the record."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.cli import app
from boxscore.cli.validate_patches import PatchLists, Tools, print_patches, validate_patches
from boxscore.errors import BoxLost, SandboxUnavailable
from boxscore.interrupt import Stop
from boxscore.protocols.patch.canaries.run import CanaryVerdict
from boxscore.protocols.patch.logs import judge
from boxscore.protocols.patch.observe import Seen, observe, sort_out
from boxscore.protocols.patch.task import ResolutionRule, Status
from boxscore.records import Outcome
from harnesses.swebench.rules import V4, V5
from tests.protocols.patch.patch_boxes import PASSING, PATCH, TASK, FakeBoxes, StubCanaries, ended

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


def validate(
    fake: FakeBoxes, task: PatchTask = GOLDEN, *, repeats: int = 3, canaries: StubCanaries | None = None
) -> PatchLists:
    """Validate one instance."""
    said: list[str] = []
    tools = Tools(
        open_boxes=fake.boxes,
        canaries=canaries or StubCanaries(CanaryVerdict(count=5)),
        stop=Stop(),
        workers=1,
        say=said.append,
    )
    found = validate_patches({"toy/f": task}, repeats, tools)
    assert found is not None
    assert len(said) == 1
    return found[0]


def test_an_instance_that_is_as_recorded() -> None:
    """The tests run as often as asked, before and after, each time in a fresh box; no problem is found."""
    fake = repository()

    found = validate(fake)

    assert (found.fail_to_pass, found.pass_to_pass) == (TASK.fail_to_pass, TASK.pass_to_pass)
    assert (found.flaky, found.lost, found.new, found.problems) == ((), (), (), ())
    assert (found.canaries, found.canaries_reason) == (5, "")
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
    assert "gold does not pass: wrong FAIL_TO_PASS 1 of 1, PASS_TO_PASS 1 of 2" in found.problems[0][1]


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

    assert ("gold", "gold does not pass: patch_rejected it is not a diff: it names no file") in found.problems


def test_an_instance_without_a_reference_has_no_lists() -> None:
    """Nothing can be said of it, and that is no problem."""
    canaries = StubCanaries(CanaryVerdict(count=5))
    fake = repository()

    found = validate(fake, TASK, canaries=canaries)

    assert found == PatchLists(instance_id="toy/f")
    assert (fake.steps.count("test"), canaries.asked) == (3, 0)


@pytest.mark.parametrize(
    ("verdict", "problem"),
    [
        (CanaryVerdict(count=2, forged="2 negated twins passed"), "its canaries: 2 negated twins passed"),
        (BoxLost("gone"), "its canaries could not be run: gone"),
    ],
)
def test_canaries_that_take_gold_for_a_forgery_are_a_problem(verdict: CanaryVerdict | Exception, problem: str) -> None:
    """A right patch must keep them."""
    assert ("gold", problem) in validate(repository(), canaries=StubCanaries(verdict)).problems


def test_an_interrupted_validation_gives_nothing() -> None:
    """No instance is begun after the signal, and half of the lists are none."""
    stop, fake = Stop(), repository()
    tools = Tools(
        open_boxes=fake.boxes,
        canaries=StubCanaries(CanaryVerdict(count=1)),
        stop=stop,
        workers=1,
        say=lambda _: stop.drain(),
    )

    assert validate_patches({"toy/f": GOLDEN, "toy/g": GOLDEN}, 1, tools) is None
    assert fake.steps.count("test") == 2


def test_without_a_sandbox_the_validation_ends() -> None:
    """That no box can be opened is no problem of an instance."""
    fake = repository()

    def find(_: object) -> str:
        raise SandboxUnavailable("no engine answers")

    tools = Tools(
        open_boxes=lambda: fake.boxes(find), canaries=StubCanaries(CanaryVerdict()), stop=Stop(), workers=2, say=print
    )
    with pytest.raises(SandboxUnavailable, match="no engine answers"):
        validate_patches({"toy/f": GOLDEN}, 1, tools)


def test_no_patch_at_all_is_not_an_empty_patch() -> None:
    """Without a patch the tree is tested as it is, an empty patch is no answer."""
    fake = repository()

    assert observe(fake.boxes(), TASK, None).outcome == "wrong"
    assert observe(fake.boxes(), TASK, "").outcome == "no_code"
    request = json.loads(fake.backend.boxes[0].runs[0].stdin)
    assert (request["patch"].strip(), request["rungs"]) == ("", [["true"]])


def seen(task: PatchTask, **statuses: Status) -> Seen:
    """A run that reported these tests of `t.py`."""
    named = {f"t.py::{name}": status for name, status in statuses.items()}
    return Seen(outcome=Outcome.WRONG, reason="", statuses=named, judged=judge(task, named, "1 passed"))


@pytest.mark.parametrize(("rule", "status", "kept"), [(STRICT, X, False), (V4, X, True), (V5, S, True)])
def test_the_rule_of_the_benchmark_says_what_passes(rule: ResolutionRule, status: Status, *, kept: bool) -> None:
    """What counts as kept for a verdict counts as kept here."""
    task = replace(TASK, rule=rule)
    runs = seen(task, mends=F, keeps=status, stays=P), seen(task, mends=P, keeps=status, stays=P)

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
    run = Seen(outcome=Outcome.PASSED, reason="", statuses=statuses, judged=judge(task, statuses, ""))

    lists = sort_out(task, [run], [run])

    assert (lists.pass_to_pass, lists.new) == ((required, *new), new)


def test_one_instance_is_printed_in_full(capfd: pytest.CaptureFixture[str]) -> None:
    """Its tests are listed, a line each, with nothing in them that could drive a terminal."""
    print_patches([PatchLists(instance_id="a", fail_to_pass=("t\x1b[2J",), pass_to_pass=("u", "v"))])

    assert capfd.readouterr().out == "FAIL_TO_PASS 1\n  t\\x1b[2J\nPASS_TO_PASS 2\n  u\n  v\nFLAKY 0\n"


def test_several_instances_are_a_table(capfd: pytest.CaptureFixture[str]) -> None:
    """A line for each with the counts."""
    one = PatchLists(instance_id="a", fail_to_pass=("t",), flaky=("u", "v"), canaries=12)
    print_patches([one, replace(one, instance_id="b", canaries=None, canaries_reason="no twins")])

    lines = [line.split() for line in capfd.readouterr().out.splitlines()]
    assert ["a", "1", "0", "2", "0", "0", "12"] in lines
    assert ["b", "1", "0", "2", "0", "0", "none:", "no", "twins"] in lines


@pytest.mark.docker
@pytest.mark.timeout(600)
def test_a_real_instance_is_as_recorded(docker_backend: object, capfd: pytest.CaptureFixture[str]) -> None:
    """The command runs a repository's tests before and after its fix and finds the recorded lists."""
    with pytest.raises(SystemExit) as ended_with:
        app.main(["validate", "tiny-patches", "-i", "tiny-patches/purse", "-n", "1", "--json"])

    out = capfd.readouterr().out
    found = json.loads(out)
    assert ended_with.value.code == 0
    assert (found["instances"], found["repeats"], found["problems"]) == (1, 1, [])
    (lists,) = found["patches"]
    assert (len(lists["fail_to_pass"]), len(lists["pass_to_pass"]), lists["flaky"]) == (5, 10, [])
    assert lists["canaries"] > 0
