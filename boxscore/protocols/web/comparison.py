"""Which look at a project counts where one failed as a slow machine, or trouble of ours, would have it fail.

A look that passed is believed, and so is one that failed by what the project alone can have done: a build that ends
with an error, a server that ends. Of the others:

- On a machine at rest specs that fail are the project's doing. What is doubtful, such as an end by a limit of the
  clock, is charged beside a control.
- On a busy machine the project is looked at once more, in new boxes, and that look counts. What fails then is asked of
  the reference, in boxes of its own and with the sample's gone: first by the spec files of a few of those tests, chosen
  at random, then by all that the project was judged by. One that the reference passes is enough to charge the sample.
  Where it passes none nobody knows what can pass on this machine, and the look is lost.

So there are two looks at the most before a verdict or a loss, whatever the project does. Whether the machine is busy is
measured where nothing of the sample runs (`observer`), and what the reference passes is out of a sample's reach: one
that keeps the machine at work, fails at random or forges why it failed gains a second look by it, and no more.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from boxscore.errors import BoxLost
from boxscore.protocols.statuses import Status
from boxscore.protocols.web.specs import spec_files, spec_of
from boxscore.protocols.web.verdict import tests_in
from boxscore.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from boxscore.protocols.web.task import WebTask
    from boxscore.protocols.web.verdict import Look

    Choose = Callable[[Sequence[str], int], Sequence[str]]

MOST_ASKED = 3  # tests whose spec files the reference is asked about first
_choose = random.SystemRandom().sample


class Looks(Protocol):
    """Looks at a state of a project, and at what it is compared with: each in new boxes, with those before it gone."""

    def again(self) -> Look:
        """Look at the project as before. Raises BoxError."""

    def control(self) -> None:
        """See that a page of ours comes to what it must. Raises BoxError."""

    def reference(self, specs: Collection[str]) -> Look | None:
        """Look at the reference by some spec files; None where there is none. Raises BoxError."""


def settled(task: WebTask, place: int, first: Look, looks: Looks, choose: Choose = _choose) -> Look:
    """Say which look at a project counts, as of its step at `place`. Raises BoxError where none does."""
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
    """Whether tests failed by loads of pages that the browser broke off, and all that did: others would fail again."""
    if look.run is None or look.failed is None or look.failed.outcome is not Outcome.WRONG:
        return False
    return look.run.aborted.issuperset(_not_passed(look))


def _failed_by_all(first: Look, last: Look) -> list[str]:
    """The expected tests that neither look saw pass; those that the last did not where there are none of these.

    None where only tests failed that specs made of the sample's files: the reference does not have them.
    """
    before, after = frozenset(_not_passed(first)), frozenset(_not_passed(last))
    failed = [name for name in last.expected if name in after]
    return [name for name in failed if name in before] or failed


def _reference_passes_one(task: WebTask, place: int, tests: Sequence[str], looks: Looks, choose: Choose) -> bool:
    """Whether the reference passes one of these tests; False where there is none. Raises BoxLost where it does not."""
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
    """The tests of a look that are not passed: all where no page was opened."""
    if look.run is None:
        return look.expected
    statuses = look.run.statuses
    return tuple(name for name in (*look.expected, *look.run.unexpected) if statuses.get(name) != Status.PASSED)
