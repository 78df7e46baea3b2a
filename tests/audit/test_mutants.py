"""Programs with one mistake."""

from __future__ import annotations

import ast

import pytest

from boxscore.audit.mutants import OPERATORS, mutants

PROGRAM = '''import math


def helper(x):
    return x + 1


def unused(x):
    return x - 1


def total(items: list[int], start: int = 0):
    """Add up 1 + 1."""
    result, é = start, "ü"  # a remark that stays
    for place in range(len(items)):
        if items[place] > 0 and not result < 0:
            result += helper(max(items[place], 2)) * 2
        elif items[place:]:
            continue
    if result == 7:
        raise ValueError("7 is too much")
    return result
'''


def test_the_same_seed_gives_the_same_mutants() -> None:
    first = mutants(PROGRAM, entry_point="total", most=20, seed=1)

    assert first == mutants(PROGRAM, entry_point="total", most=20, seed=1)
    assert first != mutants(PROGRAM, entry_point="total", most=20, seed=2)
    assert len({one.code for one in first} - {PROGRAM}) == 20


@pytest.mark.parametrize("operator", list(OPERATORS))
def test_each_operator_changes_one_line(operator: str) -> None:
    found = [one for one in mutants(PROGRAM, entry_point="total", most=500, seed=0) if one.operator == operator]

    assert found
    for one in found:
        ast.parse(one.code)
        lines = list(zip(PROGRAM.splitlines(), one.code.splitlines(), strict=True))
        assert [number for number, (old, new) in enumerate(lines, 1) if old != new] == [one.line]


def test_only_what_the_entry_point_reaches_is_changed() -> None:
    lines = {one.line for one in mutants(PROGRAM, entry_point="total", most=500, seed=0)}

    assert lines == {5, 12, 14, 15, 16, 17, 18, 19, 20, 22}


def test_what_a_prompt_gives_is_left_alone() -> None:
    given = "def helper(x):\n    return x + 1\n"

    assert 5 not in {one.line for one in mutants(PROGRAM, entry_point="total", most=500, seed=0, given=given)}


@pytest.mark.parametrize("source", ["def f(:", "", "\0"])
def test_what_is_no_python_has_no_mutants(source: str) -> None:
    assert mutants(source, entry_point="f", most=5, seed=0) == []
