"""The alarm for outcome drift."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.records import Outcome, Result, Trust
from boxscore.run.alarm import INSTANCES, RECENT, SAME, Alarm

if TYPE_CHECKING:
    from collections.abc import Sequence


def results(
    count: int, outcome: Outcome = Outcome.ERROR, *, error_type: str | None = None, instances: int = 1000
) -> list[Result]:
    return [
        Result(
            instance_id=f"i/{number % instances}",
            sample_id=str(number),
            outcome=outcome,
            error_type=error_type,
            trust=Trust.ORACLE,
            reason=f"reason {number}",
        )
        for number in range(count)
    ]


def reason(*parts: list[Result], known: Sequence[Result] = ()) -> str:
    alarm = Alarm(known)
    for part in parts:
        alarm.add(part)
    return alarm.reason or ""


def test_answers_that_all_fail_alike_from_the_first_on() -> None:
    said = reason(results(SAME, error_type="NameError"))

    assert f"the first {SAME} samples, of {SAME} instances, all ended as error (NameError)" in said
    assert "check the code extraction, and run `boxscore doctor`; the first one: reason 0" in said


def test_most_samples_that_could_not_be_graded() -> None:
    said = reason(results(50, Outcome.WRONG), results(RECENT, Outcome.INTERNAL))

    assert f"{RECENT // 2 + 1} of the last {RECENT} samples could not be graded (internal)" in said
    assert "the first one: reason 0" in said


def test_what_is_known_counts_as_the_beginning() -> None:
    assert not reason(results(SAME), known=results(1, Outcome.PASSED))
    assert "the first 31" in reason(results(1), known=results(SAME))


@pytest.mark.parametrize(
    "parts",
    [
        [results(SAME - 1)],
        [results(10 * SAME, instances=INSTANCES - 1)],
        [results(1000, Outcome.WRONG)],
        [results(1000, Outcome.TIMEOUT)],
        [results(SAME - 1, error_type="TypeError"), results(1000, error_type="NameError")],
        [results(1, Outcome.PASSED), results(1000)],
        [results(RECENT // 2, Outcome.INTERNAL), results(500, Outcome.PASSED)],
        [results(100, Outcome.INTERNAL, instances=2)],
        [[replace(one, unresolvable=True) for one in results(100, Outcome.INTERNAL)]],
        [[replace(one, withheld=True) for one in results(100, Outcome.INTERNAL)]],
    ],
    ids=[
        *("small-file", "few-instances", "all-wrong", "all-slow", "two-kinds", "one-passes", "half-internal"),
        *("two-broken-instances", "unresolvable", "withheld"),
    ],
)
def test_what_a_bad_model_or_a_small_file_does(parts: list[list[Result]]) -> None:
    assert not reason(*parts)
