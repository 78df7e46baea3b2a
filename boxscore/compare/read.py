"""Runs as the sides of a comparison: what each sample came to and took, and whether the runs are comparable."""

from __future__ import annotations

import math
from pathlib import Path  # noqa: TC003 - msgspec resolves the annotations
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from boxscore.errors import InputError, UsageError
from boxscore.provenance import RunRecord, StoredSample  # noqa: TC001 - msgspec resolves the annotations
from boxscore.records import Limits, Outcome, Result
from boxscore.report.build import build_report
from boxscore.report.records import MAX_LOST_SHARE, Report
from boxscore.run.folders import find_run
from boxscore.run.lines import read_lines
from boxscore.run.run import run_info
from boxscore.run.store import ANSWERS, ATTEMPTS, read_run
from boxscore.sampling.records import Attempt
from boxscore.score.statistics import InstanceCounts

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence

    from boxscore.provenance import SamplingRecord
    from boxscore.run.plan import Name


MOST = 1e12  # dollars or tokens of a call
AMOUNTS = {
    "cost_usd": "cost of the model",
    "tokens": "tokens of the model",
    "agent_s": "time of the agent",
    "cpu_s": "cpu time of the code",
}


class _Usage(Struct, frozen=True):
    input_tokens: int = 0
    output_tokens: int = 0


class _Answer(Struct, frozen=True):
    usage: _Usage = _Usage()
    cost_usd: float | None = None


class _Call(Struct, frozen=True):
    """As much of a line of `answers.jsonl` as says what it cost, whichever kind of line it is."""

    line: str
    instance_id: str
    number: int
    answer: _Answer | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = None


def read_amounts(folder: Path, results: Mapping[Name, Result], wanted: Container[Name]) -> dict[Name, dict[str, float]]:
    """Read what samples took, by the names in AMOUNTS; what is not known of a sample is not there.

    An answer that was kept from an earlier run counts as what it cost then. A cost below 0 or above what anybody pays
    is not known, and neither are tokens of a call without any. Raises InputError for a damaged line.
    """
    found = _of_models(read_lines(folder / ANSWERS, _Call), wanted)
    for attempt in read_lines(folder / ATTEMPTS, Attempt):
        name = attempt.instance_id, attempt.sample_id
        if name in wanted:
            found.setdefault(name, {})["agent_s"] = attempt.wall_s
    for name, result in results.items():
        if name in wanted and result.cpu_s is not None:
            found.setdefault(name, {})["cpu_s"] = result.cpu_s
    return found


def _of_models(calls: Iterable[_Call], wanted: Container[Name]) -> dict[Name, dict[str, float]]:
    found: dict[Name, dict[str, float]] = {}
    unknown: set[tuple[Name, str]] = set()
    for call in calls:
        name = call.instance_id, str(call.number)
        if name not in wanted or call.line == "asked":
            continue
        tokens, cost = _call_usage(call)
        own = found.setdefault(name, {"cost_usd": 0.0, "tokens": 0.0})
        for what, value in (("cost_usd", cost), ("tokens", tokens or None)):
            if value is None or not 0 <= value <= MOST:
                unknown.add((name, what))
            else:
                own[what] += value
    for name, what in unknown:
        del found[name][what]
    return found


def _call_usage(call: _Call) -> tuple[int, float | None]:
    if call.answer is None:
        return call.input_tokens + call.output_tokens, call.cost_usd
    usage = call.answer.usage
    return usage.input_tokens + usage.output_tokens, call.answer.cost_usd


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
    """A run as a side of a comparison; `label` tells it from the others. `invalid` says why it is not to be trusted."""

    label: str
    path: Path
    model: str
    record: RunRecord
    report: Report
    scored: Mapping[str, Scored]
    invalid: str | None

    @property
    def benchmark(self) -> str:
        """What was run."""
        return self.record.provenance.benchmark


def read_compared(names: Sequence[str]) -> list[ComparedRun]:
    """Read runs by their paths or ids. Raises UsageError for one given twice or of several models, InputError."""
    paths = [find_run(name) for name in names]
    resolved = [path.resolve() for path in paths]
    twice = next((path for path, place in zip(paths, resolved, strict=True) if resolved.count(place) > 1), None)
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
        raise InputError(str(error), path=path) from error
    sampling = record.provenance.sampling
    named = {(one.instance_id, one.sample_id) for one in samples}
    return ComparedRun(
        label=label,
        path=path,
        model=next(iter(models), "") or ("" if sampling is None else sampling.model),
        record=record,
        report=report,
        scored=_scored(record, samples, results, read_amounts(path, results, named)),
        invalid=report.invalid_reason or _unfinished(record, report),
    )


def _unfinished(record: RunRecord, report: Report) -> str | None:
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
    by_instance: dict[str, list[StoredSample]] = {name: [] for name in record.instances}
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
        by_sample = {one.sample_id: results[name, one.sample_id] for one in own if (name, one.sample_id) in results}
        graded = {key: one for key, one in by_sample.items() if one.outcome is not Outcome.INTERNAL}
        passed = sum(one.outcome is Outcome.PASSED for one in graded.values())
        unresolvable = not passed and any(one.unresolvable for one in by_sample.values())
        mine = [amounts.get((name, key), {}) for key in graded]
        found[name] = Scored(
            n=0 if unresolvable else len(graded),
            c=passed,
            missing=max(wanted, len(own)) - (0 if unresolvable else len(graded)),
            cluster=record.instances[name],
            unresolvable=unresolvable,
            results={} if unresolvable else graded,
            amounts=_mean_amounts(mine),
        )
    return found


