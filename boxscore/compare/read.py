"""Read a run directory as a side of a comparison: counts by instance, what samples cost, and what they depend on."""

from __future__ import annotations

import math
from pathlib import Path  # noqa: TC003 - msgspec resolves the annotations
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.compare.amounts import AMOUNTS, read_amounts
from boxscore.errors import InputError, UsageError
from boxscore.provenance import RunRecord, StoredSample  # noqa: TC001 - msgspec resolves the annotations
from boxscore.records import Outcome, Result
from boxscore.report.build import build_report
from boxscore.report.records import MAX_LOST_SHARE, Report
from boxscore.run.find import find_run
from boxscore.run.report_files import run_info
from boxscore.run.store import read_run
from boxscore.score.cheating import kind_of
from boxscore.score.statistics import InstanceCounts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Scored(Struct, frozen=True, kw_only=True):
    """One instance of a run.

    Of its `n` graded samples `c` passed; `missing` have no verdict, for reasons of ours or the provider's.
    `unresolvable`: not even its reference resolves here, and all samples are missing. `results` are those that count,
    by sample. `amounts` are means of a sample by their names in AMOUNTS, those that are known.
    """

    n: int
    c: int
    missing: int = 0
    cluster: str | None = None
    unresolvable: bool = False
    results: Mapping[str, Result] = {}
    amounts: Mapping[str, float] = {}

    @property
    def counts(self) -> InstanceCounts:
        """The counts that statistics work on."""
        return InstanceCounts(n=self.n, c=self.c, cluster=self.cluster)

    def filled(self, *, passed: bool) -> InstanceCounts:
        """With the samples that are missing taken as passed, or as failed."""
        more = self.missing if passed else 0
        return InstanceCounts(n=self.n + self.missing, c=self.c + more, cluster=self.cluster)


class ComparedRun(Struct, frozen=True, kw_only=True):
    """A run as a side of a comparison; `label` tells it from the others. `invalid` says why it is not to be trusted.

    `unfinished`: that is because it goes on, or was interrupted.
    """

    label: str
    path: Path
    model: str
    record: RunRecord
    report: Report
    scored: Mapping[str, Scored]
    invalid: str | None
    unfinished: bool

    @property
    def benchmark(self) -> str:
        """What was run."""
        return self.record.provenance.benchmark


def read_compared(names: Sequence[str]) -> list[ComparedRun]:
    """Read runs by their paths or ids. Raises UsageError for one given twice or of several models, InputError."""
    paths = [find_run(name) for name in names]
    places = [path.resolve() for path in paths]
    twice = next((path for path, place in zip(paths, places, strict=True) if places.count(place) > 1), None)
    if twice is not None:
        raise UsageError(f"{twice} is given twice: a run is not compared with itself")
    ids = [path.resolve().name for path in paths]
    return [_read(path, name if ids.count(name) == 1 else str(path)) for path, name in zip(paths, ids, strict=True)]


def _read(path: Path, label: str) -> ComparedRun:
    record, samples, results = read_run(path)
    models = {one.model for one in samples}
    if len(models) > 1:
        raise UsageError(f"{path} has samples of {len(models)} models: grade each model's in a run of its own")
    info = run_info(record, samples)
    try:
        report = build_report(info, results.values())
    except InputError:
        raise
    except UsageError as error:
        raise InputError(f"{error}; `boxscore repair {path}` may help", path=path) from error
    sampling = record.provenance.sampling
    named = {(one.instance_id, one.sample_id) for one in samples}
    unfinished = _unfinished(record, report)
    return ComparedRun(
        label=label,
        path=path,
        model=next(iter(models), "") or ("" if sampling is None else sampling.model),
        record=record,
        report=report,
        scored=_scored(record, samples, results, read_amounts(path, results, named)),
        invalid=report.invalid_reason or unfinished,
        unfinished=unfinished is not None and report.invalid_reason is None,
    )


def _unfinished(record: RunRecord, report: Report) -> str | None:
    """Why a run that may be valid is not whole."""
    sampling = record.provenance.sampling
    unsampled = 0 if sampling is None else sampling.planned - sampling.sampled
    if report.ungraded_samples > unsampled:
        return f"{report.ungraded_samples - unsampled:,} of its samples have no result yet: run its command again"
    if sampling is not None and unsampled > MAX_LOST_SHARE * sampling.planned:
        return f"{unsampled:,} of {sampling.planned:,} samples were not made: run its command again"
    return None


def _scored(
    record: RunRecord,
    samples: Sequence[StoredSample],
    results: Mapping[tuple[str, str], Result],
    amounts: Mapping[tuple[str, str], Mapping[str, float]],
) -> dict[str, Scored]:
    """Count what each instance has; those that only a cheat passes are no part of any score."""
    by_instance: dict[str, list[StoredSample]] = {name: [] for name in record.instances if kind_of(name) is None}
    for sample in samples:
        by_instance.get(sample.instance_id, []).append(sample)
    sampling = record.provenance.sampling
    wanted = 1 if sampling is None else max(1, sampling.samples_each)  # whatever a record says
    most = max((len(own) for own in by_instance.values()), default=0) or 1
    found = {}
    for name, own in by_instance.items():
        if not own and record.provenance.counts_missing and sampling is None:  # as is the practice of the benchmark
            found[name] = Scored(n=most, c=0, cluster=record.instances[name])
            continue
        seen = {one.sample_id: results[name, one.sample_id] for one in own if (name, one.sample_id) in results}
        graded = {key: one for key, one in seen.items() if one.outcome is not Outcome.INTERNAL}
        passed = sum(one.outcome is Outcome.PASSED for one in graded.values())
        unresolvable = not passed and any(one.unresolvable for one in seen.values())
        mine = [amounts.get((name, key), {}) for key in graded]
        found[name] = Scored(
            n=0 if unresolvable else len(graded),
            c=passed,
            missing=max(wanted, len(own)) - (0 if unresolvable else len(graded)),
            cluster=record.instances[name],
            unresolvable=unresolvable,
            results={} if unresolvable else graded,
            amounts=_means(mine),
        )
    return found


def _means(each: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """The mean of each amount that every sample has."""
    return {
        name: math.fsum(one[name] for one in each) / len(each)
        for name in AMOUNTS
        if each and all(name in one for one in each)
    }
