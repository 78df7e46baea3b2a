"""Graders without boxes: they answer as told, so many requests at once, and keep what they were asked."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import boxscore
from tests.fake_graders import FakeCall, FakeGrader, FakeSyncGrader

PASSED, WRONG = boxscore.Outcome.PASSED, boxscore.Outcome.WRONG


def test_an_answer_is_an_outcome_a_mapping_or_a_function() -> None:
    """By code; a function sees the whole request, and may raise."""

    def answer(call: FakeCall) -> boxscore.Outcome:
        if call.method == "run_code":
            raise boxscore.SandboxUnavailable("none")
        return PASSED if call.options.get("tests") else WRONG

    by_code, by_function = FakeSyncGrader({"a": PASSED, "b": WRONG}), FakeSyncGrader(answer)

    assert [by_code.grade({"task_id": "t", "solution": code}).outcome for code in "ab"] == [PASSED, WRONG]
    assert by_function.grade_tests("x", "assert f()", sample_id="mine").sample_id == "mine"
    assert by_function.grade_task(boxscore.FunctionTask(entry_point="f", names=("f",)), "x").outcome is WRONG
    with pytest.raises(boxscore.SandboxUnavailable):
        by_function.run_code("x", stdin="y")
    assert [one.method for one in by_function.calls] == ["grade_tests", "grade_task", "run_code"]


def test_a_fake_lets_others_wait() -> None:
    """No more are at work than it has workers, and one that is cancelled is counted."""

    async def body() -> None:
        async with FakeGrader(workers=2, delay_s=0.05) as grader:
            calls = [asyncio.ensure_future(grader.grade_tests("x", "t")) for _ in range(5)]
            await asyncio.sleep(0.01)
            assert (grader.busy, grader.waiting, grader.workers) == (2, 3, 2)
            calls[4].cancel()
            results: list[Any] = await asyncio.gather(*calls, return_exceptions=True)
        assert [getattr(one, "outcome", None) for one in results] == [PASSED] * 4 + [None]
        assert (grader.fake.cancelled, len(grader.calls), grader.fake.is_open) == (1, 4, False)

    asyncio.run(asyncio.wait_for(body(), 60))


def test_a_fake_knows_the_instances_that_it_is_given() -> None:
    """And refuses others, as the real one does."""
    one = boxscore.Instance(instance_id="t/1", prompt="", row={})
    grader = FakeSyncGrader(instances={"t/1": one})

    assert [r.outcome for r in grader.stream([{"task_id": "t/1", "solution": ""}])] == [PASSED]
    with pytest.raises(boxscore.UsageError, match="unknown instance"):
        grader.grade({"task_id": "t/2", "solution": ""})
