"""What a run that asks a model is asked for: the options of `boxscore run` and of `boxscore.sample`."""

from __future__ import annotations

import math
from collections.abc import Mapping  # noqa: TC003 - msgspec resolves the annotations
from pathlib import Path
from typing import Annotated

from msgspec import Struct

from boxscore.agents.contract import AgentLimits
from boxscore.checks import Count  # noqa: TC001 - msgspec resolves the annotations
from boxscore.errors import UsageError
from boxscore.models.contract import Price, Sampling, parse_price
from boxscore.models.registry import CONCURRENCY
from boxscore.option import AGENT, MODEL, option
from boxscore.run.request import Request  # noqa: TC001 - msgspec resolves the annotation

MOST_SAMPLES = 100_000  # of an instance; a list of them is made before the first is asked for
AGENTS_PER_CALL = 4  # agents at a time for each call: most of them work in a box or wait for a verdict
MOST_AGENTS_IN_BOXES = 2  # for each worker that grades

Variant = Annotated[
    str | None,
    option("--variant", "Which prompt: chat, or completion for base models.", MODEL, metavar="NAME"),
]
PromptTemplate = Annotated[
    Path | None,
    option("--prompt-template", "A Jinja template in place of the benchmark's own.", MODEL, metavar="FILE"),
]


class SamplingRequest(Struct, frozen=True, kw_only=True):
    """A model or an agent, what it is asked for and how; `grading` is the benchmark, and how answers are graded.

    `samples_each` answers are asked for of each instance. `variant` and `template` are of the prompt; None is the
    benchmark's own. `max_cost_usd` is for the whole run directory. `price` takes the place of the one that is known.
    `concurrency` calls are made at a time.
    `ungraded`: samples are kept and not graded, and no code runs.
    """

    grading: Request
    model: Annotated[
        str,
        option(
            "-m --model",
            "A provider's model, such as openai/gpt-5, or gold.",
            metavar="MODEL",
        ),
    ]
    samples_each: Annotated[Count, option("-n --samples", "Samples of each instance.", metavar="N")] = 1
    agent: Annotated[
        str,
        option("--agent", "Who makes samples: sample, repair, shell, or a .py file.", metavar="NAME"),
    ] = "sample"
    agent_options: Annotated[
        Mapping[str, str],
        option("--agent-option", "An option of the agent; may be repeated.", AGENT, metavar="NAME=VALUE"),
    ] = {}
    api_base: Annotated[
        str | None, option("--api-base", "Where the model is, if not at its provider's.", MODEL, metavar="URL")
    ] = None
    sampling: Sampling = Sampling()
    variant: Variant = None
    template: PromptTemplate = None
    limits: AgentLimits = AgentLimits()
    max_cost_usd: Annotated[
        float | None, option("--max-cost", "Ask nothing that would cost the run more than this.", metavar="USD")
    ] = None
    price: Annotated[
        Price | None,
        option(
            "--price",
            "Dollars for a million tokens of questions and of answers.  [default: as known]",
            MODEL,
            metavar="IN,OUT",
            read=parse_price,
        ),
    ] = None
    concurrency: Annotated[Count, option("--concurrency", "Questions at a time.", MODEL, metavar="N")] = CONCURRENCY
    ungraded: Annotated[
        bool, option("--no-grade", "Keep the samples and grade none: no box opens, and no code runs.")
    ] = False

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
        self.limits.check()

    def agent_count(self, *, in_boxes: bool) -> int:
        """How many agents are at work at a time."""
        if in_boxes:
            return max(1, min(self.concurrency, MOST_AGENTS_IN_BOXES * self.grading.worker_count()))
        return AGENTS_PER_CALL * self.concurrency
