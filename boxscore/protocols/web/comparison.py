"""Which look at a project counts if one failed in a way that a slow machine, or trouble of ours, would cause as well.

A look that passed is believed, and so is any on an idle machine: failing specs are the project's doing there, and a
doubtful failure, such as a wall-clock limit, is charged if a control passes. On a busy machine a project that failed is
looked at once more, unless a limit on what it used ended it. If it fails again by what slowness may cause, so is its
reference: the project is charged with what failed both times if the reference passed any of it while the machine was
busy. Otherwise nobody can say what passes on this machine, and the look is lost.

The load is measured while nothing of the sample runs (`observer`), and a sample cannot influence what the reference
passes. As a sample may cause losses, the next attempt after one goes on from the last look that failed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.errors import BoxLost
from boxscore.protocols.retry import at_code
from boxscore.protocols.statuses import Status
from boxscore.protocols.web.specs import MISSING
from boxscore.protocols.web.verdict import judged_tests
from boxscore.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boxscore.protocols.web.boxes import SampleBoxes
    from boxscore.protocols.web.observer import Observer
    from boxscore.protocols.web.task import WebTask
    from boxscore.protocols.web.verdict import Look

_END = ""  # stands among tests for coming to an end: being built and served, and reporting each test


class Looks:
    """Looks at one state of a project: each in new boxes but the first, which uses those of the last attempt."""

    def __init__(
        self, task: WebTask, observer: Observer, boxes: SampleBoxes, place: int, files: Mapping[str, bytes]
    ) -> None:
        self._task, self._observer, self._boxes, self._place, self._files = task, observer, boxes, place, files
        self._made = 0
        self._failed: Look | None = None  # the last that failed on a busy machine

    def settled(self) -> Look:
        """Look at the project until a look counts. Raises BoxError; the boxes are closed then."""
        try:
            return self._settled()
        except BaseException:
            self._boxes.drop()
            raise

    def _settled(self) -> Look:
        first = look = self._failed or self._look()
        if _deserves_another(self._task, first):
            self._boxes.drop()
            look = self._look()
        if _may_be_slowness(look):
            self._boxes.drop()
            reference = self._observer.look_at_reference(self._task, self._place)
            if reference is not None:
                if not reference.busy or _passed(reference).isdisjoint(_failures(first) & _failures(look)):
                    raise BoxLost("the machine is busy, and its reference was not seen to pass what the project fails")
                return look
        if look.failed is not None and look.failed.doubtful:
            self._boxes.drop()
            self._observer.control(self._task)
        return look

    def _look(self) -> Look:
        look = self._observer.look(self._task, self._boxes.pair(), self._place, self._files, at_code)
        self._made += 1
        look = replace(look, looks=self._made)
        if look.busy and look.failed is not None:
            self._failed = look
        return look


def _deserves_another(task: WebTask, look: Look) -> bool:
    if look.busy and look.failed is not None and (look.failed.doubtful or look.failed.limit is None):
        return True
    return task.settings.aborted_again and _is_aborted(look)


def _may_be_slowness(look: Look) -> bool:
    """Whether a look failed on a busy machine by what slowness may cause: it needs a control, or a page was opened."""
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


def _failures(look: Look) -> set[str]:
    """The expected tests that were reported as failed; if there are none, its end."""
    statuses = {} if look.run is None else look.run.statuses
    return {name for name in look.expected if statuses.get(name) == Status.FAILED} or {_END}


def _passed(reference: Look) -> set[str]:
    """The tests that a reference passed, and its end if it came to it."""
    run, failed = reference.run, reference.failed
    if run is None:
        return set()
    passed = {name for name in reference.expected if run.statuses.get(name) == Status.PASSED}
    if run.late or MISSING in run.statuses.values() or (failed is not None and failed.outcome is not Outcome.WRONG):
        return passed
    return {*passed, _END}
