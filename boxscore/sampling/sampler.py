"""Has agents make samples, and grades each as soon as it exists: both in one event loop.

    instances x numbers ──▶ so many agents at a time ──attempt──▶ grading, in the boxes of a session
                              │ questions: model_calls, journal     │ results.jsonl
                              └ attempts.jsonl, trajectories/

An agent that has ended is not started again, and a question that was answered is not asked again, whatever happened in
between. If something other than its model stops an agent, the sample is left to the next run.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import aclosing
from inspect import iscoroutine
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from boxscore.agents.assignment import WorkingAssignment
from boxscore.agents.contract import AgentLimits, Draft, LimitReached
from boxscore.agents.limits import Meter
from boxscore.agents.trajectory import Trajectory
from boxscore.errors import BoxError, BoxscoreError, ModelError, StoreError, UsageError
from boxscore.log import LOGGER
from boxscore.models.contract import Question, Sampling, whole_text
from boxscore.models.secrets import redacted
from boxscore.records import Outcome, Sample, SampleKind
from boxscore.sampling.journal import NoMoreCalls
from boxscore.sampling.records import Attempt
from boxscore.version import VERSION

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterator, Sequence

    from boxscore.agents.assignment import Resources
    from boxscore.agents.contract import Agent, Assignment
    from boxscore.data.prompts import Prompt
    from boxscore.interrupt import StopSignal
    from boxscore.records import Instance
    from boxscore.sampling.grading import Grading, Ungraded
    from boxscore.sampling.progress import Progress
    from boxscore.sampling.records import Attempts

_AHEAD = 1000  # samples that wait to be graded: their text is all that they cost
_CHECK_EVERY_S = 0.1  # how soon a second interrupt is seen
_TRIES = 2  # of an agent whose box was lost
_REASON_CHARS = 200


class SamplingJob(Struct, frozen=True, kw_only=True):
    """Which samples to make, by which agent and how. `empty_kind` is for a sample whose agent made no draft."""

    instances: tuple[Instance, ...]
    samples_each: int
    agent: Agent
    model: str
    prompt_of: Callable[[Instance], Prompt]
    sampling: Sampling = Sampling()
    empty_kind: SampleKind
    limits: AgentLimits = AgentLimits()
    agents: int = 1

    def __len__(self) -> int:
        """Count the samples to make."""
        return len(self.instances) * self.samples_each

    def every(self) -> Iterator[tuple[Instance, int]]:
        """Instances and numbers of all samples, those of an instance next to each other."""
        return ((instance, number) for instance in self.instances for number in range(self.samples_each))


def first_question(instance: Instance, number: int, prompt: Prompt, sampling: Sampling) -> Question:
    """What an agent asks that begins with its prompt; `sample` asks nothing else."""
    return Question(
        instance_id=instance.instance_id,
        number=number,
        messages=() if prompt.completion is not None else tuple(prompt.messages),
        completion=prompt.completion,
        sampling=sampling if sampling.stop else replace(sampling, stop=prompt.stop),
        template_digest=prompt.digest,
    )


class Sampler:
    """Does a job, once: `samples` with their `outcomes`; `failed` counts what kept others from being made."""

    def __init__(  # noqa: PLR0913 - what a run is made of
        self,
        job: SamplingJob,
        resources: Resources,
        grading: Grading | Ungraded,
        attempts: Attempts,
        *,
        stop: StopSignal,
        progress: Progress,
    ) -> None:
        self.samples: dict[tuple[str, int], Sample] = {}
        self.outcomes: dict[tuple[str, str], Outcome] = {}
        self.failed: Counter[str] = Counter()
        self._job, self._resources, self._grading, self._attempts = job, resources, grading, attempts
        self._stop, self._progress = stop, progress
        self._room = asyncio.Semaphore(_AHEAD)
        self._grading_now: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Make samples and grade them until all is done, or the run is stopped; where one part fails, end the others.

        Raises UsageError, HarnessError, SandboxUnavailable, StoreError: what would hinder every further sample.
        """
        left = self._job.every()
        count = min(self._job.agents, len(self._job))
        pending = {asyncio.ensure_future(self._work(left)) for _ in range(count)}
        try:
            while pending and not self._stop.halting():
                done, pending = await asyncio.wait(pending, timeout=_CHECK_EVERY_S, return_when=asyncio.FIRST_EXCEPTION)
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
            attempt = self._attempts.ended.get((instance.instance_id, str(number)))
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
                return await self._run_agent(instance, number)
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

    async def _run_agent(self, instance: Instance, number: int) -> Attempt:
        """Run an agent once; store its trajectory, and its end."""
        job, sample_id = self._job, str(number)
        trajectory = Trajectory(
            session_id=f"{instance.instance_id}/{sample_id}",
            agent=job.agent.name,
            version=VERSION,
            model=job.model,
        )
        first = first_question(instance, number, job.prompt_of(instance), job.sampling)
        assignment = WorkingAssignment(instance, first, self._resources, meter=Meter(job.limits), trajectory=trajectory)
        drafts: list[Draft] = []
        began = time.monotonic()
        try:
            async with aclosing(drafts_of(job.agent, assignment)) as coming:
                async for draft in coming:
                    drafts.append(draft)  # noqa: PERF401 - those before a limit count
        except LimitReached as reached:
            assignment.stop_reason = reached.limit
        except NoMoreCalls:
            raise
        except Exception:
            await self._write_trajectory(assignment, drafts)
            raise
        await self._write_trajectory(assignment, drafts)
        attempt = Attempt(
            instance_id=instance.instance_id,
            sample_id=sample_id,
            setup=self._attempts.setup,
            drafts=tuple(drafts),
            stop_reason=assignment.stop_reason,
            wall_s=round(time.monotonic() - began, 3),
            turns=assignment.turns,
            seal=assignment.seal,
        )
        self._attempts.add(attempt)
        return attempt

    async def _write_trajectory(self, assignment: WorkingAssignment, drafts: Sequence[Draft]) -> None:
        """Store the trajectory of an agent that has come to an end, whichever."""
        trajectory, instance_id, number = assignment.trajectory, assignment.instance.instance_id, assignment.number
        trajectory.about |= {
            "instance_id": instance_id,
            "sample_id": str(number),
            "stop_reason": assignment.stop_reason,
            "drafts": len(drafts),
        }
        await asyncio.to_thread(self._attempts.write_trajectory, instance_id, number, trajectory.as_atif())

    def _sample(self, attempt: Attempt, draft: Draft | None) -> Sample:
        """A draft as a sample; without any there is nothing that could pass."""
        return Sample(
            instance_id=attempt.instance_id,
            sample_id=attempt.sample_id,
            text="" if draft is None else draft.text,
            kind=self._job.empty_kind if draft is None else draft.kind,
            model=self._job.model,
        )

    async def _grade(self, attempt: Attempt, sample: Sample) -> None:
        outcome = await self._grading.grade(sample)
        if outcome is not None:
            self.outcomes[attempt.instance_id, attempt.sample_id] = outcome
            self._progress.graded(outcome)


def _last(attempt: Attempt) -> Draft | None:
    return attempt.drafts[-1] if attempt.drafts else None


async def drafts_of(agent: Agent, assignment: Assignment) -> AsyncGenerator[Draft, None]:
    """Yield an agent's drafts as they come.

    Raises UsageError where its method `drafts` gives none to be waited for, TypeError for what is no draft, and what
    the agent does.
    """
    drafts: object = agent.drafts(assignment)
    if not hasattr(drafts, "__aiter__"):
        if iscoroutine(drafts):
            drafts.close()
        raise UsageError(
            f"the method 'drafts' of the agent {agent.name} must be an async generator: it lacks `yield` or `async`"
        )
    try:
        async for draft in drafts:
            yield _checked(draft, agent.name)
    finally:
        close = getattr(drafts, "aclose", None)
        if close is not None:
            await close()


def _checked(draft: object, agent: str) -> Draft:
    if not isinstance(draft, Draft):
        raise TypeError(f"the agent {agent} yields {type(draft).__name__}, not boxscore.Draft")
    # Half a surrogate pair cannot be stored; refused, the agent would have its sample left out.
    return replace(draft, text=whole_text(draft.text))
