"""Reward functions for slime: `--custom-rm-path boxscore.adapters.slime.custom_rm`.

slime has no word for "no reward": what could not be judged for no fault of the answer raises `boxscore.NoVerdict`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from boxscore.adapters.engine import grade_all_async
from boxscore.adapters.rewards import reward_or_raise, submission_of_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.adapters.engine import Submission

DIALECT = "slime"


@overload
async def custom_rm(args: object, sample: Sequence[Any], **options: object) -> list[float]: ...
@overload
async def custom_rm(args: object, sample: Any, **options: object) -> float: ...


async def custom_rm(args: object, sample: Any, **options: object) -> float | list[float]:
    """Reward a sample, or each of several, as slime gives a list where it asks for a group at once.

    Tests are the sample's `label`, or a column of its `metadata`. A reward is 1.0 for an answer that passes them
    all, else 0.0.

    Raises:
        NoVerdict: It was not judged, for no fault of the answer.
        UsageError: The sample has no tests, or they cannot be read.
    """
    if isinstance(sample, list | tuple):
        return await batched_custom_rm(args, sample, **options)
    return (await batched_custom_rm(args, [sample], **options))[0]


async def batched_custom_rm(args: object, samples: Sequence[Any], **_options: object) -> list[float]:  # noqa: ARG001 - slime's signature
    """Reward several samples; see `custom_rm`."""
    results = await grade_all_async([_submission(sample) for sample in samples])
    return [reward_or_raise(result, dialect=DIALECT) for result in results]


def _submission(sample: Any) -> Submission:
    metadata = sample.metadata if isinstance(sample.metadata, dict) else {}
    label = None if sample.label in (None, "") else sample.label
    row = metadata if label is None else {**metadata, "tests": label}
    missing = "a sample of slime has no tests: neither a label nor a column of tests in its metadata"
    return submission_of_row(sample.response, row, missing=missing)
