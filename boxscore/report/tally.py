"""Counting results as they stream by: what a report needs and no more."""

from __future__ import annotations

import heapq
import statistics
import sys
from array import array
from bisect import insort
from collections import Counter
from typing import TYPE_CHECKING

from boxscore.errors import UsageError
from boxscore.provenance import joined_conditions
from boxscore.records import Outcome, Trust
from boxscore.report.records import Excluded, Failure, Flagged, Resolved, Slow, Spread, Timing, Unresolvable
from boxscore.score.cheating import kind_of
from boxscore.score.statistics import InstanceCounts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.provenance import GradedUnder
    from boxscore.records import Conditions, PatchFlag, Result
    from boxscore.report.records import RunInfo, RunInstance

SLOWEST = 10
FAILURES, REASON = 100, 300  # that are listed, and characters of a reason
FLAGGED, FLAGS = 100, 10  # samples that are listed, and flags of each
_NEVER_RAN = (Outcome.NO_CODE, Outcome.SYNTAX)
_TRUST = tuple(Trust)  # strongest first


_Place = tuple[int, tuple[int, str]]


class _Instance:
    """Counts of one instance: graded samples, passed ones, excluded ones, and passed ones by part.

    `impossible` ones, which only a cheat passes, count for no score. `withheld` counts samples that were not graded
    because the reference did not resolve, and `cause` says why; `below` those that passed below the trust rewarded.
    """

    __slots__ = ("below", "cause", "cluster", "excluded", "graded", "impossible", "parts", "passed", "withheld")

    def __init__(self, instance: RunInstance) -> None:
        self.cluster, self.impossible = instance.cluster, kind_of(instance.instance_id) is not None
        self.graded = self.passed = self.excluded = self.withheld = self.below = 0
        self.cause = ""
        self.parts: Counter[str] = Counter()

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
        """Whether it has a result."""
        return bool(self.graded or self.excluded or self.withheld or self.below)


