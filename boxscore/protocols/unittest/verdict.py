"""From one run of tests to an outcome: each required test must have been reported, once, and have passed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from boxscore.records import Outcome

if TYPE_CHECKING:
    import enum
    from collections.abc import Iterable, Mapping, Sequence

MISSING = "MISSING"
LISTED = 5


class _Reported(Protocol):
    """A run of tests: what it came to by itself, if anything, and the status of each test that it reported, and why.

    Of a status its name counts: PASSED, FAILED, SKIPPED, and others.
    """

    @property
    def outcome(self) -> Outcome | None: ...
    @property
    def reason(self) -> str: ...
    @property
    def statuses(self) -> Mapping[str, enum.Enum]: ...
    @property
    def reasons(self) -> Mapping[str, str]: ...


def verdict_of(ran: _Reported, required: Sequence[str], *, skipped_passes: bool = False) -> tuple[Outcome, str]:
    """Say what a run came to, as far as its report is believed, and why."""
    if ran.outcome is not None:
        return ran.outcome, ran.reason
    if not required:
        return Outcome.NO_TESTS, "no test is required"
    if unknown := sorted(set(ran.statuses) - {*required}):
        lacking = [test for test in required if test not in ran.statuses]
        more = f"; required and not reported: {_listed(lacking)}" if lacking else ""
        return Outcome.TAMPERED, f"tests were reported that are not required: {_listed(unknown)}{more}"
    if not ran.statuses:
        return Outcome.ERROR, "no test was reported"
    names = {test: status.name for test, status in ran.statuses.items()}
    passing = {"PASSED"} | ({"SKIPPED"} if skipped_passes else set())
    failing = [test for test in required if names.get(test) not in passing]
    if not failing:
        return Outcome.PASSED, ""
    compared = [test for test in failing if names.get(test) == "FAILED"]
    outcome = Outcome.WRONG if compared else Outcome.ERROR
    return outcome, _why(ran, (compared or failing)[0], failing, len(required))


def _why(ran: _Reported, first: str, failing: Sequence[str], total: int) -> str:
    status = ran.statuses.get(first, MISSING)
    said = ran.reasons.get(first, "")
    return f"{len(failing)} of {total} tests did not pass; {first}: {status}" + (f": {said}" if said else "")


def _listed(names: Iterable[str]) -> str:
    chosen = list(names)
    more = len(chosen) - LISTED
    return ", ".join(name[:100] for name in chosen[:LISTED]) + (f" and {more} more" if more > 0 else "")
