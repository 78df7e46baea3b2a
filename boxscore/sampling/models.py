"""The model of a run, and what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.errors import UsageError

if TYPE_CHECKING:
    from boxscore.models.contract import Model
    from boxscore.run.prepare import Benchmark
    from boxscore.sampling.asking import Price
    from boxscore.sampling.request import SamplingRequest


def opened_model(request: SamplingRequest, benchmark: Benchmark) -> Model:
    """Open the model that a run names. Raises UsageError."""
    raise UsageError(f"there is no model {request.model!r} for {benchmark.harness.name}")


def price_of(request: SamplingRequest, model: Model) -> Price | None:
    """What a million tokens cost: as was given, or as is known; None where neither is."""
    del model
    return request.price
