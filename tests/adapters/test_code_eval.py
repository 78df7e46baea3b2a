"""The metric `code_eval`: signature and shape of the original."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore import Outcome, UsageError
from boxscore.adapters import engine
from boxscore.adapters.code_eval import code_eval
from tests.fake_graders import FakeSyncGrader

if TYPE_CHECKING:
    from collections.abc import Iterator

TESTS = ["assert add(2, 3) == 5", "def check(candidate):\n    assert candidate(1) == 2\n\ncheck(double)"]
ADD, SUBTRACT, DOUBLE, SLOW = (
    f"def {head}: return {body}"
    for head, body in [
        ("add(a, b)", "a + b"),
        ("add(a, b)", "a - b"),
        ("double(a)", "a * 2"),
        ("double(a)", "double(a)"),
    ]
)


@pytest.fixture(autouse=True)
def configured() -> Iterator[FakeSyncGrader]:
    outcomes = {ADD: Outcome.PASSED, SUBTRACT: Outcome.WRONG, DOUBLE: Outcome.PASSED, SLOW: Outcome.TIMEOUT}
    fake = FakeSyncGrader(outcomes)
    engine.configure(grader=fake)
    yield fake
    engine.configure_from_environment()


def test_shape() -> None:
    estimates, results = code_eval(references=TESTS, predictions=[[ADD, SUBTRACT], [SLOW, DOUBLE]], k=[1, 2, 10])

    assert estimates == {"pass@1": 0.5, "pass@2": 1.0}
    assert results == {
        0: [
            (0, {"task_id": 0, "passed": True, "result": "passed", "completion_id": 0}),
            (1, {"task_id": 0, "passed": False, "result": "failed: wrong", "completion_id": 1}),
        ],
        1: [
            (0, {"task_id": 1, "passed": False, "result": "timed out", "completion_id": 0}),
            (1, {"task_id": 1, "passed": True, "result": "passed", "completion_id": 1}),
        ],
    }


def test_time_is_the_tasks_limit(configured: FakeSyncGrader) -> None:
    code_eval(TESTS[:1], [[ADD]], 1, num_workers=9, timeout=7.0)

    (call,) = configured.calls
    assert call.code == ADD
    assert call.options["task"].limits.cpu_s == 7.0
    assert call.options["task"].names == ("add",)


def test_lists_of_different_lengths() -> None:
    with pytest.raises(UsageError, match="1 references and 2 lists"):
        code_eval(TESTS[:1], [[ADD], [ADD]])
