"""Look up what the reference gate knows of a benchmark's references here, and record what `validate` has found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.cache import cache_folder
from boxscore.data.samples import gold_samples
from boxscore.errors import ImageMissing
from boxscore.protocols.registry import protocol_of
from boxscore.run.gate import GateFinding, Gates, judge_baseline, judge_reference, run_digest
from boxscore.run.prepare import prepare

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boxscore.protocols.contract import Reference
    from boxscore.records import Result
    from boxscore.run.prepare import Benchmark
    from boxscore.run.request import Request


class KnownReferences:
    """What is known under the conditions that a request asks for, on this machine."""

    def __init__(self, request: Request, benchmark: Benchmark) -> None:
        samples = list(gold_samples(benchmark.asked))
        request = replace(request, no_gate=False, gate_repeats=1, out=None, run_id=None)
        self._job = prepare(request, benchmark, samples) if samples else None
        self._gates = Gates(cache_folder())

    def recall(self, instance_id: str) -> GateFinding | None:
        """What a check of a reference found; None where there was none."""
        found = self._locate(instance_id)
        return None if found is None else self._gates.recall(*found)

    def recall_in_image(self, name: str) -> GateFinding | None:
        """What was seen of the reference of the instance that has an image of this name."""
        tasks = {} if self._job is None else self._job.plan.tasks
        owners = (one for one, task in tasks.items() if any(i.name == name for i in protocol_of(task).images(task)))
        owner = next(owners, None)
        return None if owner is None else self.recall(owner)

    def note(self, instance_id: str, finding: GateFinding) -> None:
        """Record what was found, in place of what was known."""
        found = self._locate(instance_id)
        if found is not None:
            self._gates.keep(*found, finding)

    def _locate(self, instance_id: str) -> tuple[Reference, str] | None:
        """Find the reference and what its image is; None where there is no gate, or the image is not here."""
        if self._job is None or instance_id not in self._job.plan.tasks:
            return None
        plan = self._job.plan
        reference = plan.gate_reference(instance_id)
        if reference is None:
            return None
        try:
            return reference, run_digest(self._job.backend, plan.conditions[instance_id].image)
        except ImageMissing:
            return None


def note_findings(request: Request, benchmark: Benchmark, findings: Mapping[str, GateFinding]) -> None:
    """Record for the gate what was found of references on this machine."""
    known = KnownReferences(request, benchmark)
    for instance_id, one in findings.items():
        known.note(instance_id, one)


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
