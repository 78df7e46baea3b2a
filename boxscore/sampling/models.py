"""The model of a run, by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.models.registry import open_model
from boxscore.sampling.impossible.harness import ImpossibleHarness

if TYPE_CHECKING:
    from boxscore.models.contract import Model
    from boxscore.run.prepare import Benchmark
    from boxscore.sampling.request import SamplingRequest


def opened_model(request: SamplingRequest, benchmark: Benchmark) -> Model:
    """Open the model that a run names, without asking it anything yet. Raises UsageError, InputError."""
    harness = benchmark.harness
    known = {one.instance_id: one for one in benchmark.asked}
    if isinstance(harness, ImpossibleHarness):
        known = dict(harness.honest_answers())
    return open_model(
        request.model,
        api_base=request.api_base,
        price=request.price,
        cache=request.cached,
        concurrency=request.concurrency,
        instances=known,
    )
