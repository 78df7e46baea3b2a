"""What can be wrong with a benchmark, each with how much it weighs; and what an audit found: `audit.json`."""

from __future__ import annotations

import enum

from msgspec import Struct


class Severity(enum.StrEnum):
    """How much a finding weighs: an error makes scores wrong, a warning makes them doubtful, a note says more."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class FindingKind(enum.StrEnum):
    """What is wrong, in the order in which findings are listed."""

    REFERENCE_FAILS = "reference-fails"
    FLAKY = "flaky"
    EMPTY_PASSES = "empty-passes"
    STUB_PASSES = "stub-passes"
    TESTS_DIFFER = "tests-differ"
    UNTRUE_EXAMPLE = "untrue-example"
    WEAK_TESTS = "weak-tests"
    SURVIVING_MUTANTS = "surviving-mutants"
    UNPROVEN_MUTANTS = "unproven-mutants"
    NO_REFERENCE = "no-reference"
    NOT_CHECKED = "not-checked"

    @property
    def severity(self) -> Severity:
        """How much it weighs."""
        if self in _ERRORS:
            return Severity.ERROR
        return Severity.NOTE if self in _NOTES else Severity.WARNING


_ERRORS = frozenset(
    (
        FindingKind.REFERENCE_FAILS,
        FindingKind.FLAKY,
        FindingKind.EMPTY_PASSES,
        FindingKind.STUB_PASSES,
        FindingKind.TESTS_DIFFER,
        FindingKind.UNTRUE_EXAMPLE,
    )
)
_NOTES = frozenset((FindingKind.UNPROVEN_MUTANTS, FindingKind.NO_REFERENCE, FindingKind.NOT_CHECKED))


class Survivor(Struct, frozen=True, kw_only=True):
    """A mutant of the reference that passes the tests: the operator that made it, its line, and what it changes.

    `differs_on` is an input like those of the tests on which it answers otherwise than the reference; None where none
    was found, or none could be tried.
    """

    sample_id: str
    operator: str
    line: int
    diff: str
    differs_on: str | None = None


class Finding(Struct, frozen=True, kw_only=True):
    """Something that is wrong with an instance."""

    kind: FindingKind
    severity: Severity
    instance_id: str
    text: str
    evidence: str = ""
    survivors: tuple[Survivor, ...] = ()


def finding(
    kind: FindingKind,
    instance_id: str,
    text: str,
    *,
    evidence: str = "",
    survivors: tuple[Survivor, ...] = (),
) -> Finding:
    """Make a finding of a kind, with its severity."""
    return Finding(
        kind=kind,
        severity=kind.severity,
        instance_id=instance_id,
        text=text,
        evidence=evidence,
        survivors=survivors,
    )


AUDIT_VERSION = 1


class MutantCounts(Struct, frozen=True, kw_only=True):
    """Mutants of references that pass: killed by the tests, surviving them, or not judged because of trouble of ours.

    Of survivors, `differing` answer otherwise than the reference on an input like those of the tests, and `unproven`
    never did, or could not be tried.
    """

    made: int = 0
    killed: int = 0
    survived: int = 0
    not_judged: int = 0
    differing: int = 0
    unproven: int = 0


class Audit(Struct, frozen=True, kw_only=True):
    """What an audit was of, how much it looked at, and what it found, worst first.

    `counts` has how many instances each kind of finding is of.
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
    started: str
    wall_s: float
    gradings: int
    mutants: MutantCounts
    examples: int = 0
    counts: dict[FindingKind, int] = {}
    findings: tuple[Finding, ...] = ()

    @property
    def errors(self) -> int:
        """How many findings are errors."""
        return sum(one.severity is Severity.ERROR for one in self.findings)
