"""Runs and results for tests of reports."""

from __future__ import annotations

from msgspec.structs import replace

from boxscore.provenance import Provenance
from boxscore.records import Outcome, Result, Trust
from boxscore.report.build import RunInfo, RunInstance


def run(*ids: str, **fields: object) -> RunInfo:
    """A run of these instances; `samples` goes into its provenance."""
    provenance = Provenance(
        run_id="r1",
        benchmark="toy",
        title="Toy",
        trust=Trust.ORACLE,
        instances=len(ids),
        samples=fields.pop("samples", 0),  # type: ignore[arg-type]
        data_sha256="ab" * 32,
        versions={"boxscore": "0.1.0"},
    )
    instances = tuple(RunInstance(instance_id=name) for name in ids)
    info = RunInfo(
        run_id="r1", benchmark="toy", trust=Trust.ORACLE, instances=instances, wall_s=12.5, provenance=provenance
    )
    return replace(info, **fields)


def result(instance_id: str, outcome: Outcome = Outcome.PASSED, sample_id: str = "0", **fields: object) -> Result:
    return replace(Result(instance_id=instance_id, sample_id=sample_id, outcome=outcome, trust=Trust.ORACLE), **fields)
