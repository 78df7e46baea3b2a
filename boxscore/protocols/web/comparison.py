"""Which look at a project counts if one failed in a way that a slow machine, or trouble of ours, would cause as well.

A look that passed is believed, and so is one that failed for a reason that only the project can have caused: a build
that exits with an error, a server that exits. As for the others:

- On an idle machine, failing specs are the project's doing. A doubtful failure, such as a wall-clock limit, is charged
  if a control passes.
- On a busy machine the project is looked at once more, in new boxes, and that look counts. If it fails too, the
  reference is looked at, in boxes of its own and once the sample's are gone: first with the spec files of a few of the
  failing tests, chosen at random, then with all that the project was judged by. If it passes any of those tests, the
  sample is charged. If it passes none, nobody knows what can pass on this machine, and the look is lost.

So a project gets two looks at most before a verdict or a loss, whatever it does. The load is measured while nothing of
the sample runs (`observer`), and a sample cannot influence what the reference passes: one that keeps the machine busy,
fails at random or forges why it failed gains a second look, and nothing else.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from boxscore.errors import BoxLost
from boxscore.protocols.statuses import Status
from boxscore.protocols.web.specs import spec_files, spec_of
from boxscore.protocols.web.verdict import judged_tests, tests_in
from boxscore.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from boxscore.protocols.web.task import WebTask
    from boxscore.protocols.web.verdict import Look

    Choose = Callable[[Sequence[str], int], Sequence[str]]

MOST_ASKED = 3  # failing tests whose spec files the reference is run with first
_choose = random.SystemRandom().sample


class Looks(Protocol):
    """Look at a state of a project, and at what it is compared with: each in new boxes, once the last are closed."""

    def again(self) -> Look:
        """Look at the project as before. Raises BoxError."""

    def control(self) -> None:
        """Check that a page of ours passes and fails as it must. Raises BoxError."""

    def reference(self, specs: Collection[str]) -> Look | None:
        """Look at the reference with some spec files; None if there is no reference. Raises BoxError."""


def settled(task: WebTask, place: int, first: Look, looks: Looks, choose: Choose = _choose) -> Look:
    """Say which look at the project, as of its step at `place`, counts. Raises BoxError if none does."""
    look = first
    if _deserves_another(task, first):
        look = replace(looks.again(), looks=first.looks + 1)
    if look.busy and _may_be_slowness(look):
        failed = _failed_by_all(first, look)
        if failed and _reference_passes_one(task, place, failed, looks, choose):
            return look
    if look.failed is not None and look.failed.doubtful:
        looks.control()
    return look


def _deserves_another(task: WebTask, look: Look) -> bool:
    return (look.busy and _may_be_slowness(look)) or (task.settings.aborted_again and _is_aborted(look))


def _may_be_slowness(look: Look) -> bool:
    return look.failed is not None and (look.failed.doubtful or look.failed.outcome is Outcome.WRONG)


def _is_aborted(look: Look) -> bool:
    """Whether every test that failed did so because the browser aborted a page load: any other would fail again."""
    if look.run is None or look.failed is None or look.failed.outcome is not Outcome.WRONG:
        return False
    return look.run.aborted.issuperset(_not_passed(look))


def _failed_by_all(first: Look, last: Look) -> list[str]:
    """The expected tests that passed in neither look; if there are none, those that failed in the last.

    Empty if only tests failed that specs made from the sample's files: the reference does not have them.
    """
    before, after = frozenset(_not_passed(first)), frozenset(_not_passed(last))
    failed = [name for name in last.expected if name in after]
    return [name for name in failed if name in before] or failed


def _reference_passes_one(task: WebTask, place: int, tests: Sequence[str], looks: Looks, choose: Choose) -> bool:
    """Whether the reference passes one of these tests; False without one. Raises BoxLost if it fails them all."""
    every = frozenset(spec_files(task, [step.name for step in task.steps[: place + 1]]))
    some = frozenset(spec_of(task, name) for name in choose(tests, min(MOST_ASKED, len(tests))))
    for specs in dict.fromkeys((some, every)):
        reference = looks.reference(specs)
        if reference is None:
            return False
        if set(tests_in(task, specs, tests)).difference(_not_passed(reference)):
            return True
    raise BoxLost(f"the machine is busy, and the reference fails as well: {tests[0]}")


def _not_passed(look: Look) -> tuple[str, ...]:
    """The tests of a look that did not pass: all if no page was opened."""
    statuses = {} if look.run is None else look.run.statuses
    return tuple(name for name in judged_tests(look) if statuses.get(name) != Status.PASSED)
