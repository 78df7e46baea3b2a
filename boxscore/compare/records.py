"""What `boxscore compare` and `boxscore gate` print as JSON; `docs/compare.md` and `docs/gate.md` explain it."""

from __future__ import annotations

from msgspec import Struct

from boxscore.compare.read import Difference  # noqa: TC001 - msgspec resolves the annotations
from boxscore.score.noninferiority import (
    Verdict,  # noqa: TC001 - msgspec resolves the annotations
)
from boxscore.score.paired import Ratio  # noqa: TC001 - msgspec resolves the annotations
from boxscore.score.statistics import Estimate  # noqa: TC001 - msgspec resolves the annotations
from boxscore.score.systems import Posterior  # noqa: TC001 - msgspec resolves the annotations

SCHEMA_VERSION = 1


class Side(Struct, frozen=True, kw_only=True):
    """A run of a comparison.

    `scores` are pass@k with their intervals, and `others` what several samples come to beside it: `pass^2`,
    `majority@3`. `amounts` are means of a sample.
    """

    run: str
    path: str
    benchmark: str
    model: str
    samples: int
    excluded_samples: int
    invalid: str | None
    scores: dict[str, Estimate]
    others: dict[str, float]
    amounts: dict[str, float]


class Bounds(Struct, frozen=True, kw_only=True):
    """A difference with its interval; None where it cannot be computed."""

    difference: float | None = None
    low: float | None = None
    high: float | None = None
    instances: int = 0


class Changed(Struct, frozen=True, kw_only=True):
    """An instance that one run solves and the other does not: by most of its samples, where there are several.

    `before` and `after` are outcomes, with their number where there are several. `reason` is that of the first sample
    that failed. The logs are paths of those samples that failed and printed anything; `boxscore show` has the others.
    """

    instance_id: str
    before: str
    after: str
    reason: str
    baseline_log: str | None
    candidate_log: str | None


class Order(Struct, frozen=True, kw_only=True):
    """How surely the candidate is the better one on these very instances, by `samples` of each (Bayes@N).

    The posteriors of pass@k order systems; they are no scores.
    """

    samples: int
    baseline: Posterior
    candidate: Posterior
    candidate_better: float


class PairComparison(Struct, frozen=True, kw_only=True):
    """A run (`candidate`) against another (`baseline`) of the same benchmark, instance by instance.

    `observed` is the difference of `metric`, candidate minus baseline, over the instances that both have results of, by
    `method`. `worst` and `best` are the same with results that are missing taken as failed or passed, whichever is
    worse or better for the candidate. `p` is that of `test`, `p_adjusted` by Holm over all pairs, `smallest_p` the
    least that this test can give here. `finding` is better, worse, or no difference found, which does not mean equal.
    `smallest_difference` is what this comparison would have found with 80 % power. `mid_p` is less cautious than the
    exact p, where that is McNemar's. `design_effect` is how many times clusters inflate the variance of the difference.
    `order` is None unless both runs have as many
    samples, two or more, of each instance.
    `wins` and `losses` count instances that the candidate solves more or less often. `left_out` counts instances
    without enough samples, by why. `ratios` are the candidate's amounts over the baseline's.
    """

    benchmark: str
    baseline: str
    candidate: str
    metric: str
    baseline_score: float | None
    candidate_score: float | None
    observed: Bounds
    worst: Bounds
    best: Bounds
    missing_samples: int
    method: str | None
    clusters: int | None
    p: float
    test: str
    p_adjusted: float
    smallest_p: float
    finding: str
    smallest_difference: float | None
    mid_p: float | None = None
    design_effect: float | None = None
    order: Order | None = None
    wins: int
    losses: int
    left_out: dict[str, int]
    fixed: tuple[Changed, ...]
    broken: tuple[Changed, ...]
    ratios: dict[str, Ratio]
    warnings: tuple[str, ...]


class Ranked(Struct, frozen=True, kw_only=True):
    """Systems (models) over several benchmarks, each of equal weight, best first.

    `macro` is the plain mean of scores. `kemeny` is the order that agrees with most pairwise comparisons, empty above
    12 systems; it may be one of several.
    """

    metric: str
    benchmarks: tuple[str, ...]
    macro: dict[str, float]
    kemeny: tuple[str, ...]
    kemeny_unique: bool


class GroupScore(Struct, frozen=True, kw_only=True):
    """A run on a group of instances, compared with the baseline on the same ones; of the baseline `score` is all.

    `difference` has its interval by `method`, and p of `test`, `p_adjusted` by Holm over all groups and runs of a
    benchmark. `finding` is as for a pair, by the adjusted p.
    """

    run: str
    score: float
    difference: Bounds | None = None
    method: str | None = None
    p: float | None = None
    test: str | None = None
    p_adjusted: float | None = None
    finding: str | None = None


class Group(Struct, frozen=True, kw_only=True):
    """Instances whose tag has one value; `runs` in the order in which they were given, the baseline first."""

    value: str
    instances: int
    runs: tuple[GroupScore, ...]


class Grouped(Struct, frozen=True, kw_only=True):
    """The runs of a benchmark on groups of its instances, by the value of the tag `by`.

    An instance counts where every run has enough graded samples of it. `too_few` counts the instances of groups that
    have fewer than `least` of these and are left out, `left_out` other instances that no group has, by why, and
    `lacking` those that a run has too few graded samples of, by run.
    """

    benchmark: str
    by: str
    metric: str
    least: int
    groups: tuple[Group, ...]
    too_few: dict[str, int]
    left_out: dict[str, int]
    lacking: dict[str, int] = {}


class RunComparison(Struct, frozen=True, kw_only=True):
    """All that `boxscore compare` found. `differences` were allowed. `seed` is that of resampling."""

    schema_version: int = SCHEMA_VERSION
    confidence: float
    seed: int
    runs: tuple[Side, ...]
    pairs: tuple[PairComparison, ...]
    ranking: Ranked | None
    differences: tuple[Difference, ...]
    grouped: tuple[Grouped, ...] = ()


class GatedPair(Struct, frozen=True, kw_only=True):
    """The gate's verdict on one benchmark; bounds are one-sided at 95 %, `reason` says it in a sentence.

    `equal_pass` is the chance that the gate passes an equal system, as planned, and `smallest_margin` the margin at
    which it would be 80 %. `under` is the score that was asked for.
    """

    benchmark: str
    candidate: str
    verdict: Verdict
    reason: str
    baseline: str | None = None
    margin: float | None = None
    score: float | None = None
    under: float | None = None
    observed: Bounds | None = None
    worst: Bounds | None = None
    best: Bounds | None = None
    missing_samples: int = 0
    method: str | None = None
    clusters: int | None = None
    equal_pass: float | None = None
    smallest_margin: float | None = None
    wins: int = 0
    losses: int = 0
    left_out: dict[str, int] = {}
    fixed: tuple[Changed, ...] = ()
    broken: tuple[Changed, ...] = ()
    warnings: tuple[str, ...] = ()


class GateReport(Struct, frozen=True, kw_only=True):
    """All that `boxscore gate` found; it passes where every benchmark does."""

    schema_version: int = SCHEMA_VERSION
    verdict: Verdict
    confidence: float
    pairs: tuple[GatedPair, ...]
    differences: tuple[Difference, ...]
