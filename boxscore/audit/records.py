"""What an audit found: `audit.json`."""

from __future__ import annotations

from msgspec import Struct

from boxscore.audit.findings import Finding, FindingKind, Severity

AUDIT_VERSION = 1


class MutantCounts(Struct, frozen=True, kw_only=True):
    """Mutants of references that pass: killed by the tests, surviving them, or not judged because of trouble of ours.

    Of survivors, `differing` answer otherwise than the reference on an input like those of the tests, and `unproven`
    never did, or could not be tried. `by_operator` has those made and those that survived.
    """

    made: int = 0
    killed: int = 0
    survived: int = 0
    not_judged: int = 0
    differing: int = 0
    unproven: int = 0
    by_operator: dict[str, tuple[int, int]] = {}


class Audit(Struct, frozen=True, kw_only=True):
    """What an audit was of, how much it looked at, and what it found, worst first.

    `counts` has how many instances each kind of finding is of. `months` are those in which instances were published,
    and `undated` counts those of which that is not known.
    """

    version: int = AUDIT_VERSION
    boxscore: str
    benchmark: str
    title: str
    data_sha256: str | None
    data_published: bool | None
    instances: int
    benchmark_instances: int
    backend: str
    repeats: int
    mutants_each: int
    inputs_each: int
    seed: int
    cutoff: str | None = None
    against: str | None = None
    started: str
    wall_s: float
    gradings: int
    mutants: MutantCounts
    examples: int = 0
    months: dict[str, int] = {}
    undated: int = 0
    counts: dict[FindingKind, int] = {}
    findings: tuple[Finding, ...] = ()

    @property
    def errors(self) -> int:
        """How many findings are errors."""
        return sum(one.severity is Severity.ERROR for one in self.findings)
