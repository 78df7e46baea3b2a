"""Grades samples as agents make them, in boxes that stay open, and stores each result.

Results have the key and the conditions that `boxscore grade` would give them, so that it takes them all over: whatever
is not graded here, for an interrupt say, is graded afterwards. Equal code of an instance is graded once.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.data.plugin_calls import extract_code
from boxscore.errors import RunStopped
from boxscore.records import Outcome, Result
from boxscore.run.alarm import Alarm
from boxscore.run.engine import copy_for
from boxscore.run.lines import read_lines
from boxscore.session.making import Making
from boxscore.session.session import settle_later

if TYPE_CHECKING:
    from boxscore.harness import Harness
    from boxscore.interrupt import StopSignal
    from boxscore.protocols.contract import Task
    from boxscore.records import Instance, Sample
    from boxscore.run.store import RunStore
    from boxscore.sampling.records import VisibleVerdicts
    from boxscore.session.pool import Work
    from boxscore.session.session import Session


class Grading:
    """Grades for one run; for one event loop. `share` lets equal code be graded once.

    `verdicts` keeps what the tests that may be seen say of drafts. `codes` has the code of samples, as far as it is
    known.
    """

    def __init__(  # noqa: PLR0913 - what a run is made of
        self,
        session: Session,
        store: RunStore,
        *,
        stop: StopSignal,
        share: bool = True,
        alarm: bool = True,
        verdicts: VisibleVerdicts | None = None,
    ) -> None:
        self._session, self._store, self._stop = session, store, stop
        self._share, self._verdicts = share, verdicts
        self._own: set[tuple[str, str, str]] = set()
        self._stored: set[tuple[str, str]] = set()
        self._outcomes: dict[tuple[str, str], Outcome] = {}
        for result in read_lines(store.path / "results.jsonl", Result):
            if result.stands and (share or result.copied_from is None):
                self._remember(result)
        self.codes: dict[tuple[str, str], str | None] = {}
        self._at_work: dict[tuple[str, str], asyncio.Task[Result | None]] = {}
        self._alarm = Alarm() if alarm else None

    @property
    def alarm(self) -> str | None:
        """Why the run must stop; None where it may go on."""
        return None if self._alarm is None else self._alarm.reason

    async def grade(self, sample: Sample) -> Outcome | None:
        """Grade a sample and store its result, but where it has one; None where the run ends before.

        Raises SandboxUnavailable, HarnessError, DataError, StoreError.
        """
        work = await asyncio.to_thread(self._session.maker().of_sample(sample, self._code).make)
        self.codes[sample_name(sample)] = None if work.candidate is None else work.candidate.code
        name = work.instance_id, work.key
        known = (*sample_name(sample), work.key) in self._own
        if known or (self._share and name in self._stored):  # the run that follows makes copies of what is stored
            return self._outcomes[name]
        result = await self._result(work)
        if result is None:
            return None
        if result.stands:
            self._remember(result)  # before it is stored, or equal code that comes meanwhile would be graded again
        self._store.append([result])
        if self._alarm is not None:
            self._alarm.add([result])
        return result.outcome

    def _code(self, harness: Harness, instance: Instance, sample: Sample) -> str | None:
        name = sample_name(sample)
        return self.codes[name] if name in self.codes else extract_code(harness, instance, sample)

    async def by_visible(self, sample: Sample, task: Task) -> Result | None:
        """Grade a sample by the tests that may be seen. Raises as `grade`."""
        work = await asyncio.to_thread(self._session.maker().of_visible(sample, task).make)
        found = None if self._verdicts is None else self._verdicts.find(work.instance_id, work.key)
        if found is not None:
            return found
        result = await self._graded(work)
        if result is not None and result.stands and self._verdicts is not None:
            self._verdicts.add(replace(result, key=work.key))
        return result

    async def _result(self, work: Work) -> Result | None:
        """The result of work; where equal work is being graded now, a copy of that one's."""
        name = work.instance_id, work.key
        if not self._share or name not in self._at_work:
            task = asyncio.ensure_future(self._graded(work))
            if self._share:
                self._at_work[name] = task
                task.add_done_callback(lambda _: self._at_work.pop(name))
            return await task
        found = await asyncio.shield(self._at_work[name])
        return copy_for(found, work.sample_id) if found is not None and found.stands else await self._graded(work)

    def _remember(self, result: Result) -> None:
        self._own.add((result.instance_id, result.sample_id, result.key))
        self._stored.add((result.instance_id, result.key))
        self._outcomes[result.instance_id, result.key] = result.outcome

    async def _graded(self, work: Work) -> Result | None:
        if self._stop.draining() or self.alarm is not None:
            return None
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        try:
            ticket = self._session.submit(Making(lambda: work), partial(settle_later, loop, future))
        except RunStopped:
            return None
        try:
            return await future
        except asyncio.CancelledError:
            self._session.cancel(ticket)
            raise
        except RunStopped:
            return None


class Ungraded:
    """Stands where `Grading` does in a run whose samples are kept, to be graded elsewhere.

    Where the model's key is, no code of a model's runs then.
    """

    alarm: str | None = None

    def __init__(self) -> None:
        self.codes: dict[tuple[str, str], str | None] = {}

    async def grade(self, sample: Sample) -> Outcome | None:
        """Leave a sample as it is."""


def sample_name(sample: Sample) -> tuple[str, str]:
    """What tells a sample from all others of a run."""
    return sample.instance_id, sample.sample_id
