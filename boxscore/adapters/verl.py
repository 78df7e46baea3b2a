"""A reward function for verl: `reward.custom_reward_function.path` is this file's, `name` is `compute_score`.

verl has no word for "no reward". What could not be judged for no fault of the answer raises `boxscore.NoVerdict`: the
reward managers `naive` and `dapo` let it through and the step fails; `prime` and `rate_limited` make 0.0 of any
error, so do not use them with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boxscore.adapters.engine import grade_all
from boxscore.adapters.rewards import reward_or_raise, submission_of_row

if TYPE_CHECKING:
    from collections.abc import Mapping

DIALECT = "verl"


def compute_score(  # noqa: PLR0913 - verl's signature
    data_source: str,
    solution_str: str,
    ground_truth: object,
    extra_info: Mapping[str, Any] | None = None,
    *,
    continuous: bool = False,
    detailed: bool = False,
    **_options: object,
) -> float | dict[str, float | str]:
    """Score an answer by `{"inputs": […], "outputs": […], "fn_name": …, "assert_case": […]}`, a dict or JSON of it.

    Other forms of tests will do, as `boxscore.inline_task` has them. A score is 1.0 for an answer that passes all
    tests, else 0.0; with `continuous` the share of the cases of a program that pass. With `detailed` it is a dict that
    verl logs: `score`, `acc` and `outcome`. Give both as `reward_kwargs`. `extra_info` may name `language` and
    `entry_point`.

    Raises:
        NoVerdict: It was not judged, for no fault of the answer.
        UsageError: The tests cannot be read.
    """
    about = {key: value for key, value in (extra_info or {}).items() if key in ("language", "entry_point")}
    row, missing = {"ground_truth": ground_truth, **about}, f"a row of {data_source!r} has no ground_truth"
    (result,) = grade_all([submission_of_row(solution_str, row, missing=missing, share=continuous)])
    score = reward_or_raise(result, dialect=DIALECT, share=continuous)
    if detailed:
        return {"score": score, "acc": score, "outcome": result.outcome.value}
    return score
