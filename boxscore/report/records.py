"""The records of a report: what goes in beside results (`RunInfo`), and `report.json` (`Report`)."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - msgspec resolves the annotations

from msgspec import Struct

from boxscore.provenance import GradedUnder, Provenance  # noqa: TC001 - msgspec resolves the annotations
from boxscore.records import Limits, Outcome, PatchFlag, Trust
from boxscore.score.planning import Detectable, VarianceSplit  # noqa: TC001 - msgspec resolves the annotations
from boxscore.score.statistics import Estimate  # noqa: TC001 - msgspec resolves the annotations

SCHEMA_VERSION = 1
MAX_LOST_SHARE = 0.05  # of results or samples that a run may lack for no fault of a candidate or a model


class RunInstance(Struct, frozen=True, kw_only=True):
    """An instance the run was asked for. `cluster` groups instances that are not independent."""

    instance_id: str
    cluster: str | None = None


class RunInfo(Struct, frozen=True, kw_only=True):
    """What a report must know of a run beside its results.

    `ks` None means: 1, and 10 and 100 where at least half of the instances have so many graded samples. The run is
    invalid above a share of `max_internal_share` of `internal` among all results. `started` is UTC in ISO 8601.
    `submitted` has the instances that have a sample (None: all); with `counts_missing` the others count as failed, as
    is the practice of the benchmark. `models` maps samples to who gave them where that is more than one model: each is
    scored by itself.
    """

    run_id: str
    benchmark: str
    trust: Trust
    instances: tuple[RunInstance, ...]
    parts: tuple[str, ...] = ()
    ks: tuple[int, ...] | None = None
    limits: Limits = Limits()
    provenance: Provenance
    started: str = ""
    wall_s: float | None = None
    max_internal_share: float = MAX_LOST_SHARE
    warnings: tuple[str, ...] = ()
    submitted: frozenset[str] | None = None
    counts_missing: bool = False
    models: Mapping[tuple[str, str], str] = {}


class Excluded(Struct, frozen=True, kw_only=True):
    """A result that is not a sample: our own failure, not the candidate's."""

    instance_id: str
    sample_id: str
    reason: str


class Unresolvable(Struct, frozen=True, kw_only=True):
    """An instance that not even its reference resolves here, or that needs no fix: its samples were not graded."""

    instance_id: str
    samples: int
    reason: str


class Resolved(Struct, frozen=True, kw_only=True):
    """How much of all instances of the run is solved: `solved` adds up the pass@1 of each.

    `of_all` divides that by all instances: those without a result, and those that are unresolvable, count as not
    solved. `of_resolvable` divides it by the `resolvable` ones, which are all others, and `of_submitted` by those that
    have a sample, resolvable or not. None where there are none, and before the first verdict.
    """

    solved: float
    resolvable: int
    submitted: int
    of_all: float | None
    of_resolvable: float | None
    of_submitted: float | None


class Failure(Struct, frozen=True, kw_only=True):
    """A sample that did not pass; the reason is cut to a line."""

    instance_id: str
    sample_id: str
    outcome: Outcome
    reason: str


class Flagged(Struct, frozen=True, kw_only=True):
    """A sample whose patch, or whose run, hints at a forged test run: for people to judge."""

    instance_id: str
    sample_id: str
    outcome: Outcome
    flags: tuple[PatchFlag, ...]


class Bracket(Struct, frozen=True, kw_only=True):
    """pass@1 if all excluded samples had failed, and if all had passed; None, with a reason, without any result."""

    if_failed: float | None = None
    if_passed: float | None = None
    reason: str | None = None


class Slow(Struct, frozen=True, kw_only=True):
    """One of the samples that took longest by the clock."""

    instance_id: str
    sample_id: str
    outcome: Outcome
    cpu_s: float | None
    wall_s: float


class Spread(Struct, frozen=True, kw_only=True):
    """Seconds over the graded samples whose time was measured (`n` of them); None without any."""

    n: int = 0
    median: float | None = None
    p95: float | None = None
    max: float | None = None


class Timing(Struct, frozen=True, kw_only=True):
    """How long graded samples took."""

    cpu_s: Spread
    wall_s: Spread


class ModelScore(Struct, frozen=True, kw_only=True):
    """One of several models of a run: its scores, and where its own report is in the run directory."""

    model: str
    samples: int
    excluded_samples: int
    unresolvable_samples: int
    withheld_samples: int
    pass_at_k: dict[str, Estimate]
    pass_at_k_submitted: dict[str, Estimate]
    resolved: Resolved
    invalid: bool
    report: str


class Report(Struct, frozen=True, kw_only=True):
    """`report.json`: the score of a run, its error, and all that was left out. `docs/fields.md` has every field."""

    schema_version: int = SCHEMA_VERSION
    run_id: str
    benchmark: str
    trust: Trust
    trust_samples: dict[str, int]
    instances: int
    samples: int
    confidence: float
    pass_at_k: dict[str, Estimate]
    pass_at_k_submitted: dict[str, Estimate]
    model: str | None
    models: tuple[ModelScore, ...]
    parts: dict[str, dict[str, Estimate]]
    outcomes: dict[str, int]
    failures: tuple[Failure, ...]
    failed_samples: int
    flagged: tuple[Flagged, ...]
    flagged_samples: int
    excluded: tuple[Excluded, ...]
    excluded_samples: int
    excluded_instances: int
    excluded_share: float | None
    bracket: Bracket
    unresolvable: tuple[Unresolvable, ...]
    unresolvable_samples: int
    withheld_samples: int
    resolved: Resolved
    warnings: tuple[str, ...]
    invalid: bool
    invalid_reason: str | None
    missing: tuple[str, ...]
    missing_instances: int
    ungraded_samples: int
    copied_samples: int
    smallest_detectable_difference: Detectable
    variance: VarianceSplit
    timing: Timing
    slowest: tuple[Slow, ...]
    limits: Limits
    layers: tuple[str, ...]
    layers_of_some: tuple[str, ...]
    conditions: tuple[GradedUnder, ...]
    started: str
    wall_s: float | None
    provenance: Provenance
