"""Reward functions for TRL's `GRPOTrainer`: `reward_funcs=code_reward`.

A reward is 1.0 or 0.0, and None, which TRL leaves out, for an answer that was not judged for no fault of its own and
for a row without tests. `boxscore.adapters.columns` says in which columns tests are looked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.adapters.engine import grade_all, grade_all_async
from boxscore.adapters.rewards import reward_of, submissions_of_batch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.adapters.engine import Submission
    from boxscore.records import Result

DIALECT = "trl"


def code_reward(
    prompts: Sequence[object],  # noqa: ARG001 - TRL gives it by this name
    completions: Sequence[object],
    completion_ids: Sequence[object] | None = None,  # noqa: ARG001 - as above
    **columns: object,
) -> list[float | None]:
    """Reward each completion that passes all tests of its row.

    Raises:
        UsageError: The data set has no column of tests, or the tests of a row cannot be read.
        SandboxUnavailable: No sandbox can be had: nothing would ever be judged.
    """
    submissions = submissions_of_batch(completions, columns)
    return _rewards(submissions, grade_all([one for one in submissions if one is not None]), columns)


async def async_code_reward(
    prompts: Sequence[object],  # noqa: ARG001 - as above
    completions: Sequence[object],
    completion_ids: Sequence[object] | None = None,  # noqa: ARG001 - as above
    **columns: object,
) -> list[float | None]:
    """Do what `code_reward` does, side by side with other asynchronous reward functions."""
    submissions = submissions_of_batch(completions, columns)
    results = await grade_all_async([one for one in submissions if one is not None])
    return _rewards(submissions, results, columns)


def _rewards(
    submissions: Sequence[Submission | None], results: Sequence[Result], columns: dict[str, object]
) -> list[float | None]:
    judged = iter(results)
    rewards = [None if one is None else reward_of(next(judged), dialect=DIALECT) for one in submissions]
    log_metric = columns.get("log_metric")
    if callable(log_metric) and results:
        given = sum(reward is not None for reward in rewards)
        log_metric("boxscore/withheld", 1 - given / len(results))
    return rewards
