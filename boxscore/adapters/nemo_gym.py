"""The `/verify` of a resources server of NeMo-Gym, as a function of the request's body.

What could not be judged for no fault of the answer is a row with `_ng_failure_class`, which NeMo-Gym keeps out of its
metrics and tries again when a run is resumed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boxscore.adapters.columns import find_tests, read_tests
from boxscore.adapters.engine import grade_all, grade_all_async
from boxscore.adapters.rewards import Question, job_of, reward_of
from boxscore.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boxscore.adapters.engine import Job
    from boxscore.records import Result

DIALECT = "nemo-gym"
FAILURE_CLASS = "judge_failed"  # the one that NeMo-Gym judges again


def verify(body: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a request to `/verify`: its body with `reward` and `outcome`, or with a class of failure and no reward.

    Tests are `unit_tests` of `verifier_metadata`, or a column of it as a training row may have. Raises UsageError for
    a body without an answer or tests.
    """
    (result,) = grade_all([job_of_body(body)])
    return answer_of_result(body, result)


async def verify_async(body: Mapping[str, Any]) -> dict[str, Any]:
    """Do what `verify` does, without blocking the event loop."""
    (result,) = await grade_all_async([job_of_body(body)])
    return answer_of_result(body, result)


def job_of_body(body: Mapping[str, Any]) -> Job:
    """Make a job of a request's body. Raises UsageError."""
    metadata = body.get("verifier_metadata")
    if not isinstance(metadata, dict):
        raise UsageError("verifier_metadata must be an object with unit_tests")
    units = metadata.get("unit_tests")
    tests = find_tests(metadata) if units is None else read_tests({**metadata, "unit_tests": units})
    if tests is None:
        raise UsageError("verifier_metadata has no unit_tests")
    return job_of(Question(completion=_text(body.get("response")), tests=tests))


def answer_of_result(body: Mapping[str, Any], result: Result) -> dict[str, Any]:
    """What NeMo-Gym is answered: the body, and beside it what became of it."""
    reward = reward_of(result, dialect=DIALECT)
    kept = {key: value for key, value in body.items() if key not in ("reward", "_ng_failure_class")}
    if reward is None:
        return {**kept, "_ng_failure_class": FAILURE_CLASS, "_ng_failure_judge_error": result.reason}
    return {**kept, "reward": reward, "outcome": result.outcome.value}


def _text(response: object) -> str:
    """The text that a model answered, out of a response of the Responses API."""
    if not isinstance(response, dict) or not isinstance(response.get("output"), list):
        raise UsageError("response must be an object with a list `output`")
    messages = [item for item in response["output"] if isinstance(item, dict) and item.get("type") == "message"]
    parts = [part for item in messages for part in item.get("content") or [] if isinstance(part, dict)]
    return "".join(str(part.get("text") or "") for part in parts if part.get("type") == "output_text")
