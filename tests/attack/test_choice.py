"""`boxscore attack`: what is graded, what is said of it, and what an interrupt leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.errors import UsageError
from boxscore.protocols.attacks import Expect
from boxscore.protocols.contract import Trial
from boxscore.records import Outcome
from boxscore.run.attacks import Judgement, LateResults, among, find, name_of
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


@pytest.mark.parametrize(
    ("only", "left"),
    [
        ((), ["exits/early", "exits/late", "control/early"]),
        (("exits",), ["exits/early", "exits/late"]),
        (("control", "exits/late"), ["exits/late", "control/early"]),
    ],
)
def test_attacks_are_chosen_by_class_and_by_name(only: Sequence[str], left: Sequence[str]) -> None:
    """Each name is a class, or one attack of it; without any, all are tried."""
    assert [name_of(one) for one in among({"a": TRIALS}, only)["a"]] == left


@pytest.mark.parametrize("name", ["early", "exits/never", ""])
def test_an_attack_that_is_not_there_is_no_choice(name: str) -> None:
    """A name that is mistyped must not look as if everything held."""
    with pytest.raises(UsageError, match=f"no attack '{name}'.*, only attacks of the classes .*exits"):
        among({"a": TRIALS}, ("exits", name))


TRIALS = [
    Trial(attack=replace(make_attack(Expect.FAIL), attack_class=attack_class, name=name), code="")
    for attack_class, name in (("exits", "early"), ("exits", "late"), ("control", "early"))
]
