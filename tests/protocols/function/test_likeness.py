"""Inputs like those of the tests, on which programs are compared with the reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from boxscore.protocols.contract import Batch, Candidate, Opening
from boxscore.protocols.function.likeness import differing
from boxscore.protocols.function.protocol import PROTOCOL
from boxscore.protocols.function.task import FunctionTask
from boxscore.records import Outcome, Trust

if TYPE_CHECKING:
    from boxscore.protocols.contract import Likeness

REFERENCE = (
    "def f(words, most):\n    if most > 3:\n        raise ValueError\n    return [one[:most] for one in words]\n"
)
TESTS = "def check(g):\n    assert g(['abc', 'bd'], 2) == ['ab', 'bd']\n    assert g(['d'], 4 - 3) == 1\n\n\ncheck(f)\n"
TASK = FunctionTask(entry_point="f", names=("f",), tests=TESTS, reference=REFERENCE)


def made(task: FunctionTask, most: int = 30, seed: int = 0) -> Likeness:
    found = PROTOCOL.likeness(task, most=most, seed=seed)
    assert found is not None
    return found


def arguments(found: Likeness) -> list[tuple[Any, ...]]:
    assert isinstance(found.task, FunctionTask)
    assert found.task.inputs is not None
    return list(found.task.inputs.arguments)


def test_inputs_are_like_those_that_tests_write_out() -> None:
    found = made(TASK)
    given = arguments(found)

    assert len(set(map(repr, given))) == len(given) > 10
    assert (["abc", "bd"], 2) not in given
    for words, most in given:
        assert {letter for one in words for letter in one} <= set("abcd")
        assert 1 <= len(words) <= 3
        assert 1 <= most <= 5
    assert found.inputs[0] == f"f({given[0][0]!r}, {given[0][1]!r})"


@pytest.mark.parametrize(
    "task",
    [
        replace(TASK, reference=None),
        replace(TASK, reference="class f:\n    pass\n"),
        replace(TASK, reference="def f(:"),
        replace(TASK, tests="assert f(*x) == 1\n"),
        replace(TASK, tests="assert f() == 1\n"),
        replace(TASK, tests="assert f(:"),
    ],
)
def test_nothing_to_compare_with(task: FunctionTask) -> None:
    assert PROTOCOL.likeness(task, most=5, seed=0) is None


def test_asserts_alone() -> None:
    task = PROTOCOL.on_asserts(replace(TASK, helpers="import math\n"), ("assert f([], 0) == []",))

    assert task is not None
    assert (task.tests, task.inputs, task.helpers) == ("assert f([], 0) == []\n", None, "import math\n")


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (REFERENCE, Outcome.PASSED),
        (REFERENCE.replace("ValueError", "KeyError"), Outcome.PASSED),
        (REFERENCE.replace("[:most]", "[1:most]"), Outcome.WRONG),
        (REFERENCE.replace("return", "while True:\n        pass\n    return"), Outcome.WRONG),
    ],
)
def test_programs_are_compared_in_a_box(local_backend: Any, tmp_path: Any, code: str, outcome: Outcome) -> None:
    found = made(TASK)
    candidate = Candidate(sample_id="0", code=code + found.behind)
    batch = Batch(instance_id="i", task=found.task, trust=Trust.ORACLE, candidates=(candidate,))

    with PROTOCOL.open(Opening(backend=local_backend, image=None, cache=tmp_path)) as grader:
        (result,) = grader.grade(batch)

    assert (result.outcome, result.reason == "") == (outcome, outcome is Outcome.PASSED)
    number = differing(result.reason)
    assert number is None or number < len(found.inputs)
