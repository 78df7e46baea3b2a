"""Which look counts, and who is charged, where a slow machine would have a project fail as well."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.boxes.contract import Completed
from boxscore.errors import BoxLost
from boxscore.protocols.web.browser import SpecRun
from boxscore.protocols.web.comparison import settled
from boxscore.protocols.web.specs import BETWEEN
from boxscore.protocols.web.task import WebCommand, WebStep, WebTask
from boxscore.protocols.web.verdict import Failed, Look
from boxscore.protocols.web.verdict import tests_in as ids_in
from boxscore.records import LimitName, Outcome

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

FILES = tuple(f"test/{name}.spec.js" for name in "abcd")
TASK = WebTask(
    steps=tuple(WebStep(name=file, specs=(file,)) for file in FILES),
    specs=tuple((file, b"") for file in FILES),
    serve=WebCommand(argv=("serve",)),
)
TESTS = tuple(f"{name}.spec.js{BETWEEN}{title}" for name in "abcd" for title in ("first", "then"))
A1, A2, B1, B2, C1, C2, D1, D2 = TESTS
AGAIN = replace(TASK, settings=replace(TASK.settings, aborted_again=True))
TOO_LONG = Failed(outcome=Outcome.TIMEOUT, reason="no end", limit=LimitName.WALL, doubtful=True)
LATE = Failed(outcome=Outcome.TIMEOUT, reason="the wall limit ended build", limit=LimitName.WALL, doubtful=True)

OWN = "a.spec.js \u203a own"
ENDED = Failed(outcome=Outcome.ERROR, reason="the server ended")
BROKEN = Failed(outcome=Outcome.BUILD_FAILED, reason="exit code 2")


def look(  # noqa: PLR0913 - what may happen to tests
    failing: Collection[str] = (),
    *,
    busy: bool = True,
    expected: Sequence[str] = TESTS,
    unexpected: Sequence[str] = (),
    aborted: Collection[str] = (),
    missing: Collection[str] = (),
) -> Look:
    """A look in which these tests failed, and those `missing` were never reported."""
    statuses = {test: "FAILED" if test in failing else "PASSED" for test in (*expected, *unexpected)}
    statuses |= {test: "MISSING" for test in expected if test in missing}
    run = SpecRun(
        statuses=statuses,
        unexpected=tuple(unexpected),
        aborted=frozenset(aborted),
        ended=Completed(exit_code=0, wall_s=1.0),
    )
    failed = Failed(outcome=Outcome.WRONG, reason="tests failed") if failing else None
    if failed is None and "MISSING" in statuses.values():
        failed = TOO_LONG
    return Look(expected=tuple(expected), run=run, failed=failed, busy=busy)


def unopened(failed: Failed, *, busy: bool = True) -> Look:
    """A look in which no page was opened."""
    return Look(expected=TESTS, failed=failed, busy=busy)


class Looks:
    """Further looks at a sample, one after the other, and at a reference that fails some tests.

    `late` are those that it fails only where not all of its specs are run, `missing` those that it never reports where
    all are. The machine is `busy` at it or at rest. `asked` are the calls that were made.
    """

    def __init__(
        self,
        *again: Look,
        reference: Collection[str] | None = (),
        late: Collection[str] = (),
        missing: Collection[str] = (),
        busy: bool = True,
    ) -> None:
        self._again, self._reference, self._late, self._missing = list(again), reference, late, missing
        self._busy, self._made = busy, 1
        self.asked: list[str] = []

    def again(self) -> Look:
        """Look at the sample once more."""
        self.asked.append("again")
        self._made += 1
        return replace(self._again.pop(0), looks=self._made)

    def control(self) -> None:
        """Look at the control."""
        self.asked.append("control")

    def reference(self, specs: Collection[str]) -> Look | None:
        """Look at the reference by some of its specs."""
        self.asked.append(" ".join(sorted(file.split("/")[1][0] for file in specs)))
        if self._reference is None:
            return None
        whole = len(specs) == len(FILES)
        return look(
            {*self._reference, *(() if whole else self._late)},
            expected=ids_in(TASK, specs, TESTS),
            busy=self._busy,
            missing=self._missing if whole else (),
        )


def first_of(tests: Sequence[str], most: int) -> Sequence[str]:
    """Choose the first tests."""
    return tests[:most]


def last_of(tests: Sequence[str], most: int) -> Sequence[str]:
    """Choose the last tests."""
    return tests[-most:]


@pytest.mark.parametrize(
    "first",
    [
        look(),
        look(busy=False),
        look({A1}, busy=False),
        unopened(BROKEN, busy=False),
        unopened(Failed(outcome=Outcome.MEMORY, reason="the memory limit", limit=LimitName.MEMORY)),
        replace(look({A1}), failed=Failed(outcome=Outcome.TIMEOUT, reason="the cpu limit", limit=LimitName.CPU)),
    ],
    ids=["passed", "passed-at-rest", "failed-at-rest", "build-failed-at-rest", "memory", "cpu"],
)
def test_a_look_that_says_enough(first: Look) -> None:
    """Nothing else is looked at."""
    looks = Looks()
    assert settled(TASK, 3, first, looks) == first
    assert looks.asked == []


def test_what_is_doubtful_at_rest_is_charged_beside_a_control() -> None:
    """As before any machine was busy."""
    looks = Looks()
    assert settled(TASK, 3, unopened(LATE, busy=False), looks).failed == LATE
    assert looks.asked == ["control"]


@pytest.mark.parametrize(
    "first",
    [look({A1, B2}), unopened(LATE), unopened(BROKEN), replace(look({A1}), failed=ENDED)],
    ids=["specs", "late-build", "build", "server"],
)
def test_a_second_look_that_passes(first: Look) -> None:
    """It counts, and says that it was the second."""
    looks = Looks(look())
    assert settled(TASK, 3, first, looks) == replace(look(), looks=2)
    assert looks.asked == ["again"]


def test_what_fails_twice_is_charged_where_the_reference_passes_it() -> None:
    """It is asked of the files of some of those tests alone; one that it passes is enough."""
    failing = {A1, B1, C1, D1, D2}
    looks = Looks(look(failing), reference={A1, B1})
    assert settled(TASK, 3, look(failing), looks, first_of) == replace(look(failing), looks=2)
    assert looks.asked == ["again", "a b c"]


def test_which_tests_the_reference_is_asked_about_is_chosen_each_time() -> None:
    """No sample knows: by default that is chance."""
    looks = Looks(look({A1, B1, C1, D1}))
    settled(TASK, 3, look(TESTS), looks, last_of)
    assert looks.asked == ["again", "b c d"]

    chosen = set()
    for _ in range(200):
        looks = Looks(look({A1, B1, C1, D1}))
        settled(TASK, 3, look(TESTS), looks)
        chosen.add(looks.asked[-1])
    assert chosen == {"a b c", "a b d", "a c d", "b c d"}


def test_a_test_that_depends_on_one_of_another_file() -> None:
    """The reference is run by all specs, as the sample was, before it is said to fail as well."""
    looks = Looks(look({B2}), late={B2})
    assert settled(TASK, 3, look({B2}), looks).failed is not None
    assert looks.asked == ["again", "b", "a b c d"]


def test_what_the_reference_fails_too_is_charged_to_nobody() -> None:
    """Whatever the load is by then."""
    for busy in (True, False):
        looks = Looks(look({A1}), reference=TESTS, busy=busy)
        with pytest.raises(BoxLost, match="the reference fails as well"):
            settled(TASK, 3, look({A1}), looks)
        assert looks.asked == ["again", "a", "a b c d"]


def test_no_file_is_asked_twice_of_the_reference() -> None:
    """Where all of them were asked at once there is nothing more to ask."""
    looks = Looks(look({A1}), reference={A1})
    with pytest.raises(BoxLost):
        settled(TASK, 0, look({A1}), looks)
    assert looks.asked == ["again", "a"]


def test_a_build_that_fails_twice_is_charged() -> None:
    """One with a clock of its own may fail for its time: it has one more look, and no other."""
    for first in (unopened(BROKEN), look({A1})):
        looks = Looks(unopened(BROKEN))
        assert settled(TASK, 3, first, looks).failed == BROKEN
        assert looks.asked == ["again"]


CUT_SHORT = [unopened(LATE), look(missing={C1, C2, D1, D2})]


@pytest.mark.parametrize("cut", CUT_SHORT, ids=["build", "specs"])
def test_what_never_comes_to_an_end(cut: Look) -> None:
    """It is charged where the reference ends in time by all specs, whatever it fails; without a control."""
    looks = Looks(cut, reference={A1})
    assert settled(TASK, 3, cut, looks).failed == cut.failed
    assert looks.asked == ["again", "a b c d"]

    looks = Looks(cut, missing={D2})
    with pytest.raises(BoxLost, match="it does not come to an end"):
        settled(TASK, 3, cut, looks)
    assert looks.asked == ["again", "a b c d"]


@pytest.mark.parametrize(
    "failing",
    [look({A1}, missing=TESTS[1:]), replace(look({A1, B1}), failed=ENDED)],
    ids=["most-failures", "server"],
)
def test_a_look_that_was_cut_short_is_compared_with_a_whole_one(failing: Look) -> None:
    """Only tests that were reported as failed are asked about: others were not run, or had no server."""
    looks = Looks(failing, reference={A1, B1}, missing={C1})
    with pytest.raises(BoxLost, match="the reference fails as well"):
        settled(TASK, 3, failing, looks)
    assert looks.asked == ["again", "a b c d"]

    looks = Looks(failing)
    assert settled(TASK, 3, failing, looks).failed == failing.failed
    assert looks.asked == ["again", "a b c d"]


def test_a_project_that_fails_otherwise_each_time() -> None:
    """A third look decides: what had failed before, or what the reference passed, is charged, on any machine."""
    for third in (look({A1}), look({B2}), look({D1}), look({D1}, busy=False)):
        looks = Looks(look({B1}), third)
        assert settled(TASK, 3, look({A1}), looks) == replace(third, looks=3)
        assert looks.asked == ["again", "a b c d", "again"]

    looks = Looks(look({B1}), look())
    assert settled(TASK, 3, look({A1}), looks).failed is None


def test_no_project_is_lost_by_failing_at_random() -> None:
    """Whatever it fails each time on a machine that stays busy: a reference that passes all decides."""
    ways = [look({test}) for test in TESTS] + [
        *CUT_SHORT,
        look({A1}, missing=TESTS[1:]),
        look({OWN}, unexpected=(OWN,)),
    ]
    for first, second, third in itertools.product(ways, repeat=3):
        found = settled(TASK, 3, first, Looks(second, third))
        assert found.failed is not None
        assert found.looks <= 3


def test_a_third_look_fails_what_the_reference_failed() -> None:
    """Nobody is charged with that, though it had failed before."""
    for third in (look({A1}), look({D1})):
        looks = Looks(look({B1}), third, reference={A1, D1})
        with pytest.raises(BoxLost, match="was not seen to pass"):
            settled(TASK, 3, look({A1}), looks)


@pytest.mark.parametrize("failing", [look({A1}), unopened(LATE)], ids=["specs", "build"])
def test_a_reference_that_is_looked_at_at_rest_charges_nobody(failing: Look) -> None:
    """The load is over: a sample that was late passes then, and another fails on a machine at rest."""
    looks = Looks(failing, look(), busy=False)
    assert settled(TASK, 3, failing, looks) == replace(look(), looks=3)

    looks = Looks(failing, look({B1}, busy=False), busy=False)
    assert settled(TASK, 3, failing, looks) == replace(look({B1}, busy=False), looks=3)

    looks = Looks(failing, failing, busy=False)
    assert settled(TASK, 3, failing, looks) == replace(failing, looks=3)
    assert looks.asked[-1] == "again"


def test_a_third_look_at_rest_that_is_doubtful_is_charged_beside_a_control() -> None:
    """As any on a machine at rest."""
    looks = Looks(look({A1}), unopened(LATE, busy=False), busy=False)
    assert settled(TASK, 3, look({A1}), looks).failed == LATE
    assert looks.asked == ["again", "a", "again", "control"]


def test_a_second_look_at_rest_is_believed() -> None:
    """What made the machine slow has ended."""
    looks = Looks(look({A1}, busy=False))
    assert settled(TASK, 3, look({A1}), looks).failed is not None
    assert looks.asked == ["again"]


def test_what_nobody_can_be_asked_about_is_charged() -> None:
    """Where there is no reference; beside a control if it is doubtful."""
    for failed, asked in ((look({A1}), ["a"]), (unopened(LATE), ["a b c d", "control"])):
        looks = Looks(failed, reference=None)
        assert settled(TASK, 3, failed, looks).failed is not None
        assert looks.asked == ["again", *asked]


def test_a_test_that_the_reference_does_not_have() -> None:
    """Specs made it of the sample's own files: it is charged where the reference comes to an end by all specs."""
    own = look({OWN}, unexpected=(OWN,))
    looks = Looks(own)
    assert settled(TASK, 3, own, looks).failed is not None
    assert looks.asked == ["again", "a b c d"]


