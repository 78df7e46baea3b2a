"""What can be wrong with a benchmark: a closed list, each with how much it weighs; `docs/audit.md` tells of each."""

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
    BROKEN_CONTRACT = "broken-contract"
    AMBIGUOUS_ID = "ambiguous-id"
    WEAK_TESTS = "weak-tests"
    SURVIVING_MUTANTS = "surviving-mutants"
    INCOMPLETE_EXAMPLE = "incomplete-example"
    OTHER_FUNCTION = "other-function"
    HIDDEN_NAME = "hidden-name"
    MISPLACED_DOCSTRING = "misplaced-docstring"
    AUTHOR_REMARK = "author-remark"
    SLOW_REFERENCE = "slow-reference"
    NEAR_DUPLICATE = "near-duplicate"
    BEFORE_CUTOFF = "before-cutoff"
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
        FindingKind.BROKEN_CONTRACT,
        FindingKind.AMBIGUOUS_ID,
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
    """Something that is wrong with an instance; `others` are further instances that it is about, "" for all."""

    kind: FindingKind
    severity: Severity
    instance_id: str
    text: str
    others: tuple[str, ...] = ()
    evidence: str = ""
    survivors: tuple[Survivor, ...] = ()


def finding(  # noqa: PLR0913 - the fields of a record
    kind: FindingKind,
    instance_id: str,
    text: str,
    *,
    others: tuple[str, ...] = (),
    evidence: str = "",
    survivors: tuple[Survivor, ...] = (),
) -> Finding:
    """Make a finding of a kind, with its severity."""
    return Finding(
        kind=kind,
        severity=kind.severity,
        instance_id=instance_id,
        text=text,
        others=others,
        evidence=evidence,
        survivors=survivors,
    )
