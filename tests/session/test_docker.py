"""Sessions in containers: functions, and patches with images of their own."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

import boxscore
from boxscore.records import Outcome

pytestmark = pytest.mark.docker

SPANS = "tiny/merge-spans"
WRONG = {"task_id": SPANS, "solution": "def merge_spans(spans): return []"}
ENDLESS = {"task_id": SPANS, "solution": "while True: pass"}
PATCHES = Path(__file__).parents[2] / "instances" / "tiny_patches" / "samples.jsonl"
LONG_S = 100.0


def test_containers_stay_open_and_end_when_a_call_is_cancelled(python_image: str) -> None:
    """A session in the Python image: a verdict, one that is given up, another verdict, and inline tests."""

    async def body() -> None:
        async with boxscore.Grader("tiny", backend="docker", workers=1, image=python_image) as grader:
            first = await grader.grade(WRONG)
            endless = asyncio.ensure_future(grader.grade(ENDLESS))
            await asyncio.sleep(0.3)
            endless.cancel()
            second = await grader.grade(WRONG)
            inline = await grader.grade_tests("def f(x): return x + 1", "assert f(1) == 2")
        assert [first.outcome, second.outcome, inline.outcome] == [Outcome.WRONG, Outcome.WRONG, Outcome.PASSED]
        assert first.conditions is not None
        assert (first.conditions.image, first.key) == (python_image, second.key)
        assert endless.cancelled()

    asyncio.run(asyncio.wait_for(body(), LONG_S))


@pytest.mark.slow
def test_patches_are_graded_one_at_a_time(docker_backend: boxscore.Backend) -> None:
    """Images are made when they are asked for; code with tests goes into the Python image beside them."""
    assert docker_backend.name == "docker"
    rows = [json.loads(line) for line in PATCHES.read_text("utf-8").splitlines()]
    row = next(row for row in rows if row["expect"] == "passed")

    with boxscore.SyncGrader("tiny-patches", backend="docker", workers=1) as grader:
        patch = grader.grade({"instance_id": row["instance_id"], "patch": row["solution"]})
        inline = grader.grade_tests("def f(x): return x + 1", "assert f(1) == 2")

    assert (patch.outcome, inline.outcome) == (Outcome.PASSED, Outcome.PASSED)