@pytest.mark.parametrize(
    ("task", "first", "asked"),
    [
        (AGAIN, look({A1, B1}, aborted={A1, B1}, busy=False), ["again"]),
        (AGAIN, look({A1, B1}, aborted={A1}, busy=False), []),
        (AGAIN, look({A1}, busy=False), []),
        (TASK, look({A1}, aborted={A1}, busy=False), []),
        (AGAIN, unopened(Failed(outcome=Outcome.ERROR, reason="the server ended"), busy=False), []),
    ],
    ids=["all", "some", "none", "not-asked-for", "never-opened"],
)
def test_loads_that_the_browser_broke_off(task: WebTask, first: Look, asked: list[str]) -> None:
    """Another look is made where nothing else failed, and the task says so; a failure there is charged."""
    looks = Looks(look({A1}, aborted={A1}, busy=False))
    assert settled(task, 3, first, looks).failed is not None
    assert looks.asked == asked


def test_a_busy_machine_and_loads_broken_off_are_one_more_look_together() -> None:
    """Whatever a project does to be looked at again, it is once."""
    failed = look({A1}, aborted={A1})
    looks = Looks(failed)
    assert settled(AGAIN, 3, failed, looks).looks == 2
    assert looks.asked == ["again", "a"]


def test_a_server_that_ended_is_no_load_that_the_browser_broke_off() -> None:
    """Its end is the project's doing."""
    ended = replace(look({A1}, aborted={A1}, busy=False), failed=Failed(outcome=Outcome.ERROR, reason="exit code 7"))
    looks = Looks()
    assert settled(AGAIN, 3, ended, looks) == ended
    assert looks.asked == []