def _mean_amounts(each: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {
        name: math.fsum(one[name] for one in each) / len(each)
        for name in AMOUNTS
        if each and all(name in one for one in each)
    }


LIMITS = tuple(f"limits.{name}" for name in Limits.__struct_fields__)
AGENT = "agent."
NAMES_OF_AGENTS = f"{AGENT}LIMIT"
NAMES = ("data", "instances", "grading", "images", *LIMITS, NAMES_OF_AGENTS, "prompt", "k", "trust")


class Difference(Struct, frozen=True, kw_only=True):
    """Something that two runs differ in, by its name for `--allow-difference`, with what either has.

    `allowed`: the comparison was made all the same.
    """

    name: str
    baseline: str
    candidate: str
    runs: tuple[str, str]
    allowed: bool = False


def check_comparable(
    pairs: Iterable[tuple[ComparedRun, ComparedRun]], allowed: Collection[str]
) -> tuple[Difference, ...]:
    """Return what pairs of runs differ in where all of it is allowed. Raises UsageError that names all that is not."""
    for name in allowed:
        if name == NAMES_OF_AGENTS or (name not in NAMES and not name.startswith(AGENT)):
            raise UsageError(f"--allow-difference {name}: runs can differ in {', '.join(NAMES)}")
    found = [one for baseline, candidate in pairs for one in differences(baseline, candidate)]
    refused = [one for one in found if one.name not in allowed]
    if refused:
        error = UsageError("these runs cannot be compared, since more than their answers differs")
        error.details = (
            *(f"{one.name}: {one.baseline} in {one.runs[0]}, {one.candidate} in {one.runs[1]}" for one in refused),
            "grade them alike, or compare all the same: "
            + " ".join(f"--allow-difference {name}" for name in dict.fromkeys(one.name for one in refused)),
        )
        raise error
    return tuple(msgspec.structs.replace(one, allowed=True) for one in found)


def differences(baseline: ComparedRun, candidate: ComparedRun) -> Iterator[Difference]:
    """What two runs of a benchmark differ in; what is not known of either is no difference."""
    for name, one, other in (
        *_of_runs(baseline, candidate),
        *_of_results(baseline, candidate),
        *_of_sampling(baseline.record.provenance.sampling, candidate.record.provenance.sampling),
    ):
        yield Difference(name=name, baseline=one, candidate=other, runs=(baseline.label, candidate.label))


_Found = tuple[str, str, str]


def _of_runs(baseline: ComparedRun, candidate: ComparedRun) -> Iterator[_Found]:
    one, other = baseline.record.provenance, candidate.record.provenance
    if one.data_sha256 and other.data_sha256 and one.data_sha256 != other.data_sha256:
        yield "data", one.data_sha256[:16], other.data_sha256[:16]
    if baseline.record.instances.keys() != candidate.record.instances.keys():
        common = len(baseline.record.instances.keys() & candidate.record.instances.keys())
        yield (
            "instances",
            f"{len(baseline.record.instances)}",
            f"{len(candidate.record.instances)} ({common} in both)",
        )
    if one.k != other.k and {one.k, other.k} != {None, (1,)}:
        yield "k", _shown(one.k), _shown(other.k)
    if one.trust is not other.trust:
        yield "trust", one.trust.value, other.trust.value
    if one.least_trust is not other.least_trust:
        yield "trust", f"least {one.least_trust or 'any'}", f"least {other.least_trust or 'any'}"


def _shown(ks: tuple[int, ...] | None) -> str:
    return "as samples allow" if ks is None else ",".join(map(str, ks))


def _of_results(baseline: ComparedRun, candidate: ComparedRun) -> Iterator[_Found]:
    yield from _differing("grading", _version, baseline, candidate)
    yield from _differing("images", _image, baseline, candidate)
    for name in Limits.__struct_fields__:
        yield from _differing(f"limits.{name}", _limit(name), baseline, candidate)
    if baseline.record.provenance.trust is candidate.record.provenance.trust:
        yield from _differing("trust", _trust, baseline, candidate)


def _differing(
    name: str, fact: Callable[[Result], str | None], baseline: ComparedRun, candidate: ComparedRun
) -> Iterator[_Found]:
    """The first instance whose results in two runs have no such fact in common, and how many there are."""
    found = []
    for instance, one in baseline.scored.items():
        other = candidate.scored.get(instance)
        if other is None:
            continue
        before = {known for result in one.results.values() if (known := fact(result)) is not None}
        after = {known for result in other.results.values() if (known := fact(result)) is not None}
        if before and after and before != after:
            found.append((instance, before, after))
    if found:
        instance, before, after = found[0]
        place = "" if len(found) == len(baseline.scored) else f" (of {len(found)} instances, {instance} first)"
        yield name, _joined(before), _joined(after) + place


def _joined(facts: Iterable[str]) -> str:
    return " and ".join(sorted(facts))


def _version(result: Result) -> str | None:
    return None if result.conditions is None else result.conditions.version[:16] or None


def _image(result: Result) -> str | None:
    found = result.conditions
    return None if found is None else (found.image_digest or found.image or None)


def _limit(name: str) -> Callable[[Result], str | None]:
    return lambda result: None if result.conditions is None else f"{getattr(result.conditions.limits, name):g}"


def _trust(result: Result) -> str | None:
    return result.trust.value if result.outcome is Outcome.PASSED else None


def _of_sampling(one: SamplingRecord | None, other: SamplingRecord | None) -> Iterator[_Found]:
    if one is None or other is None:
        return
    if one.template_digest != other.template_digest:
        yield "prompt", _template(one), _template(other)
    for name in sorted(one.limits.keys() | other.limits.keys()):
        before, after = one.limits.get(name, "none"), other.limits.get(name, "none")
        if before != after:
            yield f"{AGENT}{name}", before, after


def _template(record: SamplingRecord) -> str:
    return f"{record.template or record.variant or 'a template'} ({record.template_digest[:16] or 'no digest'})"
