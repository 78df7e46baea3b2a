"""Record for the reference gate what `validate` has found of a benchmark's references here."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.cache import cache_folder
from boxscore.data.samples import gold_samples
from boxscore.errors import ImageMissing
from boxscore.run.gate import GateFinding, Gates, judge_baseline, judge_reference, run_digest
from boxscore.run.prepare import prepare

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boxscore.records import Result
    from boxscore.run.prepare import Benchmark
    from boxscore.run.request import Request


def note_findings(request: Request, benchmark: Benchmark, findings: Mapping[str, GateFinding]) -> None:
    """Record for the gate what was found of references on this machine, in place of what was known."""
    samples = list(gold_samples(benchmark.asked))
    if not samples:
        return
    request = replace(request, no_gate=False, gate_repeats=1, out=None, run_id=None)
    job, gates = prepare(request, benchmark, samples), Gates(cache_folder())
    for instance_id, one in findings.items():
        reference = job.plan.gate_reference(instance_id) if instance_id in job.plan.tasks else None
        if reference is not None:
            with suppress(ImageMissing):  # where the image is not here, none of its samples is graded either
                gates.keep(reference, run_digest(job.backend, job.plan.conditions[instance_id].image), one)


def combine_findings(references: Sequence[Result], baselines: Sequence[Result] = ()) -> GateFinding | None:
    """Say what several results of a reference and of the baseline show together; None without any of the reference."""
    if not references:
        return None
    repeats = len(references)
    every = [judge_reference(one, repeats) for one in references]
    every += [judge_baseline(one, repeats) for one in baselines]
    causes = [one for one in every if one.cause]
    # Trouble of ours may hide what a reference does, but not what another run of it has shown.
    return min(causes, key=lambda one: one.ours) if causes else GateFinding(repeats=repeats)
