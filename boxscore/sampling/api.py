"""The Python entry, `sample`: what `boxscore run` does, with a report as its result."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING

from boxscore.agents.contract import AgentLimits, parsed_token_limit
from boxscore.checks import check_count, path_or_none
from boxscore.errors import ModelError
from boxscore.interrupt import Stop
from boxscore.models.contract import Price, Sampling
from boxscore.models.registry import CONCURRENCY
from boxscore.run.api import graded_report
from boxscore.run.request import make_request, run_folder
from boxscore.run.run import executor_of
from boxscore.sampling.plan import plan_sampling
from boxscore.sampling.request import SamplingRequest
from boxscore.sampling.run import run_sampling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path
    from typing import TypeVar

    from boxscore.models.contract import Model
    from boxscore.run.api import GradedReport

    Value = TypeVar("Value")


def sample(  # noqa: PLR0913 - options, by keyword
    benchmark: str | Path,
    model: str | Model,
    *,
    samples: int = 1,
    k: int | Iterable[int] | None = None,
    agent: str = "sample",
    agent_options: Mapping[str, str] | None = None,
    api_base: str | None = None,
    temperature: float | None = None,
    top_p: float | None = None,
    max_tokens: int | None = None,
    stop: str | Iterable[str] = (),
    seed: int | None = None,
    variant: str | None = None,
    template: Path | str | None = None,
    instances: str | Iterable[str] = (),
    limit: int | None = None,
    max_cost: float | None = None,
    price: tuple[float, float] | None = None,
    concurrency: int = CONCURRENCY,
    time_limit: float | None = None,
    message_limit: int | None = None,
    token_limit: str | int | None = None,
    cost_limit: float | None = None,
    backend: str = "auto",
    workers: int | None = None,
    out: Path | str | None = None,
    data: Path | str | None = None,
    cpu_s: float | None = None,
    image: str | None = None,
    reuse: bool = True,
    gate: int = 1,
    runtime: str | None = None,
    strict: bool = False,
    apply: str | None = None,
    on: str = "local",
    least_trust: str | None = None,
) -> GradedReport:
    """Have a model make samples, grade them as they come, and report; `docs/run.md` says how.

    Args:
        benchmark: A benchmark's name, or the path of a harness file.
        model: The name of a model, as `-m` takes it, or an object with the methods of `Model`.
        samples: How many samples of each instance to make.
        k: The k of pass@k, one or several; left to the report if None.
        agent: Who makes samples of answers, as `--agent` takes it.
        agent_options: The agent's options.
        api_base: Where the model is, if not at its provider's usual place.
        temperature: How much answers vary; left to the provider if None, as are the four after it.
        top_p: Nucleus of each token.
        max_tokens: Most tokens of an answer.
        stop: Where answers end, one text or several.
        seed: A seed for the model, if it takes one.
        variant: Which of the benchmark's prompts; its first if None.
        template: The path of a Jinja template in place of the benchmark's own.
        instances: Only this instance, or these; all if empty.
        limit: Only the first so many instances.
        max_cost: US dollars that the run directory may cost in all.
        price: US dollars for a million tokens of questions and of answers, in place of the known price.
        concurrency: Questions at work at a time.
        time_limit: Seconds after which an agent is ended, as by the three limits after it.
        message_limit: Messages of its conversation.
        token_limit: Tokens that it may use, such as `500_000` or `"500k"`.
        cost_limit: US dollars that it may cost.
        backend: Where boxes are made: auto, docker or local.
        workers: Boxes that grade in parallel; as many as cores if None.
        out: The run directory, which makes the run resumable; none is kept if None.
        data: A data folder or file in place of the cache.
        cpu_s: Cpu seconds of one sample in place of the benchmark's own limit.
        image: An image in place of the benchmark's own.
        reuse: As `grade` takes it.
        gate: As `grade` takes it.
        runtime: A container runtime of the docker backend, such as `runsc`.
        strict: Give every sample a box of its own, not only every patch.
        apply: Apply patches in one of the benchmark's named ways, in place of its usual one.
        on: Where to grade: `local`, or `ray` or `ray://HOST:10001` for workers on a Ray cluster.
        least_trust: As `grade` takes it.

    Returns:
        The report, with the result of each sample in `results`; `provenance.sampling` says what it took.

    Raises:
        BoxscoreError: See `boxscore.errors` for who is at fault and what to do. ModelError where no sample could be
            made; what is wrong with an argument is a UsageError, before anything is asked.
    """
    for name, count in (("samples", samples), ("concurrency", concurrency)):
        check_count("sample", name, count)
    with ExitStack() as stack:
        folder = run_folder("sample", out, stack)
        grading = make_request(
            "sample",
            benchmark,
            out=folder,
            data=data,
            instances=instances,
            limit=limit,
            k=k,
            reuse=reuse,
            backend=backend,
            workers=workers,
            cpu_s=cpu_s,
            image=image,
            gate=gate,
            least_trust=least_trust,
            runtime=runtime,
            strict=strict,
            apply=apply,
            on=on,
        )
        request = SamplingRequest(
            grading=grading,
            model=model if isinstance(model, str) else model.name,
            samples_each=samples,
            agent=agent,
            agent_options=dict(agent_options or {}),
            api_base=api_base,
            sampling=Sampling(
                temperature=temperature,
                top_p=top_p,
                max_tokens=max_tokens,
                stop=(stop,) if isinstance(stop, str) else tuple(stop),
                seed=seed,
            ),
            variant=variant,
            template=path_or_none("sample", "template", template),
            limits=AgentLimits(
                time_limit=time_limit,
                message_limit=message_limit,
                token_limit=None if token_limit is None else parsed_token_limit(token_limit),
                cost_limit=cost_limit,
            ),
            max_cost_usd=max_cost,
            price=None if price is None else Price(input_usd=price[0], output_usd=price[1]),
            concurrency=concurrency,
        )
        given = None if isinstance(model, str) else model
        return _outside_of_loops(lambda: _sampled(request, given, folder))


def _sampled(request: SamplingRequest, model: Model | None, folder: Path) -> GradedReport:
    finished = run_sampling(plan_sampling(request, model), stop=Stop(), executor_of=executor_of)
    if finished.run is None:
        reasons = "; ".join(finished.record.failures)
        raise ModelError(f"no sample was made: {reasons}")
    return graded_report(finished.run, folder)


def _outside_of_loops(call: Callable[[], Value]) -> Value:
    """Return what a call returns that needs an event loop of its own; where one runs, as in a notebook, in a thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return call()
    with ThreadPoolExecutor(1, thread_name_prefix="boxscore-sample") as pool:
        return pool.submit(call).result()
