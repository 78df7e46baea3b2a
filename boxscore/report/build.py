"""From results to a report."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.errors import UsageError
from boxscore.records import fingerprint
from boxscore.report.records import Bracket, ModelScore, Report, RunInfo, RunInstance
from boxscore.report.sampling import failed_share
from boxscore.report.tally import Tally
from boxscore.score.planning import Detectable, VarianceSplit, detectable, variance_split
from boxscore.score.statistics import CONFIDENCE, Estimate, InstanceCounts, estimate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from boxscore.records import Result

__all__ = ["Report", "RunInfo", "RunInstance", "build_report", "build_reports"]

DEFAULT_KS = (1, 10, 100)
_HASHED = re.compile(r"-[0-9a-f]{8}\Z")
MODELS = "models"  # the folder of a run directory that has a report of each model, where there are several


def build_report(info: RunInfo, results: Iterable[Result]) -> Report:
    """Report on a run from its results, each sample once, in any order.

    Raises UsageError for a k below 1 or a result of an instance that the run does not have.
    """
    tally = Tally(info, results)
    whole = tally.counts()
    ks = _ks(info, whole)
    invalid_reason = _invalid(info, tally)
    missing, excluded, (layers, layers_of_some) = tally.missing(), tally.excluded(), tally.layers()
    return Report(
        run_id=info.run_id,
        benchmark=info.benchmark,
        trust=tally.weakest_trust(),
        trust_samples=tally.trust_samples(),
        instances=len(info.instances),
        samples=len(tally.graded),
        confidence=CONFIDENCE,
        pass_at_k=_pass_at_k(whole, ks),
        pass_at_k_submitted=_pass_at_k(tally.counts(asked=False), ks) if info.counts_missing else {},
        model=None,
        models=(),
        parts={part: _pass_at_k(tally.counts(part), ks) for part in info.parts},
        outcomes=tally.outcomes(),
        failures=tally.failures(),
        failed_samples=len(tally.failed),
        flagged=tally.flagged(),
        flagged_samples=len(tally.with_flags),
        excluded=excluded,
        excluded_samples=len(excluded),
        excluded_instances=tally.excluded_instances(),
        excluded_share=_excluded_share(tally),
        bracket=_bracket(tally),
        unresolvable=tally.unresolvable(),
        unresolvable_samples=tally.withheld,
        withheld_samples=tally.below,
        resolved=tally.resolved(),
        warnings=info.warnings,
        invalid=invalid_reason is not None,
        invalid_reason=invalid_reason,
        missing=missing,
        missing_instances=len(missing),
        ungraded_samples=max(0, info.provenance.samples - len(tally.results)),
        copied_samples=tally.copied,
        smallest_detectable_difference=detectable(whole),
        variance=variance_split(whole),
        timing=tally.timing(),
        slowest=tally.slowest(),
        limits=info.limits,
        layers=layers,
        layers_of_some=layers_of_some,
        conditions=tally.conditions(),
        started=info.started,
        wall_s=info.wall_s,
        provenance=info.provenance,
    )


def build_reports(info: RunInfo, results: Iterable[Result]) -> tuple[Report, tuple[Report, ...]]:
    """Report on a run, and on each of its models where it has several: the run's own report then has no score.

    What models have in common would be pass@k over draws from different models, which says nothing of any.
    """
    if not info.models:
        return build_report(info, results), ()
    by_model: dict[str, list[Result]] = {model: [] for model in info.models.values()}
    found = list(results)
    for result in found:
        by_model[info.models[result.instance_id, result.sample_id]].append(result)
    each = tuple(
        replace(build_report(_of_model(info, model), own), model=model) for model, own in sorted(by_model.items())
    )
    return _joined(build_report(info, found), each), each


def _of_model(info: RunInfo, model: str) -> RunInfo:
    own = [name for name, one in info.models.items() if one == model]
    return replace(
        info,
        models={},
        submitted=frozenset(instance_id for instance_id, _ in own),
        provenance=replace(info.provenance, samples=len(own)),
    )


def _joined(whole: Report, each: Sequence[Report]) -> Report:
    why = f"{len(each)} models: each has a score of its own"
    none = {k: Estimate(reason=why) for k in whole.pass_at_k}
    bad = next((one for one in each if one.invalid), None)
    return replace(
        whole,
        pass_at_k=none,
        pass_at_k_submitted={},
        parts=dict.fromkeys(whole.parts, none),
        bracket=Bracket(reason=why),
        smallest_detectable_difference=Detectable(reason=why),
        variance=VarianceSplit(reason=why),
        invalid=bad is not None,
        invalid_reason=None if bad is None else f"{bad.model}: {bad.invalid_reason}",
        models=tuple(map(_in_short, each)),
    )


def _in_short(report: Report) -> ModelScore:
    model = report.model or ""
    return ModelScore(
        model=model,
        samples=report.samples,
        excluded_samples=report.excluded_samples,
        unresolvable_samples=report.unresolvable_samples,
        withheld_samples=report.withheld_samples,
        pass_at_k=report.pass_at_k,
        pass_at_k_submitted=report.pass_at_k_submitted,
        resolved=report.resolved,
        invalid=report.invalid,
        report=f"{MODELS}/{model_folder(model)}/report.json",
    )


def model_folder(model: str) -> str:
    """A name of a folder for a model: its own where that is plain, with a hash where it is not, or looks so."""
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", model)[:80].strip(".")
    return (
        plain
        if plain and plain == model and not _HASHED.search(plain)
        else f"{plain or 'unnamed'}-{fingerprint(model)[:8]}"
    )


def _ks(info: RunInfo, counts: Sequence[InstanceCounts]) -> tuple[int, ...]:
    if info.ks is not None:
        if not info.ks or min(info.ks) < 1:
            raise UsageError(f"k must be at least 1, not {', '.join(map(str, info.ks)) or 'nothing'}")
        return tuple(sorted(set(info.ks)))
    return tuple(k for k in DEFAULT_KS if k == 1 or 2 * sum(one.n >= k for one in counts) >= max(1, len(counts)))


def _pass_at_k(counts: Sequence[InstanceCounts], ks: Iterable[int]) -> dict[str, Estimate]:
    return {str(k): estimate(counts, k) for k in ks}


def _excluded_share(tally: Tally) -> float | None:
    excluded = len(tally.excluded())
    total = len(tally.graded) + excluded
    return excluded / total if total else None


def _bracket(tally: Tally) -> Bracket:
    worst, best = tally.bounds()
    if not worst:
        return Bracket(reason="no results")
    return Bracket(if_failed=sum(worst) / len(worst), if_passed=sum(best) / len(best))


def _invalid(info: RunInfo, tally: Tally) -> str | None:
    unresolvable, tried = len(tally.unresolvable()), tally.tried_instances()
    if 2 * unresolvable > tried:
        return f"{unresolvable} of {tried} instances cannot be resolved here, not even by their references"
    sampling = info.provenance.sampling
    if sampling is not None and failed_share(sampling) > info.max_internal_share:
        return f"{sampling.failed} of {sampling.planned} samples could not be made, more than a valid run may lack"
    share, excluded = _excluded_share(tally), len(tally.excluded())
    if share is None or share <= info.max_internal_share:
        return None
    return (
        f"{excluded} of {len(tally.graded) + excluded} results ({share:.1%}) are failures of the "
        f"sandbox, the harness or boxscore, more than the {info.max_internal_share:.1%} that a valid run may have"
    )
