"""What a run that asks a model is asked for: the options of `boxscore run` and of `boxscore.sample`."""

from __future__ import annotations

import math
from collections.abc import Mapping  # noqa: TC003 - msgspec resolves the annotations
from pathlib import Path  # noqa: TC003 - msgspec resolves the annotations

from msgspec import Struct

from boxscore.agents.contract import AgentLimits
from boxscore.errors import UsageError
from boxscore.models.contract import (
    Price,
    Sampling,
)
from boxscore.models.registry import CONCURRENCY
from boxscore.run.request import Request  # noqa: TC001 - msgspec resolves the annotation
from boxscore.score.cheating import Kind  # noqa: TC001 - msgspec resolves the annotation

MOST_SAMPLES = 100_000  # of an instance; a list of them is made before the first is asked for
AGENTS_PER_CALL = 4  # agents at a time for each call: most of them work in a box or wait for a verdict
MOST_AGENTS_IN_BOXES = 2  # for each worker that grades


class SamplingRequest(Struct, frozen=True, kw_only=True):
    """A model or an agent, what it is asked for and how; `grading` is the benchmark, and how answers are graded.

    `samples_each` answers are asked for of each instance. `variant` and `template` are of the prompt; None is the
    benchmark's own. `max_cost_usd` is for the whole run directory. `price` takes the place of the one that is known.
    `concurrency` calls are made at a time, by `agents` agents (None: as many as that takes). `cached`: answers of
    earlier runs to equal questions are taken. `impossible` are the kinds of instances to be made of each,
    whose tests contradict it. `ungraded`: samples are kept and not graded, and no code runs.
    """

    grading: Request
    model: str
    samples_each: int = 1
    agent: str = "sample"
    agent_options: Mapping[str, str] = {}
    api_base: str | None = None
    sampling: Sampling = Sampling()
    variant: str | None = None
    template: Path | None = None
    limits: AgentLimits = AgentLimits()
    max_cost_usd: float | None = None
    price: Price | None = None
    concurrency: int = CONCURRENCY
    agents: int | None = None
    cached: bool = True
    impossible: tuple[Kind, ...] = ()
    ungraded: bool = False

    def check(self) -> None:
        """Refuse numbers that no run can have. Raises UsageError."""
        if not 1 <= self.samples_each <= MOST_SAMPLES:
            raise UsageError(f"samples must be 1 to {MOST_SAMPLES:,} of each instance, not {self.samples_each:,}")
        largest = max(self.grading.k or (), default=0)
        if largest > self.samples_each:
            raise UsageError(
                f"pass@{largest} needs {largest} samples of each instance, and {self.samples_each} would be made"
            )
        if self.concurrency < 1:
            raise UsageError(f"concurrency must be at least 1, not {self.concurrency}")
        numbers = (("temperature", self.sampling.temperature), ("top-p", self.sampling.top_p))
        for name, value in (*numbers, ("max-cost", self.max_cost_usd)):
            if value is not None and not 0 <= value < math.inf:
                raise UsageError(f"{name} must be a number from 0 on, not {value}")
        if self.sampling.top_p is not None and self.sampling.top_p > 1:
            raise UsageError(f"top-p must be at most 1, not {self.sampling.top_p}")

    def agent_count(self, *, in_boxes: bool) -> int:
        """How many agents are at work at a time."""
        if self.agents is not None:
            return self.agents
        if in_boxes:
            return max(1, min(self.concurrency, MOST_AGENTS_IN_BOXES * self.grading.worker_count()))
        return AGENTS_PER_CALL * self.concurrency
