"""Carry out a plan: samples that a model or an agent makes are graded as they come, and the run is reported."""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, nullcontext
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from boxscore.agents.assignment import Resources
from boxscore.agents.seal import sealed_box
from boxscore.data.plugin_calls import make_task, visible_task
from boxscore.errors import UsageError
from boxscore.interrupt import Stop
from boxscore.models.registry import GOLD
from boxscore.protocols.web.task import walk_of
from boxscore.provenance import SamplingRecord, StoredSample
from boxscore.records import Sample
from boxscore.run.engine import silent
from boxscore.run.prepare import asked_backend, begun_record, place_on, prepare
from boxscore.run.run import FinishedRun, run_job
from boxscore.run.store import check_folder, open_run
from boxscore.sampling.grading import Grading, Ungraded
from boxscore.sampling.journal import ModelCalls, open_journal
from boxscore.sampling.progress import Progress
from boxscore.sampling.records import open_attempts, open_verdicts
from boxscore.sampling.sampler import Sampler
from boxscore.session.session import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager, AbstractContextManager

    from boxscore.agents.box import AgentBox
    from boxscore.agents.contract import AgentLimits, Draft
    from boxscore.boxes.contract import Backend
    from boxscore.interrupt import StopSignal
    from boxscore.models.contract import Model
    from boxscore.protocols.contract import Task
    from boxscore.protocols.web.task import Walk
    from boxscore.provenance import RunRecord, Spent
    from boxscore.records import Instance, Result
    from boxscore.run.executors.contract import Executor
    from boxscore.run.prepare import Job
    from boxscore.run.progress import PlannedWork
    from boxscore.run.progress import Progress as GradingProgress
    from boxscore.run.request import Request
    from boxscore.run.store import RunStore
    from boxscore.sampling.plan import SamplingPlan
    from boxscore.sampling.records import Attempts

    ShowSampling = Callable[[int, Callable[[], Spent]], AbstractContextManager[Progress]]
    ShowGrading = Callable[[PlannedWork], AbstractContextManager[GradingProgress]]

_NO_KEY = ""  # a sample's key names what it is graded under, which is for whoever grades it to say


class FinishedSampling(Struct, frozen=True, kw_only=True):
    """What a run came to; `record` says why it has the samples it has.

    `run` is None where it has none, and where they are not to be graded.
    """

    record: SamplingRecord
    run: FinishedRun | None


def run_sampling(  # noqa: PLR0913 - what is shown, and where work is done
    plan: SamplingPlan,
    *,
    stop: StopSignal,
    show: ShowSampling = lambda _total, _spent: nullcontext(Progress()),
    show_grading: ShowGrading = silent,
    executor_of: Callable[[Request, Job], Executor | None] = lambda _request, _job: None,
    backend: Backend | None = None,
) -> FinishedSampling:
    """Have samples made and graded, and write the reports, also of a run that was interrupted.

    What is left to be graded at the end, with `executor_of`'s executor, is what an interrupt or trouble kept from it.
    `backend` is that of the plan, where it is known.
    Raises SandboxUnavailable, before anything is asked where that can be known; UsageError, HarnessError, StoreError;
    ModelUnusable.
    """
    if plan.request.ungraded:
        _check_ungraded(plan)
        check_folder(plan.folder)
        grading = replace(plan.request.grading, out=plan.folder, run_id=None)
    else:
        backend = backend or backend_of(plan)
        grading = replace(plan.request.grading, backend=backend.name, out=plan.folder, run_id=None)
    with ExitStack() as stack:
        session = None
        if backend is not None:
            session = Session(grading, plan.benchmark, backend)
            stack.callback(session.close)
            session.open()
        store = stack.enter_context(open_run(plan.folder))
        before = _record_of(plan, grading, store, backend)
        journal = stack.enter_context(open_journal(store))
        attempts = stack.enter_context(open_attempts(store, plan.setup))
        learns = getattr(plan.job.agent, "wants_tests", False)
        verdicts = stack.enter_context(open_verdicts(store)) if learns else None
        grader: Grading | Ungraded = Ungraded()
        if session is not None:
            share, alarm = grading.reuse, not grading.no_alarm
            grader = Grading(session, store, stop=stop, share=share, alarm=alarm, verdicts=verdicts)
        calls = ModelCalls(plan.model, journal, concurrency=plan.request.concurrency, budget=plan.budget, stop=stop)
        resources = _resources(plan, calls, grader, backend)
        closer = stack.enter_context(ThreadPoolExecutor(1, thread_name_prefix="boxscore-session-end"))
        with _at_work(plan, before, store, attempts):
            progress = stack.enter_context(show(len(plan.job), lambda: journal.spent))
            sampler = Sampler(plan.job, resources, grader, attempts, stop=stop, progress=progress)
            try:
                asyncio.run(_sampled(sampler, plan.model))
            finally:
                # Boxes take a while to end, and what follows needs none of them.
                closed = None if session is None else closer.submit(session.close)
        record = sampling_record(plan, sampler, attempts, journal.spent, over_budget=calls.over)
        names = [(instance.instance_id, number) for instance, number in plan.job.every()]
        samples = [sampler.samples[name] for name in names if name in sampler.samples]
        if backend is None or closed is None:
            _keep_ungraded(store, plan, samples, record)
            return FinishedSampling(record=record, run=None)
        if not samples:
            return FinishedSampling(record=record, run=None)
        job = _grading_job(plan, grading, samples, grader.codes, record, backend)
        if grader.alarm is not None:
            stop = Stop()
            stop.drain()  # the run that follows begins nothing more
        closed.result()
        finished = run_job(
            job,
            stop=stop,
            show=show_grading,
            executor=executor_of(grading, job),
            store=store,
            alarmed=grader.alarm,
        )
    return FinishedSampling(record=record, run=finished)


