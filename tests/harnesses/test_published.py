"""The harnesses on the published data, without a sandbox: loading, tasks, oracles."""

from __future__ import annotations

import os

import pytest

from boxscore import FunctionTask
from boxscore.data.fetch import resolve
from boxscore.data.plugins import load_harness
from harnesses.evalplus.shared import evalplus_checker

SIZES = {
    "humaneval": 164,
    "humanevalplus": 164,
    "mbpp": 974,
    "mbpp-sanitized": 427,
    "mbppplus": 378,
    "humaneval-pro": 164,
    "mbpp-pro": 378,
}


@pytest.mark.data
@pytest.mark.parametrize("name", SIZES)
def test_published_rows_become_tasks(name: str) -> None:
    if "BOXSCORE_DATA" not in os.environ:
        pytest.skip("BOXSCORE_DATA is not set")
    harness = load_harness(name)
    data = resolve(harness.source)

    instances = harness.load(data.path)

    assert data.published
    assert len(instances) == SIZES[name]
    for instance in instances:
        task = harness.task(instance)
        assert isinstance(task, FunctionTask)
        assert task.reference
        assert task.names
        assert (task.tests is None) != (task.inputs is None)
        assert harness.prompt(instance)[-1]["role"] == "user"


@pytest.mark.parametrize(
    ("index", "answer", "near"),
    [
        (0, 1 + 1e-5, False),
        (1, 2.0 + 9e-7, True),
        (2, 3 + 0, True),
        (2, 3.0000001, False),
        (3, [1, 2 + 1], False),
        (4, float("nan"), False),
    ],
)
def test_floats_make_later_answers_near(index: int, answer: object, near: object) -> None:
    namespace: dict[str, object] = {}
    exec(evalplus_checker(atol=0, base=1), namespace)
    expected = [1, 2.0, 3, [1, 2], float("nan")]

    judge = namespace["judge"]

    assert callable(judge)
    assert judge(index, answer == expected[index], answer, expected) is near
