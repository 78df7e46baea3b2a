"""Which look at a project counts if one failed in a way that a slow machine, or trouble of ours, would cause as well.

A look that passed is believed, and so is any on an idle machine: failing specs are the project's doing there, and a
doubtful failure, such as a wall-clock limit, is charged if a control passes. On a busy machine:

- Whatever failed, unless it was a limit on what the project used, the project is looked at once more, in new boxes.
- If that second look fails by what slowness may cause (a test, or anything that needs a control), the reference is
  looked at, in boxes of its own and once the sample's are gone. It is asked about the tests that failed both times; if
  there are none, about those of the second look. If no test was reported as failed, the question is whether the
  reference comes to an end. Where both looks at the sample were complete, the spec files of a few of those tests,
  chosen at random, are run first; otherwise, or if it passes none of them, all that the project was judged by.
- If the reference passes none, nobody knows what can pass on this machine, and the look is lost.
- If it passes one that failed twice, and the machine was busy all that time, the sample is charged.
- Otherwise the two cannot be compared: the load is over, or the sample failed differently each time. A third look
  decides. If that one fails on a busy machine too, the sample is charged with any test that had failed before or that
  the reference passed, but not with those that the reference failed.

So a project gets three looks at most before a verdict or a loss, whatever it does, and the caller makes the last one
that failed the first of the next attempt after a loss. The load is measured while nothing of the sample runs
(`observer`), and a sample cannot influence what the reference passes: one that keeps the machine busy, fails at random
or forges why it failed gains further looks, and nothing else.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from boxscore.errors import BoxLost
from boxscore.protocols.statuses import Status
from boxscore.protocols.web.specs import MISSING, spec_of, specs_up_to
from boxscore.protocols.web.verdict import judged_tests
from boxscore.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from boxscore.protocols.web.task import WebTask
    from boxscore.protocols.web.verdict import Look

    Choose = Callable[[Sequence[str], int], Sequence[str]]

MOST_ASKED = 3  # failing tests whose spec files the reference is run with first
_END = ""  # stands among tests for coming to an end: being built and served, and reporting each test
_choose = random.SystemRandom().sample


class Looks(Protocol):
    """Look at a state of a project, and at what it is compared with: each in new boxes, once the last are closed."""

    def again(self) -> Look:
        """Look at the project as before, and count the look. Raises BoxError."""

    def control(self) -> None:
        """Check that a page of ours passes and fails as it must. Raises BoxError."""

    def reference(self, specs: Collection[str]) -> Look | None:
        """Look at the reference with some spec files; None if there is no reference. Raises BoxError.

        It is `busy` if the machine was both before and after it.
        """


class _Reference(Struct, frozen=True):
    """What the reference passed and failed when it was last run, and whether the machine was busy all that time."""

    passed: frozenset[str]
    failed: frozenset[str]
    busy: bool


def settled(task: WebTask, place: int, first: Look, looks: Looks, choose: Choose = _choose) -> Look:
    """Say which look at the project, as of its step at `place`, counts. Raises BoxError if none does."""
    look = looks.again() if _deserves_another(task, first) else first
    if not _is_open(look):
        return _beside_control(look, looks)
    before = {*_failures(first), *_failures(look)}
    twice = [test for test in _failures(look) if test in _failures(first)]
    whole = not twice or any(_is_cut_short(one) or _END in _failures(one) for one in (first, look))
    reference = _reference_that_passes_one(task, place, twice or _failures(look), looks, None if whole else choose)
    if reference is None:
        return _beside_control(look, looks)
    if twice and reference.busy:
        return look
    third = looks.again()
    if not _is_open(third):
        return _beside_control(third, looks)
    if (before | reference.passed).difference(reference.failed).isdisjoint(_failures(third)):
        raise BoxLost("the machine is busy, and the project fails where its reference was not seen to pass")
    return third


def _deserves_another(task: WebTask, look: Look) -> bool:
    if look.busy and look.failed is not None and (look.failed.doubtful or look.failed.limit is None):
        return True
    return task.settings.aborted_again and _is_aborted(look)


def _is_open(look: Look) -> bool:
    """Whether a look failed on a busy machine by what slowness may cause: it needed a control, or a page was opened."""
    failed = look.failed
    if failed is None or not look.busy:
        return False
    return failed.doubtful or (look.run is not None and failed.limit is None)


def _is_aborted(look: Look) -> bool:
    """Whether every test that failed did so because the browser aborted a page load: any other would fail again."""
    if look.run is None or look.failed is None or look.failed.outcome is not Outcome.WRONG:
        return False
    statuses = look.run.statuses
    return look.run.aborted.issuperset(name for name in judged_tests(look) if statuses.get(name) != Status.PASSED)


def _is_cut_short(look: Look) -> bool:
    """Whether a look ended before each test was reported, or something else than tests failed."""
    if look.run is None or look.run.late or MISSING in look.run.statuses.values():
        return True
    return look.failed is not None and look.failed.outcome is not Outcome.WRONG


def _failures(look: Look) -> list[str]:
    """The expected tests that were reported as failed; if there are none, its end."""
    statuses = {} if look.run is None else look.run.statuses
    return [name for name in look.expected if statuses.get(name) == Status.FAILED] or [_END]


def _beside_control(look: Look, looks: Looks) -> Look:
    """Return a look once a control has passed, if it needs one. Raises BoxError."""
    if look.failed is not None and look.failed.doubtful:
        looks.control()
    return look


def _reference_that_passes_one(
    task: WebTask, place: int, tests: Sequence[str], looks: Looks, choose: Choose | None
) -> _Reference | None:
    """Look at the reference until it passes one of these tests: if some are to be chosen, with their spec files first.

    Returns None without a reference. Raises BoxLost if it passes none.
    """
    every = frozenset(specs_up_to(task, place))
    chosen = () if choose is None else choose(tests, min(MOST_ASKED, len(tests)))
    for specs in dict.fromkeys((frozenset(spec_of(task, name) for name in chosen) or every, every)):
        look = looks.reference(specs)
        if look is None:
            return None
        reference = _seen(look, whole=specs == every)
        if not reference.passed.isdisjoint(tests):
            return reference
    raise BoxLost(f"the machine is busy, and the reference fails as well: {tests[0] or 'it does not come to an end'}")


def _seen(look: Look, *, whole: bool) -> _Reference:
    statuses = {} if look.run is None else look.run.statuses
    passed = {name for name in look.expected if statuses.get(name) == Status.PASSED}
    if whole and not _is_cut_short(look):
        passed.add(_END)
    return _Reference(frozenset(passed), frozenset({*look.expected, _END} - passed), look.busy)
