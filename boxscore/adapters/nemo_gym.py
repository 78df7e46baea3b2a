"""The `/verify` of a resources server of NeMo-Gym, as a function of the request's body.

`boxscore serve` answers the route of that name by the same functions. An answer that could not be judged for no fault
of its own becomes a row with `_ng_failure_class` and without `reward`: NeMo-Gym keeps such rows out of its metrics and
judges them again when a run is resumed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boxscore.adapters.columns import find_tests, read_tests
from boxscore.adapters.engine import grade_all
from boxscore.adapters.rewards import Question, reward_of, submission_of
from boxscore.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boxscore.adapters.engine import Submission
    from boxscore.records import Limits, Result

DIALECT = "nemo-gym"
FAILURE_CLASS = "_ng_failure_class"  # the field of a row
FAILURE_REASON = "_ng_failure_judge_error"
JUDGE_FAILED = "judge_failed"  # the only class that NeMo-Gym judges again


def verify(body: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a request to `/verify`: its body with `reward`, or with a class of failure and no reward.

    Tests are `unit_tests` of `verifier_metadata`, or a column of it as a training row may have. Raises UsageError for
    a body without an answer or tests.
    """
    submission = submission_of_body(body)
    (result,) = grade_all([submission])
    return answer_of_result(body, submission, result)


def submission_of_body(body: Mapping[str, Any], *, limits: Limits | None = None) -> Submission:
    """Make a submission of a request's body; limits are the shared engine's unless given. Raises UsageError."""
    metadata = body.get("verifier_metadata")
    if not isinstance(metadata, dict):
        raise UsageError("verifier_metadata must be an object with unit_tests")
    units = metadata.get("unit_tests")
    tests = find_tests(metadata) if units is None else read_tests({**metadata, "unit_tests": units})
    if tests is None:
        raise UsageError("verifier_metadata has no unit_tests")
    return submission_of(Question(completion=output_text(body.get("response")), tests=tests), limits=limits)


def answer_of_result(body: Mapping[str, Any], submission: Submission, result: Result) -> dict[str, Any]:
    """Make the answer: the body, with the fields that NeMo-Gym's own server for code adds, or with a failure."""
    reward = reward_of(result, dialect=DIALECT)
    kept = {key: value for key, value in body.items() if key not in ("reward", FAILURE_CLASS, FAILURE_REASON)}
    if reward is None:
        return {**kept, FAILURE_CLASS: JUDGE_FAILED, FAILURE_REASON: result.reason}
    return {
        **kept,
        "reward": reward,
        "extracted_model_output": output_text(body.get("response")) or None,
        "extracted_model_code": submission.code,
        "metadata": {"outcome": result.outcome.value, "reason": result.reason, "trust": result.trust.value},
        "unit_tests_time_taken": result.wall_s,
    }


def output_text(response: object) -> str:
    """Give the text that a model answered, out of a response of the Responses API. Raises UsageError."""
    if not isinstance(response, dict) or not isinstance(response.get("output"), list):
        raise UsageError("response must be an object with a list `output`")
    messages = [item for item in response["output"] if isinstance(item, dict) and item.get("type") == "message"]
    contents = [item["content"] for item in messages if isinstance(item.get("content"), list)]
    parts = [part for content in contents for part in content if isinstance(part, dict)]
    return "".join(str(part.get("text") or "") for part in parts if part.get("type") == "output_text")
