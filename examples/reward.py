"""A trainer's reward: 64 answers at once, each run against the tests that come with its prompt.

    pip install .
    python examples/reward.py

A reward is 1.0 for a pass, 0.0 for a fail, and None where boxscore itself failed: leave such a sample out of the batch,
since it says nothing about the answer.
"""

from __future__ import annotations

import asyncio

import boxscore

PROMPT = "Write a function `double(n)` that returns twice n."
TESTS = "assert double(2) == 4\nassert double(-1) == -2\nassert double(0) == 0\n"
ANSWERS = [
    "def double(n): return n + n",
    "def double(n): return n * n",
    "def double(n):\n    while True: pass",
    "import os\nos._exit(0)  # leaves before the tests can fail",
]
GROUP = 64


async def reward(grader: boxscore.Grader, answer: str) -> float | None:
    """Grade one answer."""
    result = await grader.grade_tests(answer, TESTS, limits=boxscore.Limits(cpu_s=1.0, wall_s=3.0))
    return None if result.outcome == "internal" else float(result.outcome == "passed")


async def rewards(answers: list[str]) -> list[float | None]:
    """Grade a batch; the boxes stay open between batches of one grader."""
    async with boxscore.Grader() as grader:
        return await asyncio.gather(*(reward(grader, answer) for answer in answers))


def main() -> None:
    """Print the rewards of a batch, as a trainer would get them."""
    answers = [ANSWERS[number % len(ANSWERS)] for number in range(GROUP)]
    found = asyncio.run(rewards(answers))
    for answer in ANSWERS:
        print(f"{found[answers.index(answer)]}  {answer.splitlines()[-1].strip()}")
    print(f"{found.count(1.0)} of {len(found)} answers are right")


if __name__ == "__main__":
    main()
