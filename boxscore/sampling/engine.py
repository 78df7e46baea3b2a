"""Has agents make samples, and grades each as soon as it exists: both in one event loop.

    instances x numbers ──▶ so many agents at a time ──attempt──▶ grading, in the boxes of a session
                              │ questions: Asking, Journal          │ results.jsonl, rounds.jsonl
                              └ attempts.jsonl, trajectories/

An agent that has ended is not started again, and a question that was answered is not asked again, whatever happened in
between. If something other than its model stops an agent, the sample is left to the next run.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import aclosing
from typing import TYPE_CHECKING

from msgspec import Struct, to_builtins

from boxscore.agents.contract import AgentLimits, LimitReached
from boxscore.agents.drafts import drafts_of
from boxscore.agents.limits import Meter
from boxscore.agents.rules import flags_of
from boxscore.agents.trajectory import Trajectory
from boxscore.errors import BoxError, BoxscoreError, ModelError, StoreError, UsageError
from boxscore.log import LOGGER
from boxscore.models.secrets import redacted
from boxscore.records import Outcome, Sample, SampleKind
from boxscore.sampling.asking import NoMoreCalls
from boxscore.sampling.assignment import RunAssignment
from boxscore.sampling.records import Attempt, Round
from boxscore.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Sequence

    from boxscore.agents.contract import Agent, Draft
    from boxscore.agents.rules import Flag
    from boxscore.data.prompts import Prompt
    from boxscore.interrupt import StopSignal
    from boxscore.records import Instance
    from boxscore.sampling.assignment import Means
    from boxscore.sampling.attempts import Attempts
    from boxscore.sampling.grading import Grading
    from boxscore.sampling.progress import Progress
    from boxscore.sampling.ungraded import Ungraded

_AHEAD = 1000  # samples that wait to be graded: their text is all that they cost
_LOOK_S = 0.1  # how soon a second interrupt is seen
_TRIES = 2  # of an agent whose box was lost
_REASON_CHARS = 200


class Orders(Struct, frozen=True, kw_only=True):
    """Which samples to make, by which agent and how. `empty_kind` is for a sample whose agent made no draft."""

    instances: tuple[Instance, ...]
    samples_each: int
    agent: Agent
    model: str
    prompt_of: Callable[[Instance], Prompt]
    empty_kind: SampleKind
    limits: AgentLimits = AgentLimits()
    agents: int = 1

    def __len__(self) -> int:
        """Count the samples to make."""
        return len(self.instances) * self.samples_each

    def every(self) -> Iterator[tuple[Instance, int]]:
        """Instances and numbers of all samples, those of an instance next to each other."""
        return ((instance, number) for instance in self.instances for number in range(self.samples_each))


class Sampler:
    """Carries out orders, once: `samples` with their `outcomes`; `failed` counts what kept others from being made."""

    def __init__(  # noqa: PLR0913 - what a run is made of
        self,
        orders: Orders,
        means: Means,
        grading: Grading | Ungraded,
        attempts: Attempts,
        *,
        stop: StopSignal,
        progress: Progress,
    ) -> None:
        self.samples: dict[tuple[str, int], Sample] = {}
        self.outcomes: dict[tuple[str, str], Outcome] = {}
        self.failed: Counter[str] = Counter()
        self._orders, self._means, self._grading, self._attempts = orders, means, grading, attempts
        self._stop, self._progress = stop, progress
        self._room = asyncio.Semaphore(_AHEAD)
        self._grading_now: set[asyncio.Task[None]] = set()

    def ended(self) -> list[Sample]:
        """The samples that are there already."""
        found = self._attempts.ended
        names = ((instance.instance_id, str(number)) for instance, number in self._orders.every())
        return [self._sample(found[name], _last(found[name])) for name in names if name in found]

    async def run(self) -> None:
        """Make samples and grade them until all is done, or the run is stopped.

        Raises UsageError, HarnessError, SandboxUnavailable, StoreError: what would hinder every further sample.
        """
        left = self._orders.every()
        count = min(self._orders.agents, len(self._orders))
        await self._until_halted([self._work(left) for _ in range(count)])

    async def _until_halted(self, work: list[Coroutine[object, object, None]]) -> None:
        """Await all work; where one fails, or the run is to stop now, end the others."""
        pending = {asyncio.ensure_future(one) for one in work}
        try:
            while pending and not self._stop.halting():
                done, pending = await asyncio.wait(pending, timeout=_LOOK_S, return_when=asyncio.FIRST_EXCEPTION)
                failed = [error for one in done if (error := one.exception()) is not None]
                if failed:
                    raise failed[0]
                pending |= self._grading_now
        finally:
            rest = pending | self._grading_now
            for one in rest:
                one.cancel()
            await asyncio.gather(*rest, return_exceptions=True)

    async def _work(self, left: Iterator[tuple[Instance, int]]) -> None:
        """Make one sample after the other."""
        for instance, number in left:
            if self._grading.alarm is not None:
                return
            sample_id = str(number)
            attempt = self._attempts.ended.get((instance.instance_id, sample_id))
            if attempt is None:
                if self._stop.draining():
                    return
                attempt = await self._attempt(instance, number)
            if attempt is not None:
                sample = self._sample(attempt, _last(attempt))
                self.samples[instance.instance_id, number] = sample
                self._progress.sampled()
                await self._room.acquire()
                task = asyncio.ensure_future(self._grade(attempt, sample))
                self._grading_now.add(task)
                task.add_done_callback(self._graded)

    def _graded(self, task: asyncio.Task[None]) -> None:
        self._room.release()
        if task.cancelled() or task.exception() is None:
            self._grading_now.discard(task)  # one that failed stays, for who awaits it

    async def _attempt(self, instance: Instance, number: int) -> Attempt | None:
        """Let an agent work to its end; return None if something stopped it."""
        for left in reversed(range(_TRIES)):
            try:
                return await self._ended(instance, number)
            except NoMoreCalls:
                return None
            except (UsageError, StoreError):
                raise
            except BoxError as error:
                if not left:
                    self._failed(instance, number, error)
            except Exception as error:  # noqa: BLE001 - an agent's border: it may be anybody's code
                self._failed(instance, number, error)
                return None
        return None

    def _failed(self, instance: Instance, number: int, error: Exception) -> None:
        if not isinstance(error, BoxscoreError):
            LOGGER.debug("agent_failed", exc_info=error)
        kind = "" if isinstance(error, ModelError) else f"{type(error).__name__}: "
        reason = " ".join(redacted(f"{kind}{error}").split())[:_REASON_CHARS]
        self.failed[reason] += 1
        self._progress.note(f"no sample {number} of {instance.instance_id}: {reason}")

    async def _ended(self, instance: Instance, number: int) -> Attempt:
        """Run an agent once; store its trajectory, and its end."""
        orders, sample_id = self._orders, str(number)
        trajectory = Trajectory(
            session_id=f"{instance.instance_id}/{sample_id}",
            agent=orders.agent.name,
            version=VERSION,
            model=orders.model,
        )
        assignment = RunAssignment(
            instance,
            number,
            prompt=orders.prompt_of(instance),
            means=self._means,
            meter=Meter(orders.limits),
            trajectory=trajectory,
        )
        drafts: list[Draft] = []
        began = time.monotonic()
        try:
            async with aclosing(drafts_of(orders.agent, assignment)) as coming:
                async for draft in coming:
                    drafts.append(draft)  # noqa: PERF401 - those before a limit count
        except LimitReached as reached:
            assignment.stop_reason = reached.limit
        except NoMoreCalls:
            raise
        except Exception:
            await self._write(assignment, drafts)
            raise
        flags = await self._write(assignment, drafts)
        attempt = Attempt(
            instance_id=instance.instance_id,
            sample_id=sample_id,
            setup=self._attempts.setup,
            drafts=tuple(drafts),
            stop_reason=assignment.stop_reason,
            wall_s=round(time.monotonic() - began, 3),
            turns=assignment.turns,
            seal=assignment.seal,
            flags=flags,
            evidence=assignment.evidence,
        )
        await self._attempts.add(attempt)
        return attempt

    async def _write(self, assignment: RunAssignment, drafts: Sequence[Draft]) -> tuple[Flag, ...]:
        """Store the trajectory of an agent that has come to an end, whichever; return what looks odd in it."""
        trajectory, instance_id, number = assignment.trajectory, assignment.instance.instance_id, assignment.number
        patch = drafts[-1].text if drafts and drafts[-1].kind is SampleKind.PATCH else ""
        flags = flags_of(trajectory.as_atif(), patch)
        trajectory.about |= {
            "instance_id": instance_id,
            "sample_id": str(number),
            "stop_reason": assignment.stop_reason,
            "drafts": len(drafts),
            "flags": to_builtins(flags),
        }
        await asyncio.to_thread(self._attempts.write_trajectory, instance_id, number, trajectory.as_atif())
        return flags

    def _sample(self, attempt: Attempt, draft: Draft | None) -> Sample:
        """A draft as a sample; without any there is nothing that could pass."""
        return Sample(
            instance_id=attempt.instance_id,
            sample_id=attempt.sample_id,
            text="" if draft is None else draft.text,
            kind=self._orders.empty_kind if draft is None else draft.kind,
            model=self._orders.model,
        )

    async def _grade(self, attempt: Attempt, sample: Sample) -> None:
        """Grade a sample, and then the drafts that came before it."""
        last = await self._grading.grade(sample)
        if last is None:
            return
        self.outcomes[attempt.instance_id, attempt.sample_id] = last.outcome
        self._progress.graded(last.outcome)
        name, count = (attempt.instance_id, attempt.sample_id), len(attempt.drafts)
        known = self._attempts.rounds.get(name, {})
        if count < 2 or (count in known and known[count].key == last.key):  # noqa: PLR2004 - no other draft
            return
        for number, draft in enumerate(attempt.drafts[:-1], 1):
            verdict = await self._grading.verdict(self._sample(attempt, draft))
            if verdict is None:
                return
            await self._add_round(attempt, number, verdict.key, verdict.outcome)
        await self._add_round(attempt, count, last.key, last.outcome)  # at the end: it says that all are there

    async def _add_round(self, attempt: Attempt, number: int, key: str, outcome: Outcome) -> None:
        await self._attempts.add_round(
            Round(
                instance_id=attempt.instance_id,
                sample_id=attempt.sample_id,
                round=number,
                key=key,
                outcome=outcome,
                why=attempt.drafts[number - 1].why,
            )
        )


def _last(attempt: Attempt) -> Draft | None:
    return attempt.drafts[-1] if attempt.drafts else None
