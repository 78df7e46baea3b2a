"""Reward functions for AReaL's workflows: `reward_fn="boxscore.adapters.areal.reward_fn"`.

AReaL's `AsyncRewardWrapper` runs a reward function in a pool of processes, tries again what raises and raises its last
error. Of a `TimeoutError` alone, its own after 15 s or the function's, it makes 0 in the end. So `reward_fn` raises
`boxscore.NoVerdict` before that, and never a TimeoutError. What it cannot see is the time that a call waits for a
process of the pool: where rollouts outrun it, set a workflow's `async_reward_fn` to the one here, which needs no
wrapper and of which no 0 can come but a candidate's own.
"""

from __future__ import annotations

from boxscore.adapters.engine import Submission, grade_all, grade_all_async
from boxscore.adapters.rewards import reward_or_raise, submission_of_row
from boxscore.errors import NoVerdict

DIALECT = "areal"
DEADLINE_S = 12.0  # AReaL gives up after 15


def reward_fn(
    prompt: str,  # noqa: ARG001 - AReaL's signature, called by place
    completions: str,
    prompt_ids: object = None,  # noqa: ARG001 - as above
    completion_ids: object = None,  # noqa: ARG001 - as above
    **columns: object,
) -> float:
    """Reward an answer: 1.0 if it passes all tests of its row, else 0.0.

    Raises:
        NoVerdict: It was not judged, for no fault of the answer, or not within 12 s.
        UsageError: The row has no tests, or they cannot be read.
    """
    try:
        (result,) = grade_all([_submission(completions, columns)], deadline_s=DEADLINE_S)
        return reward_or_raise(result, dialect=DIALECT)
    except TimeoutError as error:
        raise NoVerdict(f"no verdict in time: {error}") from error


async def async_reward_fn(
    prompt: str,  # noqa: ARG001 - as above
    completions: str,
    prompt_ids: object = None,  # noqa: ARG001 - as above
    completion_ids: object = None,  # noqa: ARG001 - as above
    **columns: object,
) -> float:
    """Do what `reward_fn` does with no deadline, to be awaited in place of an `AsyncRewardWrapper`."""
    try:
        (result,) = await grade_all_async([_submission(completions, columns)])
        return reward_or_raise(result, dialect=DIALECT)
    except TimeoutError as error:
        raise NoVerdict(f"no verdict in time: {error}") from error


def _submission(completion: str, columns: dict[str, object]) -> Submission:
    return submission_of_row(completion, columns, missing="a row of AReaL's data set has no column of tests")
