"""NeMo-Gym's resources server for code; `boxscore.adapters.nemo_gym` says what becomes of a row."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from boxscore.adapters import nemo_gym
from boxscore.adapters.engine import no_code_result
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


class VerifyRequest(Struct, frozen=True, kw_only=True):
    """What `/verify` looks at; the answer repeats the whole request.

    The model's answer is the text of `response.output`. `verifier_metadata.unit_tests` has `inputs`, `outputs` and
    `fn_name`, or these packed as NeMo-Gym's data has them. A pass below `least_trust` gets no reward.
    """

    responses_create_params: dict[str, Any]
    response: dict[str, Any]
    verifier_metadata: dict[str, Any] | None = None
    least_trust: Trust | None = None


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

    async def _graded(self, task: Task, code: str, least_trust: Trust | None) -> Result:
        return await self._dispatcher.grade(lambda grader: grader.grade_task(task, code), least_trust=least_trust)