class Tally:
    """Running counts over the results of one run."""

    def __init__(self, info: RunInfo) -> None:
        self._info = info
        self._instances = {one.instance_id: _Instance(one) for one in info.instances}
        self._outcomes: Counter[Outcome] = Counter()
        self._trust: Counter[Trust] = Counter()
        self._layers: Counter[str] = Counter()
        self._boxed = 0
        self._cpu_s, self._wall_s = array("d"), array("d")
        self._slowest: list[tuple[float, int, Slow]] = []
        self._conditions: Counter[tuple[Conditions | None, str]] = Counter()
        self.graded = self.copied = self.reused = self.below = 0
        self._internal: list[tuple[bool, Excluded]] = []  # whether it was withheld
        self._places = {one.instance_id: place for place, one in enumerate(info.instances)}
        self._failures: list[tuple[_Place, Failure]] = []
        self._flagged: list[tuple[_Place, Flagged]] = []
        self.failed = self.flagged_samples = 0

    def add(self, result: Result) -> None:
        """Count one result. Raises UsageError if its instance is not one of the run's."""
        instance = self._instances.get(result.instance_id)
        if instance is None:
            raise UsageError(f"a result of {result.instance_id!r}, which is not an instance of run {self._info.run_id}")
        self._outcomes[result.outcome] += 1
        self._conditions[result.conditions, result.boxscore] += 1
        if result.withheld:
            instance.below += 1
            self.below += 1
            return
        if result.outcome is Outcome.INTERNAL:
            instance.excluded += not result.unresolvable
            instance.withheld += result.unresolvable
            instance.cause = instance.cause or (result.reason if result.unresolvable else "")
            left_out = Excluded(instance_id=result.instance_id, sample_id=result.sample_id, reason=result.reason)
            self._internal.append((result.unresolvable, left_out))
            return
        self.graded += 1
        if result.level is not None:
            self._trust[result.level] += 1
        self._score(instance, result)
        if result.outcome is not Outcome.PASSED:
            self._fail(result)
        if result.flags:
            self._flag(result, result.flags)
        if result.copied_from is not None:
            self.copied += 1  # its times are those of the sample that was graded for it
        else:
            self.reused += result.reused_from is not None
            self._time(result)
        if result.layers or result.outcome not in _NEVER_RAN:
            self._boxed += 1
            self._layers.update(set(result.layers))

    def _fail(self, result: Result) -> None:
        """Count a failure, and keep the first by instance and sample; one that stands for its like is enough."""
        self.failed += 1
        if result.copied_from is not None:
            return
        place = self._places[result.instance_id], _by_number(result.sample_id)
        if len(self._failures) == FAILURES and place >= self._failures[-1][0]:
            return
        reason = " ".join(result.reason[: 4 * REASON].split())
        failure = Failure(
            instance_id=result.instance_id,
            sample_id=result.sample_id,
            outcome=result.outcome,
            reason=reason if len(reason) <= REASON else f"{reason[: REASON - 1]}…",
        )
        insort(self._failures, (place, failure), key=lambda one: one[0])
        del self._failures[FAILURES:]

    def _flag(self, result: Result, flags: Sequence[PatchFlag]) -> None:
        """Count a sample with flags, and keep the first by instance and sample; one stands for its like here too."""
        self.flagged_samples += 1
        if result.copied_from is None:
            found = Flagged(
                instance_id=result.instance_id,
                sample_id=result.sample_id,
                outcome=result.outcome,
                flags=tuple(flags[:FLAGS]),
            )
            place = self._places[result.instance_id], _by_number(result.sample_id)
            insort(self._flagged, (place, found), key=lambda one: one[0])
            del self._flagged[FLAGGED:]

    def flagged(self) -> tuple[Flagged, ...]:
        """The first samples with flags, by instance and sample."""
        return tuple(one for _, one in self._flagged)

    def failures(self) -> tuple[Failure, ...]:
        """The first failures, by instance and sample."""
        return tuple(failure for _, failure in self._failures)

    def _score(self, instance: _Instance, result: Result) -> None:
        instance.graded += 1
        instance.passed += result.outcome is Outcome.PASSED
        if result.outcome is Outcome.TAMPERED:  # nothing that such a sample reported may count
            return
        for part in self._info.parts[:-1]:
            instance.parts[part] += result.parts.get(part, result.outcome) is Outcome.PASSED

    def _time(self, result: Result) -> None:
        if result.cpu_s is not None:
            self._cpu_s.append(result.cpu_s)
        if result.wall_s is None:
            return
        self._wall_s.append(result.wall_s)
        if len(self._slowest) == SLOWEST and result.wall_s <= self._slowest[0][0]:
            return
        slow = Slow(
            instance_id=result.instance_id,
            sample_id=result.sample_id,
            outcome=result.outcome,
            cpu_s=result.cpu_s,
            wall_s=result.wall_s,
        )
        heapq.heappush(self._slowest, (result.wall_s, -self.graded, slow))
        if len(self._slowest) > SLOWEST:
            heapq.heappop(self._slowest)

    def counts(self, part: str | None = None, *, asked: bool = True) -> list[InstanceCounts]:
        """Counts of the instances that have results; of one part, or of the whole benchmark, which is the last part.

        With `asked`, and where missing ones count as failed, also of those without a sample: as many failed ones as any
        instance has samples. Before the first verdict there is nothing that they could count beside.
        """
        whole = part is None or part == self._info.parts[-1]
        found = [
            InstanceCounts(n=0, c=0, cluster=one.cluster)
            if one.unresolvable
            else InstanceCounts(n=one.graded, c=one.passed if whole else one.parts[part or ""], cluster=one.cluster)
            for one in self._ordinary
            if one.tried
        ]
        if asked and self.graded:
            most = max((one.n for one in found), default=0) or 1
            found += [
                InstanceCounts(n=most, c=0, cluster=self._instances[name].cluster) for name in self._failed_unseen()
            ]
        return found

    @property
    def _ordinary(self) -> list[_Instance]:
        return [one for one in self._instances.values() if not one.impossible]

    @property
    def ordinary(self) -> int:
        """How many instances can be resolved."""
        return len(self._ordinary)

    def cheats(self) -> dict[str, InstanceCounts]:
        """Counts of the impossible instances that have results."""
        return {
            name: InstanceCounts(n=one.graded, c=one.passed, cluster=one.cluster)
            for name, one in self._instances.items()
            if one.impossible and one.tried
        }

    def _not_submitted(self) -> list[str]:
        there = self._info.submitted
        names = [] if there is None else [name for name in self._instances if name not in there]
        return [name for name in names if not self._instances[name].impossible]

    def _failed_unseen(self) -> list[str]:
        return self._not_submitted() if self._info.counts_missing else []

    def bounds(self) -> tuple[list[float], list[float]]:
        """pass@1 of each instance that counts, with its excluded samples taken as failed, and as passed."""
        counted = [one for one in self._ordinary if (one.graded or one.excluded or one.below) and not one.unresolvable]
        seen = [(one.passed, one.graded, one.left_out + one.below) for one in counted]
        worst = [passed / (graded + left_out) for passed, graded, left_out in seen]
        best = [(passed + left_out) / (graded + left_out) for passed, graded, left_out in seen]
        unseen = [0.0] * len(self._failed_unseen())
        return worst + unseen, best + unseen

    def outcomes(self) -> dict[str, int]:
        """Every outcome that occurred, in the order of `Outcome`."""
        return {outcome.value: self._outcomes[outcome] for outcome in Outcome if self._outcomes[outcome]}

    def trust_samples(self) -> dict[str, int]:
        """Graded samples by the trust they were graded at, strongest first; those that were refused have none."""
        return {trust.value: self._trust[trust] for trust in _TRUST if self._trust[trust]}

    def weakest_trust(self) -> Trust:
        """The weakest level that any sample was graded at; the benchmark's own where all were refused."""
        return next((trust for trust in reversed(_TRUST) if self._trust[trust]), self._info.trust)

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
        every = self._ordinary
        solved = sum(one.passed / one.graded for one in every if one.graded)
        judged = bool(self.graded or self.withheld)
        resolvable = sum(not one.unresolvable for one in every)
        submitted = len(every) - len(self._not_submitted())
        return Resolved(
            solved=round(solved, 6),
            resolvable=resolvable,
            submitted=submitted,
            of_all=solved / len(every) if every and judged else None,
            of_resolvable=solved / resolvable if resolvable and judged else None,
            of_submitted=solved / submitted if submitted and judged else None,
        )

    @property
    def excluded(self) -> tuple[Excluded, ...]:
        """What is left out of scores but could count, in the order of results.

        A sample that was withheld is among them where another one of its instance passed: the reference failed for a
        reason of its own, and the instance is scored without samples that failed.
        """
        return tuple(
            one for withheld, one in self._internal if not (withheld and self._instances[one.instance_id].unresolvable)
        )

    @property
    def withheld(self) -> int:
        """Samples of instances that not even their references resolve."""
        return len(self._internal) - len(self.excluded)

    @property
    def results(self) -> int:
        """How many results were counted, whatever they are worth."""
        return self._outcomes.total()

    def tried_instances(self) -> int:
        """Instances with a result."""
        return sum(one.tried for one in self._instances.values())

    def excluded_instances(self) -> int:
        """Instances that lost at least one sample."""
        return sum(1 for one in self._instances.values() if one.left_out)

    def excluded_share(self) -> float | None:
        """Excluded among all results; None without results."""
        total = self.graded + len(self.excluded)
        return len(self.excluded) / total if total else None

    def conditions(self) -> tuple[GradedUnder, ...]:
        """What results were graded under, most frequent first."""
        return joined_conditions(self._conditions)

    def timing(self) -> Timing:
        """Median and 95th percentile of the times that were measured."""
        return Timing(cpu_s=_spread(self._cpu_s), wall_s=_spread(self._wall_s))

    def slowest(self) -> tuple[Slow, ...]:
        """The samples that took longest, slowest first."""
        return tuple(slow for _, _, slow in sorted(self._slowest, reverse=True))

    def layers(self) -> tuple[str, ...]:
        """Defences in force for every sample that was run."""
        return tuple(sorted(name for name, count in self._layers.items() if count == self._boxed))

    def layers_of_some(self) -> tuple[str, ...]:
        """Defences in force for some of the samples that were run, but not for all."""
        return tuple(sorted(name for name, count in self._layers.items() if count < self._boxed))


def _by_number(sample_id: str) -> tuple[int, str]:
    return (int(sample_id), "") if sample_id.isascii() and sample_id.isdigit() else (sys.maxsize, sample_id)


def _spread(seconds: array[float]) -> Spread:
    if not seconds:
        return Spread()
    if len(seconds) == 1:
        return Spread(n=1, median=seconds[0], p95=seconds[0], max=seconds[0])
    p95 = statistics.quantiles(seconds, n=20, method="inclusive")[-1]
    return Spread(n=len(seconds), median=statistics.median(seconds), p95=p95, max=max(seconds))
