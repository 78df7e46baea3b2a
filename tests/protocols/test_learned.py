"""What is learned with a reference: once, unless another time may show something else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec import Struct

from boxscore.errors import BoxLost, HarnessError
from boxscore.protocols.learned import LearnedRecords

if TYPE_CHECKING:
    from pathlib import Path


class Found(Struct):
    number: int


class Other(Struct):
    text: str


class Counting:
    def __init__(self, *, unsure: bool) -> None:
        self.times, self._unsure = 0, unsure

    def __call__(self) -> tuple[Found, bool]:
        self.times += 1
        return Found(self.times), self._unsure


@pytest.mark.parametrize(
    ("unsure", "numbers"), [(False, [1, 1, 1, 1, 1, 1, 1, 1, 1]), (True, [1, 2, 2, 3, 3, 3, 3, 4, 4])]
)
def test_what_is_unsure_is_learned_again_ever_more_rarely(tmp_path: Path, *, unsure: bool, numbers: list[int]) -> None:
    """A busy machine is not so for ever, and what never gets sure must not cost a learning each time."""
    records, learn = LearnedRecords(), Counting(unsure=unsure)

    assert [records.found(tmp_path / "a.json", Found, learn).number for _ in numbers] == numbers


def test_what_gets_sure_is_kept(tmp_path: Path) -> None:
    records = LearnedRecords()
    records.found(tmp_path / "a.json", Found, Counting(unsure=True))
    records.found(tmp_path / "a.json", Found, lambda: (Found(7), False))

    for one in (records, records, LearnedRecords()):
        assert one.found(tmp_path / "a.json", Found, Counting(unsure=True)).number == 7


@pytest.mark.parametrize(("unsure", "number"), [(False, 1), (True, 2)])
def test_only_what_is_sure_is_kept_for_others(tmp_path: Path, *, unsure: bool, number: int) -> None:
    learn = Counting(unsure=unsure)
    LearnedRecords().found(tmp_path / "a.json", Found, learn)

    assert LearnedRecords().found(tmp_path / "a.json", Found, learn).number == number


@pytest.mark.parametrize("error", [HarnessError("a limit ended its tests"), BoxLost("gone"), TimeoutError("no answer")])
def test_what_is_known_is_kept_where_learning_it_again_fails(tmp_path: Path, error: Exception) -> None:
    records = LearnedRecords()

    def fail() -> tuple[Found, bool]:
        raise error

    found = [
        records.found(tmp_path / "a.json", Found, learn).number
        for learn in (Counting(unsure=True), fail, fail, lambda: (Found(7), True), fail)
    ]

    assert found == [1, 1, 1, 7, 7]
