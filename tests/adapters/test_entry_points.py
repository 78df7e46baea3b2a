"""Asserts that test a function named like a builtin find it."""

from __future__ import annotations

import pytest

from boxscore import FunctionTask, UsageError
from boxscore.adapters.entry_points import task_of_tests


@pytest.mark.parametrize(
    ("tests", "program", "name"),
    [
        ("assert sum(10, 15) == 6", "def sum(a, b): return 6", "sum"),
        (["assert sum(10, 15) == 6"], "I do not know", "sum"),
        ("assert set(sum(1, 2)) == {1}", "```python\ndef sum(a, b):\n    return [1]\n```", "sum"),
        ("assert len(f(1)) == 2", "def len(x): return 2\ndef f(x): return x", "f"),
    ],
)
def test_what_is_tested(tests: object, program: str, name: str) -> None:
    task = task_of_tests(tests, [program])

    assert isinstance(task, FunctionTask)
    assert task.names == (name,)


@pytest.mark.parametrize(
    "tests", ["assert True", "assert (", ["assert sum(1)", 7], 7, "assert abs(isclose(sqrt(1), 1)) == 1"]
)
def test_tests_of_nothing(tests: object) -> None:
    with pytest.raises(UsageError):
        task_of_tests(tests, [])
