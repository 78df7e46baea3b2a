"""The model of a run, by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.models.registry import open_model
from boxscore.sampling.impossible.harness import ImpossibleHarness

if TYPE_CHECKING:
    from boxscore.agents.contract import Agent
    from boxscore.models.contract import Model
    from boxscore.run.prepare import Benchmark
    from boxscore.sampling.request import SamplingRequest


def opened_model(request: SamplingRequest, benchmark: Benchmark, agent: Agent) -> Model:
    """Open the model that a run names, or what its agent asks in place of that, without asking anything yet.

    Raises UsageError, InputError.
    """
    own = getattr(agent, "model", None)
    model = None if own is None else own(request.model, request.price)
    return model or _named_model(request, benchmark)


def _named_model(request: SamplingRequest, benchmark: Benchmark) -> Model:
    harness = benchmark.harness
    known = {one.instance_id: one for one in benchmark.asked}
    if isinstance(harness, ImpossibleHarness):
        known = dict(harness.honest_answers())
    return open_model(
        request.model,
        api_base=request.api_base,
        price=request.price,
        cache=request.cached,
        instances=known,
    )
