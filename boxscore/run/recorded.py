"""What the record of an earlier run says: its benchmark, and how its samples were asked for.

A run directory may come from anybody, and a harness is code: one that a record names by a path is not loaded.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.data.plugins import is_path_of_harness
from boxscore.errors import BoxscoreError
from boxscore.run.prepare import Request, load_benchmark
from boxscore.run.store import read_record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.provenance import Provenance, SamplingRecord
    from boxscore.run.prepare import Benchmark, Job


def recorded_benchmark(provenance: Provenance) -> Benchmark | None:
    """Load the very data of a run; None where it is not here, or no longer the same. Nothing is fetched.

    Harnesses are those that ship with boxscore or are installed.
    """
    path = Path(provenance.data_path or "")
    if is_path_of_harness(provenance.benchmark) or not provenance.data_sha256:
        return None
    try:
        if not path.exists() or (path.is_file() and _sha256(path) != provenance.data_sha256):
            return None
        benchmark = load_benchmark(Request(benchmark=provenance.benchmark, data=path))
    except (BoxscoreError, OSError, ValueError):  # a path with NUL among them
        return None
    return benchmark if benchmark.data.sha256 == provenance.data_sha256 else None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def with_sampling(job: Job, files: Sequence[Path]) -> Job:
    """A job whose samples are those of one run, with that run's record of how they were asked for.

    Nothing is added where they come from elsewhere or from several places, are of other instances, or where the record
    does not say that every instance was asked for. What the run said of verdicts stays there.
    Raises InputError for a `run.json` that is none.
    """
    found = _sampling_of(job, files[0]) if len(files) == 1 else None
    if found is None:
        return job
    provenance = replace(job.record.provenance, samples=max(found.planned, len(job.plan.items)), sampling=found)
    return replace(job, record=replace(job.record, provenance=provenance))


def _sampling_of(job: Job, path: Path) -> SamplingRecord | None:
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