async def _sampled(sampler: Sampler, model: Model) -> None:
    try:
        await sampler.run()
    finally:
        await model.close()


def backend_of(plan: SamplingPlan) -> Backend:
    """Choose the backend of a run that is about to begin. Raises SandboxUnavailable or UsageError if it cannot."""
    check_folder(plan.folder)
    return asked_backend(plan.request.grading, plan.benchmark, plan.folder)


def _resources(plan: SamplingPlan, calls: ModelCalls, grader: Grading | Ungraded, backend: Backend | None) -> Resources:
    """What agents work with: their boxes, the tests that their prompts show, and the tasks of web projects."""
    harness = plan.benchmark.harness
    tasks: dict[str, Task | None] = {}

    def open_box(instance: Instance) -> AbstractAsyncContextManager[AgentBox]:
        if backend is None:
            raise UsageError("--no-grade runs no code: there is no box for an agent")
        task, owner = make_task(harness, instance), plan.folder.name
        return sealed_box(instance.instance_id, task, backend, recipe=harness.image, owner=owner)

    async def judge(instance: Instance, draft: Draft) -> Result | None:
        name = instance.instance_id
        if name not in tasks:
            tasks[name] = visible_task(harness, instance)
        task = tasks[name]
        if task is None:
            return None
        if isinstance(grader, Ungraded):
            raise UsageError("--no-grade runs no code: there is no verdict for an agent")
        return await grader.by_visible(
            Sample(instance_id=name, sample_id="draft", text=draft.text, kind=draft.kind), task
        )

    def walk(instance: Instance) -> Walk | None:
        return walk_of(make_task(harness, instance))

    return Resources(ask=calls.ask, open_box=open_box, judge=judge, walk=walk)


def _record_of(plan: SamplingPlan, request: Request, store: RunStore, backend: Backend | None) -> RunRecord:
    """The record that is there, or one that begins now. Raises UsageError for a run of another benchmark."""
    before, name = store.record(), plan.benchmark.harness.name
    if before is not None and before.provenance.benchmark != name:
        raise UsageError(f"{store.path} holds a run of {before.provenance.benchmark!r}, not of {name!r}")
    return before or begun_record(request, plan.benchmark, plan.folder, backend)


@contextmanager
def _at_work(plan: SamplingPlan, record: RunRecord, store: RunStore, attempts: Attempts) -> Iterator[None]:
    """Say in `run.json` that the run is at work, if there is any left, and afterwards how long it took."""
    names = ((instance.instance_id, str(number)) for instance, number in plan.job.every())
    if store.record() is not None and all(name in attempts.ended for name in names):
        yield
        return
    began, provenance = time.monotonic(), replace(record.provenance, finished=None)
    store.write_record(replace(record, provenance=provenance))
    try:
        yield
    finally:
        wall_s = round(provenance.wall_s + time.monotonic() - began, 3)
        store.write_record(replace(record, provenance=replace(provenance, wall_s=wall_s)))


