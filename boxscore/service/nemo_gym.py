"""NeMo-Gym's resources server for code: what a rollout asks for a reward.

Where the trouble is ours the row carries `_ng_failure_class`: NeMo-Gym keeps it out of its metrics and tries it again.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from boxscore.errors import UsageError
from boxscore.records import Limits, Outcome
from boxscore.service.body import read_request
from boxscore.service.fences import fenced_program
from boxscore.service.native import TRUST_HEADER
from boxscore.service.refusals import JsonResponse
from boxscore.service.settings import lowered

if TYPE_CHECKING:
    from starlette.requests import Request

    from boxscore.records import Result
    from boxscore.service.dispatcher import Dispatcher
    from boxscore.session.grader import Grader

FAILURE_CLASS = "_ng_failure_class"
_TASK_INDEX = "_ng_task_index"


class VerifyRequest(Struct, frozen=True, kw_only=True):
    """What `/verify` looks at; the answer repeats the whole request.

    The model's answer is the text of `response.output`. `verifier_metadata.unit_tests` has `inputs`, `outputs` and
    `fn_name`.
    """

    responses_create_params: dict[str, Any]
    response: dict[str, Any]
    verifier_metadata: dict[str, Any] | None = None


class VerifyResponse(Struct, frozen=True, kw_only=True):
    """What `/verify` adds to the request. `_ng_failure_class` is there only where there is no verdict."""

    reward: float
    extracted_model_output: str | None = None
    extracted_model_code: str | None = None
    metadata: dict[str, Any] | None = None
    unit_tests_time_taken: float | None = None
    failure_class: str | None = msgspec.field(name=FAILURE_CLASS, default=None)


class MetricsRequest(Struct, frozen=True, kw_only=True):
    """Answers of `/verify`, each with `reward` and `_ng_task_index`."""

    verify_responses: list[dict[str, Any]]


class AggregateMetrics(Struct, frozen=True, kw_only=True):
    """Statistics of rewards: of each task, of all, and the main one."""

    group_level_metrics: list[dict[str, Any]] = []
    agent_metrics: dict[str, Any] = {}
    key_metrics: dict[str, Any] = {}


class NemoGym:
    """The endpoints of a resources server."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher

    async def seed_session(self, request: Request) -> JsonResponse:
        """Begin a rollout, of which nothing need be known."""
        await read_request(request.receive, dict[str, Any], self._dispatcher.settings)
        return JsonResponse({})

    async def reverify_mode(self, _request: Request) -> JsonResponse:
        """Say that a verdict depends on the request alone."""
        return JsonResponse("stateless")

    async def verify(self, request: Request) -> JsonResponse:
        """Reward an answer with 1 or 0."""
        row = await read_request(request.receive, dict[str, Any], self._dispatcher.settings)
        try:
            asked = msgspec.convert(row, VerifyRequest)
        except msgspec.ValidationError as error:
            raise UsageError(str(error)) from None
        text = _output_text(asked.response)
        code = fenced_program(text)
        if code is None:
            return JsonResponse({**row, "reward": 0.0, "extracted_model_output": text or None})
        result = await self._dispatcher.unless_gone(request.receive, self._graded(code, asked.verifier_metadata))
        request.state.log.update(outcome=result.outcome.value)
        reward = {
            "reward": float(result.outcome is Outcome.PASSED),
            "extracted_model_output": text,
            "extracted_model_code": code,
            "metadata": {"outcome": result.outcome.value, "reason": result.reason, "trust": result.trust.value},
            "unit_tests_time_taken": result.wall_s,
        }
        if result.outcome is Outcome.INTERNAL:
            reward[FAILURE_CLASS] = "sandbox_error"
        return JsonResponse({**row, **reward}, headers={TRUST_HEADER: result.trust.value})

    async def aggregate_metrics(self, request: Request) -> JsonResponse:
        """Sum rewards up; rows without a verdict are left out."""
        asked = await read_request(request.receive, MetricsRequest, self._dispatcher.settings)
        return JsonResponse(_aggregated(asked.verify_responses))

    async def _graded(self, code: str, metadata: dict[str, Any] | None) -> Result:
        tests = (metadata or {}).get("unit_tests")
        if not isinstance(tests, dict):
            raise UsageError("verifier_metadata: unit_tests is missing")
        named = {key: tests[key] for key in ("fn_name", "inputs", "outputs") if tests.get(key) is not None}
        limits = lowered(Limits(cpu_s=10.0), self._dispatcher.settings.most)

        async def graded(grader: Grader) -> Result:
            return await grader.grade_tests(code, named, limits=limits)

        return await self._dispatcher.grade(graded)


def _output_text(response: dict[str, Any]) -> str:
    """The text of a response of the Responses API: of all its messages, one after the other."""
    output = response.get("output")
    texts = [
        part["text"]
        for item in (output if isinstance(output, list) else [])
        if isinstance(item, dict) and item.get("type") == "message" and isinstance(item.get("content"), list)
        for part in item["content"]
        if isinstance(part, dict) and part.get("type") == "output_text" and isinstance(part.get("text"), str)
    ]
    return "".join(texts)


def _aggregated(rows: list[dict[str, Any]]) -> AggregateMetrics:
    groups: dict[int, list[float]] = defaultdict(list)
    for row in rows:
        reward, task = row.get("reward"), row.get(_TASK_INDEX, 0)
        if row.get(FAILURE_CLASS) is None and isinstance(reward, int | float) and isinstance(task, int):
            groups[task].append(float(reward))
    if not groups:
        return AggregateMetrics()
    everything = _moments([one for rewards in groups.values() for one in rewards])
    return AggregateMetrics(
        group_level_metrics=[{**_moments(groups[task]), _TASK_INDEX: task} for task in sorted(groups)],
        agent_metrics=everything,
        key_metrics={"mean/reward": everything["mean/reward"]},
    )


def _moments(rewards: list[float]) -> dict[str, float]:
    return {
        "mean/reward": statistics.fmean(rewards),
        "max/reward": max(rewards),
        "min/reward": min(rewards),
        "median/reward": statistics.median(rewards),
        "std/reward": statistics.stdev(rewards) if len(rewards) > 1 else 0.0,
    }
