"""What rounds of references and empty samples show: references must pass, empty samples must not, rounds must agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.audit.findings import Finding, FindingKind, finding
from boxscore.protocols.patch.observe import BEFORE, GOLD
from boxscore.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from boxscore.audit.grading import Key
    from boxscore.protocols.contract import Observed
    from boxscore.records import Result


class InstanceProblem(Struct, frozen=True, kw_only=True):
    """Something about an instance that is not as it must be.

    `sample_id` is `gold` or `empty`, of patches also `before`, without any patch, or what differs: `lists`, `flaky`;
    `harness` is what its prompt, its extraction or its task is wrong in.
    """

    instance_id: str
    sample_id: str
    problem: str


def find_problems(rounds: Sequence[Mapping[Key, Result]]) -> list[InstanceProblem]:
    """Compare rounds: gold must pass, empty samples must not, and outcomes must be the same in all rounds."""
    return [
        InstanceProblem(instance_id=instance_id, sample_id=sample_id, problem=text)
        for instance_id, sample_id, _, text in _problems(rounds)
    ]


def reference_findings(rounds: Sequence[Mapping[Key, Result]]) -> Iterator[Finding]:
    """Say the same as findings."""
    for instance_id, _, kind, text in _problems(rounds):
        yield finding(kind, instance_id, text)


def observed_findings(found: Mapping[str, Observed], results: Mapping[Key, Result]) -> Iterator[Finding]:
    """Say as findings what a protocol has seen of instances by samples of its own."""
    lost = {name for (name, _), result in results.items() if result.outcome is Outcome.INTERNAL}
    for instance_id, one in found.items():
        for what, text in one.problems:
            kind = _OBSERVED.get(what, FindingKind.TESTS_DIFFER)
            yield finding(FindingKind.NOT_CHECKED if instance_id in lost else kind, instance_id, f"{what}: {text}")


_OBSERVED = {"flaky": FindingKind.FLAKY, GOLD: FindingKind.REFERENCE_FAILS, BEFORE: FindingKind.STUB_PASSES}


def _problems(rounds: Sequence[Mapping[Key, Result]]) -> Iterator[tuple[str, str, FindingKind, str]]:
    for instance_id, sample_id in rounds[0]:
        results = [one[instance_id, sample_id] for one in rounds if (instance_id, sample_id) in one]
        found = _problem(sample_id, results)
        if found is not None:
            yield instance_id, sample_id, *found


def _problem(sample_id: str, results: Sequence[Result]) -> tuple[FindingKind, str] | None:
    first = results[0]
    outcomes = [result.outcome for result in results]
    if Outcome.INTERNAL in outcomes:
        lost = results[outcomes.index(Outcome.INTERNAL)]
        kind = FindingKind.REFERENCE_FAILS if lost.unresolvable else FindingKind.NOT_CHECKED
        return kind, f"could not be graded: {lost.reason}"
    if len(set(outcomes)) > 1 or any(result.parts != first.parts for result in results):
        return FindingKind.FLAKY, f"rounds disagree: {', '.join(outcomes)}"
    passed = first.outcome is Outcome.PASSED
    if sample_id == "empty":
        return (FindingKind.EMPTY_PASSES, "an empty sample passes") if passed else None
    return None if passed else (FindingKind.REFERENCE_FAILS, f"gold does not pass: {first.outcome}: {first.reason}")