def _grading_job(  # noqa: PLR0913, PLR0917 - what a run is made of
    plan: SamplingPlan,
    request: Request,
    samples: list[Sample],
    codes: Mapping[tuple[str, str], str | None],
    record: SamplingRecord,
    backend: Backend,
) -> Job:
    """All samples that are there as a run of `boxscore grade`, which takes over the results that they have."""
    draws = plan.model.name != GOLD  # which gives the reference each time
    warning = equal_answers(samples, temperature=plan.request.sampling.temperature) if draws else None
    job = prepare(
        request,
        plan.benchmark,
        samples,
        warnings=(*plan.notices, *(() if warning is None else (warning,))),
        place=place_on(backend, request, plan.benchmark),
        codes=codes,
    )
    provenance = replace(job.record.provenance, samples=len(plan.job), sampling=record)
    return replace(job, record=replace(job.record, provenance=provenance))


def _check_ungraded(plan: SamplingPlan) -> None:
    """Raise UsageError for what cannot be had without running code."""
    agent = plan.job.agent
    if agent.wants_box or getattr(agent, "wants_tests", False):
        raise UsageError(
            f"--no-grade runs no code, and agent {agent.name!r} has to while it works: use `--agent sample`"
        )


def _keep_ungraded(store: RunStore, plan: SamplingPlan, samples: list[Sample], sampling: SamplingRecord) -> None:
    """Write samples, and how they were asked for, so that `boxscore grade` finds both. Raises StoreError."""
    lines, digest = store.add_samples(lambda: (StoredSample.of(sample, _NO_KEY) for sample in samples))
    record = store.record()
    if record is None:  # which the run wrote when it began
        raise UsageError(f"{store.path} has lost its run.json: run the same command again")
    provenance = replace(
        record.provenance, samples=len(plan.job), samples_digest=digest, sampling=sampling, finished=None
    )
    store.write_record(replace(record, provenance=provenance, sample_lines=lines))


REASONS = 20  # why samples could not be made: the most frequent
ALL_SAMPLES = 2  # equal answers of an instance, at least, before anything is said of them


def sampling_record(
    plan: SamplingPlan, sampler: Sampler, attempts: Attempts, spent: Spent, *, over_budget: bool
) -> SamplingRecord:
    """What was asked for, and what came of it."""
    request = plan.request
    ended = [attempts.ended[instance_id, str(number)] for instance_id, number in sampler.samples]
    seconds = [one.wall_s for one in ended]
    price = plan.budget.price
    return SamplingRecord(
        model=plan.model.name,
        base=plan.model.base,
        samples_each=request.samples_each,
        variant=plan.prompts.variant,
        template="" if request.template is None else str(request.template),
        template_digest=plan.prompts.digest,
        **msgspec.structs.asdict(request.sampling),
        agent=plan.job.agent.name,
        agent_options=dict(request.agent_options),
        limits=given_limits(request.limits),
        seal=next((one.seal for one in ended if one.seal is not None), None),
        input_usd=None if price is None else price.input_usd,
        output_usd=None if price is None else price.output_usd,
        max_cost_usd=request.max_cost_usd,
        planned=len(plan.job),
        sampled=len(sampler.samples),
        failed=sampler.failed.total(),
        failures=dict(sampler.failed.most_common(REASONS)),
        over_budget=over_budget,
        **msgspec.structs.asdict(spent),
        stop_reasons=dict(Counter(one.stop_reason for one in ended if one.stop_reason)),
        agent_median_s=percentile(seconds, 0.5),
        agent_p95_s=percentile(seconds, 0.95),
        agent_max_s=max(seconds, default=None),
    )


def given_limits(limits: AgentLimits) -> dict[str, str]:
    """The limits that were given, by their names, as texts."""
    given = {name: value for name, value in msgspec.structs.asdict(limits).items() if value is not None}
    return {name: str(value) if isinstance(value, int) else f"{value:g}" for name, value in given.items()}


def percentile(values: Sequence[float], share: float) -> float | None:
    """The least of these values that so large a share of all does not exceed; None of none."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)] if values else None


def equal_answers(samples: Iterable[Sample], *, temperature: float | None) -> str | None:
    """Warn of instances whose answers are all the same though the model was to vary them."""
    texts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for sample in samples:
        if sample.text:  # an agent that was ended has none, and a model that says nothing is warned of by itself
            texts[sample.instance_id][sample.text] += 1
    several = [name for name, counts in texts.items() if counts.total() >= ALL_SAMPLES]
    equal = [name for name in several if len(texts[name]) == 1]
    if temperature == 0 or not equal or 2 * len(equal) < len(several):
        return None
    how = "its provider's own temperature" if temperature is None else f"temperature {temperature:g}"
    return (
        f"all answers to {len(equal)} of {len(several)} instances are equal, such as those to {equal[0]!r}, at {how}: "
        "the model or a cache in between repeats itself, so pass@k above 1 means nothing"
    )
