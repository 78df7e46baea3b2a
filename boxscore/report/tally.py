"""Counts over the results of a run: of its instances, and of its samples."""

from __future__ import annotations

import statistics
import sys
from collections import Counter
from typing import TYPE_CHECKING

from boxscore.errors import UsageError
from boxscore.provenance import joined_conditions
from boxscore.records import Outcome, Trust
from boxscore.report.records import Excluded, Failure, Flagged, Resolved, Slow, Spread, Timing, Unresolvable
from boxscore.score.statistics import InstanceCounts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from boxscore.provenance import GradedUnder
    from boxscore.records import Result
    from boxscore.report.records import RunInfo, RunInstance

SLOWEST = 10
FAILURES, REASON = 100, 300  # that are listed, and characters of a reason
FLAGGED, FLAGS = 100, 10  # samples that are listed, and flags of each
_NEVER_RAN = (Outcome.NO_CODE, Outcome.SYNTAX)
_TRUST = tuple(Trust)  # strongest first


class _Instance:
    """Counts of one instance: graded samples, passed ones, excluded ones, and passed ones by part.

    `withheld` counts samples that were not graded
    because the reference did not resolve, and `cause` says why; `below` those that passed below the trust rewarded.
    """

    def __init__(self, instance: RunInstance) -> None:
        self.cluster = instance.cluster
        self.graded = self.passed = self.excluded = self.withheld = self.below = 0
        self.cause = ""
        self.parts: Counter[str] = Counter()

    def add(self, result: Result, parts: Sequence[str]) -> None:
        if result.withheld:
            self.below += 1
        elif result.outcome is Outcome.INTERNAL:
            self.excluded += not result.unresolvable
            self.withheld += result.unresolvable
            self.cause = self.cause or (result.reason if result.unresolvable else "")
        else:
            self.graded += 1
            self.passed += result.outcome is Outcome.PASSED
            if result.outcome is not Outcome.TAMPERED:  # nothing that such a sample reported may count
                for part in parts:
                    self.parts[part] += result.parts.get(part, result.outcome) is Outcome.PASSED

    @property
    def unresolvable(self) -> bool:
        """Whether nobody can resolve it here; a sample that passed shows that somebody can."""
        return self.withheld > 0 and not (self.passed or self.below)

    @property
    def left_out(self) -> int:
        """Samples that are missing from its score by our fault; those that were withheld too, where another passed."""
        return self.excluded + (0 if self.unresolvable else self.withheld)

    @property
    def tried(self) -> bool:
        return bool(self.graded or self.excluded or self.withheld or self.below)

    def counts(self, part: str | None) -> InstanceCounts:
        if self.unresolvable:
            return InstanceCounts(n=0, c=0, cluster=self.cluster)
        return InstanceCounts(n=self.graded, c=self.passed if part is None else self.parts[part], cluster=self.cluster)


