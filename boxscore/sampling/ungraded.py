"""Samples that are made and kept, to be graded elsewhere: where the model's key is, no code of a model's runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.errors import UsageError
from boxscore.provenance import StoredSample

if TYPE_CHECKING:
    from boxscore.provenance import SamplingRecord
    from boxscore.records import Sample
    from boxscore.run.store import RunStore
    from boxscore.sampling.grading import KeyedOutcome
    from boxscore.sampling.plan import SamplingPlan

_NO_KEY = ""  # a sample's key names what it is graded under, which is for whoever grades it to say


class Ungraded:
    """Stands where `Grading` does in a run whose samples are graded elsewhere."""

    alarm: str | None = None

    def __init__(self) -> None:
        self.codes: dict[tuple[str, str], str | None] = {}

    async def grade(self, sample: Sample) -> KeyedOutcome | None:
        """Leave a sample as it is."""

    async def verdict(self, sample: Sample) -> KeyedOutcome | None:
        """Leave a draft as it is."""

    async def flush(self) -> None:
        """Write nothing: there is nothing."""


def check_ungraded(plan: SamplingPlan) -> None:
    """Raise UsageError for what cannot be had without running code."""
    agent = plan.orders.agent
    if agent.wants_box or getattr(agent, "wants_tests", False):
        raise UsageError(
            f"--no-grade runs no code, and agent {agent.name!r} has to while it works: use `--agent sample`"
        )
    if plan.request.impossible:
        raise UsageError(
            "--no-grade runs no code, and --impossible has to, to prove its instances: leave one of them out"
        )


def keep_ungraded(store: RunStore, plan: SamplingPlan, samples: list[Sample], sampling: SamplingRecord) -> None:
    """Write samples, and how they were asked for, so that `boxscore grade` finds both. Raises StoreError."""
    lines, digest = store.add_samples(lambda: (StoredSample.of(sample, _NO_KEY) for sample in samples))
    record = store.record()
    if record is None:  # which the run wrote when it began
        raise UsageError(f"{store.path} has lost its run.json: run the same command again")
    provenance = replace(
        record.provenance, samples=len(plan.orders), samples_digest=digest, sampling=sampling, finished=None
    )
    store.write_record(replace(record, provenance=provenance, sample_lines=lines))
