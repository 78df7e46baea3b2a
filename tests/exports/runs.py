"""Run directories for exports, written through the store, with whatever a candidate may have said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from boxscore.provenance import Provenance, RunRecord, StoredSample
from boxscore.records import Outcome, Result, SampleKind, Trust
from boxscore.run.store import open_run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Given(Struct, frozen=True, kw_only=True):
    """A sample and what becomes of it; without an outcome it is not graded."""

    instance_id: str
    sample_id: str = "0"
    text: str = "x"
    kind: SampleKind = SampleKind.SOLUTION
    model: str = ""
    outcome: Outcome | None = Outcome.PASSED
    facts: dict[str, Any] = {}


def write(folder: Path, given: Sequence[Given], *, benchmark: str = "bench", **facts: Any) -> Path:
    samples = [
        StoredSample(
            instance_id=one.instance_id, sample_id=one.sample_id, text=one.text, kind=one.kind, model=one.model, key="k"
        )
        for one in given
    ]
    results = [
        Result(
            instance_id=one.instance_id,
            sample_id=one.sample_id,
            outcome=one.outcome,
            trust=Trust.ORACLE,
            key="k",
            **one.facts,
        )
        for one in given
        if one.outcome is not None
    ]
    provenance = Provenance(
        run_id=folder.name,
        benchmark=benchmark,
        title="Bench",
        trust=Trust.ORACLE,
        instances=len({one.instance_id for one in given}),
        samples=len(samples),
        started="2026-11-28T10:11:12+00:00",
    )
    with open_run(folder) as store:
        lines, digest = store.add_samples(lambda: samples)
        store.append(results)
        store.write_record(
            RunRecord(
                provenance=replace(provenance, samples_digest=digest, **facts),
                instances=dict.fromkeys(one.instance_id for one in given),
                sample_lines=lines,
            )
        )
    return folder
