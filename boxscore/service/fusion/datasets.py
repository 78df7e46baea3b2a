"""`/submit`: the service's benchmark as a data set of SandboxFusion's.

The verdict is made here and not by the caller, under the benchmark's own trust. A row that comes with its tests
(`provided_data`) is graded as a program.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec

from boxscore.data.plugin_calls import extract_code
from boxscore.errors import UsageError
from boxscore.protocols.program.task import ProgramDetail
from boxscore.records import Limits, Outcome, Sample, SampleKind
from boxscore.service.body import read_request
from boxscore.service.dispatcher import reward_known
from boxscore.service.fusion.fences import fenced_program
from boxscore.service.fusion.records import (
    EvalResult,
    EvalTestCase,
    SubmitRequest,
)
from boxscore.service.fusion.run_code import LANGUAGES, response_of
from boxscore.service.native import TRUST_HEADER, benchmark_name
from boxscore.service.refusals import JsonResponse, Refusal
from boxscore.service.settings import lowered, within

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from boxscore.records import Instance, Result
    from boxscore.service.dispatcher import Dispatcher
    from boxscore.session.grader import Grader

OWN_ROWS = "CommonOJDataset"  # the one type of rows that may come with a request
_FENCE = "```"


class Datasets:
    """The endpoints that know problems by data set and id."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher, self._settings = dispatcher, dispatcher.settings
        self._asking = asyncio.Lock()  # a harness is asked one thing at a time

    async def submit(self, request: Request) -> JsonResponse:
        """Grade an answer; 503 where boxscore itself fails and there is no verdict, and for a pass that is withheld."""
        asked = await read_request(request.receive, SubmitRequest, self._settings)
        if asked.config.custom_extract_logic is not None:
            raise Refusal(
                422,
                "invalid",
                "custom_extract_logic is not supported: no code of callers runs outside a box",
            )
        own = asked.config.dataset_type is not None or asked.config.provided_data is not None
        work = self._submitted_program(asked) if own else self._submitted(asked)
        answer, result = await self._dispatcher.unless_gone(request.receive, work)
        request.state.log.update(outcome=result.outcome.value, instance=result.instance_id)
        return JsonResponse(answer, headers={TRUST_HEADER: result.trust.value})

    async def _submitted(self, asked: SubmitRequest) -> tuple[EvalResult, Result]:
        self._check(asked.dataset)
        instance = self._instance(asked.id)
        sample = Sample(instance_id=instance.instance_id, sample_id="0", text=asked.completion, kind=SampleKind.ANSWER)
        harness = self._dispatcher.grader.harness
        async with self._asking:
            code = None if harness is None else await asyncio.to_thread(extract_code, harness, instance, sample)
        result = await self._rewarded(lambda grader: grader.grade(sample), asked)
        return _evaluated(asked, code, result, "python"), result

    async def _submitted_program(self, asked: SubmitRequest) -> tuple[EvalResult, Result]:
        config = asked.config
        language = LANGUAGES.get(config.language or "")
        if language is None:
            raise Refusal(400, "invalid", f"config.language must be one of {', '.join(LANGUAGES)}")
        if config.dataset_type not in (None, OWN_ROWS):
            raise Refusal(400, "unknown_dataset", f"eval class {config.dataset_type} not found")
        tests = _stdio_tests(_row(config.provided_data, asked.id))
        code = fenced_program(asked.completion)
        seconds = config.run_timeout or 10.0
        usual = msgspec.structs.replace(lowered(Limits(), self._settings.most), cpu_s=seconds, wall_s=seconds + 5)
        limits = within(usual, self._settings.most)

        async def graded(grader: Grader) -> Result:
            return await grader.grade_tests(code or "", tests, language=language, limits=limits)

        result = await self._rewarded(graded, asked)
        return _evaluated(asked, code, result, language), result

    async def _rewarded(self, work: Callable[[Grader], Awaitable[Result]], asked: SubmitRequest) -> Result:
        return reward_known(await self._dispatcher.grade(work, least_trust=asked.least_trust), self._dispatcher)

    def _check(self, dataset: str) -> None:
        if dataset != benchmark_name(self._dispatcher):
            raise Refusal(400, "unknown_dataset", f"no eval class found for dataset {dataset}")

    def _instance(self, identity: str | int) -> Instance:
        found = self._dispatcher.grader.instances.get(str(identity))
        if found is None:
            raise Refusal(404, "unknown_id", f"no problem {str(identity)[:80]!r}")
        return found


def _evaluated(asked: SubmitRequest, code: str | None, result: Result, language: str) -> EvalResult:
    passed = result.outcome is Outcome.PASSED
    detail = ProgramDetail.of(result)
    if detail is not None and detail.cases:
        tests = [
            EvalTestCase(
                passed=case.outcome is Outcome.PASSED, exec_info=response_of(result, language, index), test_info=None
            )
            for index, case in enumerate(detail.cases)
        ]
    else:
        tests = [EvalTestCase(passed=passed, exec_info=response_of(result, language))]
    kind = "empty" if code is None else "fenced" if _FENCE in asked.completion else "heuristic"
    extra = {"outcome": result.outcome.value, "reason": result.reason, "trust": result.trust.value}
    return EvalResult(
        id=asked.id,
        accepted=passed,
        extracted_code=code or "",
        full_code=code,
        tests=tests,
        extracted_type=kind,
        extra=extra,
    )


def _row(data: object, identity: str | int) -> dict[str, Any]:
    """The row of a problem among those that came along."""
    rows = data if isinstance(data, list) else [data]
    for row in rows:
        if isinstance(row, dict) and (len(rows) == 1 or row.get("id") == identity):
            return row
    raise Refusal(400, "invalid", "config.provided_data has no row of this id")


def _stdio_tests(row: dict[str, Any]) -> list[dict[str, str]]:
    """The tests of a row: JSON, or its text, of `{"input": {"stdin"}, "output": {"stdout"}}`."""
    tests = row.get("test")
    if isinstance(tests, str):
        try:
            tests = msgspec.json.decode(tests)
        except (msgspec.DecodeError, RecursionError):
            raise UsageError("provided_data: 'test' is not JSON") from None
    if not isinstance(tests, list) or not tests:
        raise UsageError("provided_data: 'test' must be a list of tests, not empty")
    return [{"input": _stream(one, "input", "stdin"), "output": _stream(one, "output", "stdout")} for one in tests]


def _stream(test: object, side: str, stream: str) -> str:
    streams = test.get(side) if isinstance(test, dict) else None
    if not isinstance(streams, dict) or not set(streams) <= {stream} or not isinstance(streams.get(stream, ""), str):
        raise UsageError(f"provided_data: each test has {side!r} with text for {stream!r} and nothing else")
    return str(streams.get(stream, ""))
