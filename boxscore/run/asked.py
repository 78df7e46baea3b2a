"""How samples were asked for, where the file that they come from is of a run that asked a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.run.store import read_record

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from boxscore.provenance import SamplingRecord
    from boxscore.run.prepare import Job


def with_sampling(job: Job, files: Sequence[Path]) -> Job:
    """A job whose samples are those of one run, with that run's record of how they were asked for.

    Nothing is added where they come from elsewhere or from several places, are of other instances, or where the record
    does not say that every instance was asked for. What the run
    said of verdicts stays there. Raises InputError for a `run.json` that is none.
    """
    found = _found(job, files[0]) if len(files) == 1 else None
    if found is None:
        return job
    provenance = replace(job.record.provenance, samples=max(found.planned, len(job.plan.items)), sampling=found)
    return replace(job, record=replace(job.record, provenance=provenance))


def _found(job: Job, path: Path) -> SamplingRecord | None:
    folder = path if path.is_dir() else path.parent
    if not (folder / "run.json").is_file() or (path != folder and path.name != "samples.jsonl"):
        return None
    record = read_record(folder)
    sampling = record.provenance.sampling
    same = (record.provenance.benchmark, record.instances) == (job.record.provenance.benchmark, job.record.instances)
    if sampling is None or not same or sampling.sampled != len(job.plan.items):
        return None
    if sampling.samples_each < 1 or sampling.planned != sampling.samples_each * len(record.instances):
        return None  # no run asks so: whoever says it would have samples that are missing not be missed
    return replace(sampling, rounds=())
