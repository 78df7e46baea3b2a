"""EvoEval's equality, and its rules for instances that have several right answers."""

from __future__ import annotations

from typing import Any

import pytest

from harnesses.evoeval.comparison import checker

NAN = float("nan")
INFINITE = float("inf")


def accepted(answer: object, wanted: object, *, of: tuple[str, str] = ("difficult", "EvoEval/0"), to: Any = ()) -> bool:
    """Whether an answer to the arguments `to` is right where the reference's is `wanted`; what raises is wrong."""
    namespace: dict[str, Any] = {}
    exec(checker(*of), namespace)
    try:
        return bool(namespace["accept"](0, to, answer, [wanted]))
    except Exception:  # noqa: BLE001 - as whoever judges by it
        return False


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        (1, 1),
        (1.0, 1.0 + 1e-7),
        (1e9, 1e9 + 9_000),
        ([1.0, 2.0], (1.0, 2.0)),
        (NAN, NAN),
        ([INFINITE, NAN], [INFINITE, NAN]),
        ([], ()),
        ([1, 2.0], [1, 2.0 + 1e-7]),
        ({"a": [1.0]}, {"a": [1.0 + 1e-7]}),
        ({1, 2}, {2, 1}),
        (None, None),
        (2j, 2j),
    ],
)
def test_near_and_equal_answers_are_right(answer: object, wanted: object) -> None:
    assert accepted(answer, wanted)


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        (1, 1.0),
        (1, True),
        (0, None),
        ("1", 1),
        ([1, 2], (1, 2)),
        ([1.0, 2], [1.0, 2.0]),
        ([1], []),
        ({"a": 1}, {"a": 1.0}),
        ({"a": 1}, {"b": 1}),
        ({"a": 1, "b": 2}, {"a": 1}),
        (frozenset({1}), {1}),
        (1.00002, 1.0),
        (INFINITE, 1e300),
        (NAN, 1.0),
        (b"a", "a"),
    ],
)
def test_other_types_and_values_are_wrong(answer: object, wanted: object) -> None:
    assert not accepted(answer, wanted)


@pytest.mark.parametrize(("answer", "wanted"), [([], 1.0), ([1.0], 1.0), ([], [1.0]), (1.0, [1.0, 1.0])])
def test_answers_of_another_shape_are_wrong(answer: object, wanted: object) -> None:
    assert not accepted(answer, wanted)


def test_any_palindrome_of_the_right_length() -> None:
    of, to = ("difficult", "EvoEval/10"), ("Cat",)

    assert accepted("CatAc", "CataC", of=of, to=to)
    assert not accepted("catac", "CataC", of=of, to=to)
    assert not accepted("Cataxc", "CataC", of=of, to=to)
    assert not accepted(["C"], "CataC", of=of, to=to)


def test_any_zero_in_the_interval() -> None:
    of, to = ("difficult", "EvoEval/32"), ([-6, 11, -6, 1], (0, 4))

    assert accepted(1.0, 2.0, of=of, to=to)
    assert accepted(3, 2.0, of=of, to=to)
    assert not accepted(2.5, 2.0, of=of, to=to)
    assert not accepted(None, 2.0, of=of, to=to)
    assert not accepted(1.0, 2.0, of=of, to=([-6, 11, -6, 1], (2, 4)))
    assert not accepted(2.0, None, of=of, to=to)
    assert not accepted(NAN, 2.0, of=of, to=to)


def test_zeros_of_the_two_other_polynomials() -> None:
    assert accepted(-1.0, 0.0, of=("subtle", "EvoEval/32"), to=([-2, -3, -1],)) is False
    assert accepted(2.0, -1.0, of=("subtle", "EvoEval/32"), to=([-2, -3, 1],))
    assert accepted(-0.5, -0.5, of=("verbose", "HumanEval/32"), to=([1, 2],))
    assert not accepted(0.5, -0.5, of=("concise", "HumanEval/32"), to=([1, 2],))


MAZE = [[0, 0, 0], [1, 1, 0], [0, 0, 0]]


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        (["right", "right", "down", "down", "left", "left"], True),
        (["right", "left", "right", "right", "down", "down", "left", "left"], True),
        (["down", "down"], False),
        (["up"], False),
        (["right"], False),
        ([], False),
        ("right", False),
    ],
)
def test_any_moves_through_the_maze(answer: object, right: bool) -> None:  # noqa: FBT001 - a case
    wanted = ["right", "right", "down", "down", "left", "left"]

    assert accepted(answer, wanted, of=("creative", "EvoEval/26"), to=(MAZE, (0, 0), (2, 0))) is right


def test_a_maze_without_a_way() -> None:
    to = ([[0, 1], [1, 0]], (0, 0), (1, 1))

    assert accepted([], [], of=("creative", "EvoEval/26"), to=to)
    assert not accepted((), [], of=("creative", "EvoEval/26"), to=to)
    assert accepted([], [], of=("creative", "EvoEval/30"), to=to)


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ([(0, 0), (0, 1), (1, 1)], True),
        ([(0, 0), (1, 1)], False),
        ([(0, 0), (1, 0), (1, 1)], False),
        ([(0, 0), (0, -1), (1, -1), (1, 1)], False),
        ([(0, 1), (1, 1)], False),
        (((0, 0), (0, 1), (1, 1)), True),
    ],
)
def test_any_path_of_open_neighbours(answer: object, right: bool) -> None:  # noqa: FBT001 - a case
    to = ([[1, 1], [0, 1]], (0, 0), (1, 1))

    assert accepted(answer, [(0, 0), (0, 1), (1, 1)], of=("creative", "EvoEval/30"), to=to) is right


def test_any_two_cards() -> None:
    of, to = ("creative", "EvoEval/69"), ([1, 1, 1, 5], 1)

    assert accepted((1, 2), (0, 1), of=of, to=to)
    assert not accepted((2, 1), (0, 1), of=of, to=to)
    assert not accepted([1, 2], (0, 1), of=of, to=to)
    assert not accepted((-3, -2), (0, 1), of=of, to=to)
    assert not accepted((0, 1), "No magic today", of=of, to=to)
    assert accepted("No magic today", "No magic today", of=of, to=to)
