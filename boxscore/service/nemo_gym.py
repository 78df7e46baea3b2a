"""NeMo-Gym's resources server for code; `boxscore.adapters.nemo_gym` says what becomes of a row."""

from __future__ import annotations

import asyncio
import statistics
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from boxscore.adapters import nemo_gym
from boxscore.adapters.engine import no_code_result
from boxscore.adapters.nemo_gym import FAILURE_CLASS, FAILURE_REASON
from boxscore.errors import UsageError
from boxscore.records import Limits, Trust
from boxscore.service.body import read_request
from boxscore.service.native import TRUST_HEADER
from boxscore.service.refusals import JsonResponse
from boxscore.service.settings import lowered

if TYPE_CHECKING:
    from starlette.requests import Request

    from boxscore.protocols.contract import Task
    from boxscore.records import Result
    from boxscore.service.dispatcher import Dispatcher

_TASK_INDEX = "_ng_task_index"
_MOST_REWARD = 1e100  # far from where sums and squares of floats end


class VerifyRequest(Struct, frozen=True, kw_only=True):
    """What `/verify` looks at; the answer repeats the whole request.

    The model's answer is the text of `response.output`. `verifier_metadata.unit_tests` has `inputs`, `outputs` and
    `fn_name`, or these packed as NeMo-Gym's data has them. A pass below `least_trust` gets no reward.
    """

    responses_create_params: dict[str, Any]
    response: dict[str, Any]
    verifier_metadata: dict[str, Any] | None = None
    least_trust: Trust | None = None


class VerifyResponse(Struct, frozen=True, kw_only=True):
    """What `/verify` adds to the request: a reward, or where there is no verdict `_ng_failure_class` and why."""

    reward: float | msgspec.UnsetType = msgspec.UNSET
    extracted_model_output: str | None = None
    extracted_model_code: str | None = None
    metadata: dict[str, Any] | None = None
    unit_tests_time_taken: float | None = None
    failure_class: str | msgspec.UnsetType = msgspec.field(name=FAILURE_CLASS, default=msgspec.UNSET)
    failure_reason: str | msgspec.UnsetType = msgspec.field(name=FAILURE_REASON, default=msgspec.UNSET)


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
        """Reward an answer with 1 or 0, or say that it was not judged."""
        row = await read_request(request.receive, dict[str, Any], self._dispatcher.settings)
        try:
            least_trust = msgspec.convert(row, VerifyRequest).least_trust
        except msgspec.ValidationError as error:
            raise UsageError(str(error)) from None
        limits = lowered(Limits(cpu_s=10.0), self._dispatcher.settings.most)
        submission = await asyncio.to_thread(nemo_gym.submission_of_body, row, limits=limits)
        if submission.code is None:
            result = no_code_result()
        else:
            work = self._graded(submission.task, submission.code, least_trust)
            result = await self._dispatcher.unless_gone(request.receive, work)
        request.state.log.update(outcome=result.outcome.value)
        return JsonResponse(
            nemo_gym.answer_of_result(row, submission, result), headers={TRUST_HEADER: result.trust.value}
        )

    async def aggregate_metrics(self, request: Request) -> JsonResponse:
        """Sum rewards up; rows without a verdict are left out."""
        asked = await read_request(request.receive, MetricsRequest, self._dispatcher.settings)
        return JsonResponse(_aggregated(asked.verify_responses))

    async def _graded(self, task: Task, code: str, least_trust: Trust | None) -> Result:
        return await self._dispatcher.grade(lambda grader: grader.grade_task(task, code), least_trust=least_trust)


def _aggregated(rows: list[dict[str, Any]]) -> AggregateMetrics:
    groups: dict[int, list[float]] = defaultdict(list)
    for row in rows:
        reward, task = row.get("reward"), row.get(_TASK_INDEX, 0)
        if row.get(FAILURE_CLASS) is None and isinstance(reward, int | float) and isinstance(task, int):
            if not abs(reward) <= _MOST_REWARD:
                raise UsageError(f"verify_responses: a reward must be between -{_MOST_REWARD:g} and {_MOST_REWARD:g}")
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
