"""`boxscore attack`: what is graded, what is said of it, and what an interrupt leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.attack.report import Judgement, find
from boxscore.protocols.attacks import Expect
from boxscore.records import Outcome
from boxscore.run.attacks import LateResults
from tests.attack.test_report import make_attack, make_result

if TYPE_CHECKING:
    from collections.abc import Sequence


class Clock:
    """A clock that a test sets."""

    def __init__(self, *times: float) -> None:
        self._times = iter(times)

    def __call__(self) -> float:
        """The next time."""
        return next(self._times)


@pytest.mark.parametrize(
    ("times", "late"), [((0.0, 30.0, 70.0), []), ((0.0, 41.0, 42.0), ["a"]), ((0.0, 1.0, 42.0), ["b"])]
)
def test_what_holds_a_grader_up_is_noted(times: Sequence[float], late: list[str]) -> None:
    """A result that comes later after the one before it than any limit allows is named."""
    pace = LateResults(40.0, Clock(*times))

    for name in ("a", "b"):
        pace.note([make_result(Outcome.WRONG, sample_id=name)])

    assert [name for _, name in pace.late] == late


def test_an_attack_that_held_a_grader_up_broke_it() -> None:
    """Whatever its outcome; so did one without a result."""
    attack = make_attack(Expect.FAIL)

    found = find(attack, [make_result(Outcome.TIMEOUT)], held_up_s=99.0)

    assert (found.judgement, found.reason) == (Judgement.BROKE, "it held the grader up for 99 s")
    assert find(attack, []).judgement is Judgement.BROKE
    assert find(attack, [make_result(Outcome.TIMEOUT)]).judgement is Judgement.HELD