class Tally:
    """Counts over the results of one run, each sample once. `below` passed below the trust that is rewarded."""

    def __init__(self, info: RunInfo, results: Iterable[Result]) -> None:
        """Count them. Raises UsageError for an instance that is not one of the run's."""
        self._info, self.results = info, list(results)
        self._instances = {one.instance_id: _Instance(one) for one in info.instances}
        positions = {name: place for place, name in enumerate(self._instances)}
        for one in self.results:
            if one.instance_id not in positions:
                raise UsageError(f"a result of {one.instance_id!r}, which is not an instance of run {info.run_id}")
            self._instances[one.instance_id].add(one, info.parts[:-1])
        self.below = sum(one.withheld for one in self.results)
        self._internal = [one for one in self.results if one.outcome is Outcome.INTERNAL and not one.withheld]
        self.graded = [one for one in self.results if one.outcome is not Outcome.INTERNAL and not one.withheld]
        in_order = sorted(self.graded, key=lambda one: (positions[one.instance_id], _by_number(one.sample_id)))
        self.failed = [one for one in in_order if one.outcome is not Outcome.PASSED]
        self.with_flags = [one for one in in_order if one.flags]
        self.copied = sum(one.copied_from is not None for one in self.graded)
        self._timed = [one for one in self.graded if one.copied_from is None]  # a copy has the times of another sample
        self._levels = Counter(one.level for one in self.graded if one.level is not None)

    def failures(self) -> tuple[Failure, ...]:
        """The first failures, by instance and sample; one that stands for its like is enough."""
        return tuple(
            Failure(
                instance_id=one.instance_id,
                sample_id=one.sample_id,
                outcome=one.outcome,
                reason=_in_a_line(one.reason),
            )
            for one in [one for one in self.failed if one.copied_from is None][:FAILURES]
        )

    def flagged(self) -> tuple[Flagged, ...]:
        """The first samples with flags, by instance and sample; one stands for its like here too."""
        return tuple(
            Flagged(
                instance_id=one.instance_id,
                sample_id=one.sample_id,
                outcome=one.outcome,
                flags=tuple(one.flags[:FLAGS]),
            )
            for one in [one for one in self.with_flags if one.copied_from is None][:FLAGGED]
        )

    def counts(self, part: str | None = None, *, asked: bool = True) -> list[InstanceCounts]:
        """Counts of the instances that have results; of one part, or of the whole benchmark, which is the last part.

        With `asked`, and where missing ones count as failed, also of those without a sample: as many failed ones as any
        instance has samples. Before the first verdict there is nothing that they could count beside.
        """
        part = None if part in self._info.parts[-1:] else part
        found = [one.counts(part) for one in self._instances.values() if one.tried]
        if asked and self.graded:
            most = max((one.n for one in found), default=0) or 1
            found += [InstanceCounts(n=most, c=0, cluster=one.cluster) for one in self._unsampled_instances()]
        return found

    def _not_submitted(self) -> list[_Instance]:
        there = self._info.submitted
        if there is None:
            return []
        return [one for name, one in self._instances.items() if name not in there]

    def _unsampled_instances(self) -> list[_Instance]:
        return self._not_submitted() if self._info.counts_missing else []

    def bounds(self) -> tuple[list[float], list[float]]:
        """pass@1 of each instance that counts, with its excluded samples taken as failed, and as passed."""
        counted = [
            one
            for one in self._instances.values()
            if (one.graded or one.excluded or one.below) and not one.unresolvable
        ]
        seen = [(one.passed, one.graded, one.left_out + one.below) for one in counted]
        worst = [passed / (graded + left_out) for passed, graded, left_out in seen]
        best = [(passed + left_out) / (graded + left_out) for passed, graded, left_out in seen]
        failed = [0.0] * len(self._unsampled_instances())
        return worst + failed, best + failed

    def outcomes(self) -> dict[str, int]:
        """Every outcome that occurred, in the order of `Outcome`."""
        counts = Counter(one.outcome for one in self.results)
        return {outcome.value: counts[outcome] for outcome in Outcome if counts[outcome]}

    def trust_samples(self) -> dict[str, int]:
        """Graded samples by the trust they were graded at, strongest first; those that were refused have none."""
        return {trust.value: self._levels[trust] for trust in _TRUST if self._levels[trust]}

    def weakest_trust(self) -> Trust:
        """The weakest level that any sample was graded at; the benchmark's own where all were refused."""
        return next((trust for trust in reversed(_TRUST) if self._levels[trust]), self._info.trust)

    def missing(self) -> tuple[str, ...]:
        """Instances without any result, in the run's order."""
        return tuple(name for name, one in self._instances.items() if not one.tried)

    def unresolvable(self) -> tuple[Unresolvable, ...]:
        """Instances that not even their references resolve, in the run's order."""
        return tuple(
            Unresolvable(instance_id=name, samples=one.withheld, reason=one.cause)
            for name, one in self._instances.items()
            if one.unresolvable
        )

    def resolved(self) -> Resolved:
        """How much of the whole benchmark is solved, whatever was left out of the scores."""
        solved = sum(one.passed / one.graded for one in self._instances.values() if one.graded)
        judged = bool(self.graded or self.withheld)
        every = len(self._instances)
        resolvable = sum(not one.unresolvable for one in self._instances.values())
        submitted = every - len(self._not_submitted())
        return Resolved(
            solved=round(solved, 6),
            resolvable=resolvable,
            submitted=submitted,
            of_all=solved / every if every and judged else None,
            of_resolvable=solved / resolvable if resolvable and judged else None,
            of_submitted=solved / submitted if submitted and judged else None,
        )

    def excluded(self) -> tuple[Excluded, ...]:
        """What is left out of scores but could count, in the order of results.

        A sample that was withheld is among them where another one of its instance passed: the reference failed for a
        reason of its own, and the instance is scored without samples that failed.
        """
        return tuple(
            Excluded(instance_id=one.instance_id, sample_id=one.sample_id, reason=one.reason)
            for one in self._internal
            if not (one.unresolvable and self._instances[one.instance_id].unresolvable)
        )

    @property
    def withheld(self) -> int:
        """Samples of instances that not even their references resolve."""
        return len(self._internal) - len(self.excluded())

    def tried_instances(self) -> int:
        """Instances with a result."""
        return sum(one.tried for one in self._instances.values())

    def excluded_instances(self) -> int:
        """Instances that lost at least one sample."""
        return sum(1 for one in self._instances.values() if one.left_out)

    def conditions(self) -> tuple[GradedUnder, ...]:
        """What results were graded under, most frequent first."""
        return joined_conditions(Counter((one.conditions, one.boxscore) for one in self.results))

    def timing(self) -> Timing:
        """Median and 95th percentile of the times that were measured."""
        return Timing(
            cpu_s=_spread([one.cpu_s for one in self._timed if one.cpu_s is not None]),
            wall_s=_spread([one.wall_s for one in self._timed if one.wall_s is not None]),
        )

    def slowest(self) -> tuple[Slow, ...]:
        """The samples that took longest, slowest first."""
        timed = [(one.wall_s, one) for one in self._timed if one.wall_s is not None]
        return tuple(
            Slow(
                instance_id=one.instance_id,
                sample_id=one.sample_id,
                outcome=one.outcome,
                cpu_s=one.cpu_s,
                wall_s=wall_s,
            )
            for wall_s, one in sorted(timed, key=lambda pair: -pair[0])[:SLOWEST]
        )

    def layers(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Defences in force for every sample that was run, and those in force for some of them only."""
        boxed = [one for one in self.graded if one.layers or one.outcome not in _NEVER_RAN]
        counts = Counter(name for one in boxed for name in set(one.layers))
        of_all = tuple(sorted(name for name, count in counts.items() if count == len(boxed)))
        return of_all, tuple(sorted(counts.keys() - set(of_all)))


def _in_a_line(text: str) -> str:
    line = " ".join(text[: 4 * REASON].split())
    return line if len(line) <= REASON else f"{line[: REASON - 1]}…"


def _by_number(sample_id: str) -> tuple[int, str]:
    return (int(sample_id), "") if sample_id.isascii() and sample_id.isdigit() else (sys.maxsize, sample_id)


def _spread(seconds: Sequence[float]) -> Spread:
    if not seconds:
        return Spread()
    if len(seconds) == 1:
        return Spread(n=1, median=seconds[0], p95=seconds[0], max=seconds[0])
    p95 = statistics.quantiles(seconds, n=20, method="inclusive")[-1]
    return Spread(n=len(seconds), median=statistics.median(seconds), p95=p95, max=max(seconds))
