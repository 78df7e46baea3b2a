"""The table of all that can be asked: which path, what comes in, what goes out, who answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct
from starlette.responses import HTMLResponse, Response

from boxscore.records import Result
from boxscore.service.fusion.datasets import Datasets
from boxscore.service.fusion.records import (
    EvalResult,
    Prompt,
    PromptRequest,
    PromptsRequest,
    RunCodeRequest,
    RunCodeResponse,
    SubmitRequest,
)
from boxscore.service.fusion.run_code import OVERLOADED, RunCode
from boxscore.service.native import GradeRequest, NativeRoutes, StreamAnswer, StreamLine, benchmark_name
from boxscore.service.nemo_gym import AggregateMetrics, MetricsRequest, NemoGym, VerifyRequest, VerifyResponse
from boxscore.service.open_instruct import OpenInstruct, ProgramTests, TestResults
from boxscore.service.openapi import Operation, openapi_document
from boxscore.service.page import POLICY, docs_page
from boxscore.service.refusals import JsonResponse

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from boxscore.service.dispatcher import Dispatcher

NDJSON = "application/x-ndjson"


class Health(Struct, frozen=True, kw_only=True):
    """Whether a service takes requests: `status` is `healthy` or `draining`."""

    status: str


def operations(dispatcher: Dispatcher) -> tuple[Operation, ...]:
    """All of them, in the order in which the page shows them."""
    found = (*_native(dispatcher), *_fusion(dispatcher), *_open_instruct(dispatcher), *_nemo_gym(dispatcher))
    return _Own(dispatcher, found).operations


def _native(dispatcher: Dispatcher) -> tuple[Operation, ...]:
    native = NativeRoutes(dispatcher)
    return (
        Operation(
            path="/v1/grade",
            summary="Grade one answer. The verdict is made here, at the trust that the result names; `internal` means "
            "that boxscore itself failed and there is none.",
            answer=native.grade,
            takes=GradeRequest,
            gives=Result,
        ),
        Operation(
            path="/v1/stream",
            summary="Grade a line at a time over one connection: each answer comes as soon as it is known. A line that "
            "cannot be graded is answered with an error, and the next one is read.",
            answer=native.stream,
            takes=StreamLine,
            gives=StreamAnswer,
            media=NDJSON,
        ),
    )


def _fusion(dispatcher: Dispatcher) -> tuple[Operation, ...]:
    data = Datasets(dispatcher)
    group = "SandboxFusion"
    return (
        Operation(
            path="/run_code",
            summary="Run a program and say what it printed. This protects the machine and no verdict: the caller "
            "compares (`X-Boxscore-Trust: none`). For verdicts take /submit or /v1/grade.",
            answer=RunCode(dispatcher).__call__,
            group=group,
            takes=RunCodeRequest,
            gives=RunCodeResponse,
            overloaded=OVERLOADED,
        ),
        Operation(
            path="/submit",
            summary="Grade an answer to a problem of the service's benchmark, or by tests in `provided_data`.",
            answer=data.submit,
            group=group,
            takes=SubmitRequest,
            gives=EvalResult,
        ),
        Operation(
            path="/list_datasets",
            summary="List the data sets: the service's benchmark.",
            answer=data.list_datasets,
            method="GET",
            group=group,
            gives=list[str],
        ),
        Operation(
            path="/list_ids",
            summary="List the ids of a data set.",
            answer=data.list_ids,
            group=group,
            takes=PromptsRequest,
            gives=list[str],
        ),
        Operation(
            path="/get_prompts",
            summary="List problems as models are asked them.",
            answer=data.get_prompts,
            group=group,
            takes=PromptsRequest,
            gives=list[Prompt],
        ),
        Operation(
            path="/get_prompt_by_id",
            summary="Show one problem.",
            answer=data.get_prompt_by_id,
            group=group,
            takes=PromptRequest,
            gives=Prompt,
        ),
    )


def _open_instruct(dispatcher: Dispatcher) -> tuple[Operation, ...]:
    routes, group = OpenInstruct(dispatcher), "open-instruct"
    return (
        Operation(
            path="/test_program",
            summary="Grade a program by assert statements, each by itself.",
            answer=routes.test_program,
            group=group,
            takes=ProgramTests,
            gives=TestResults,
        ),
        Operation(
            path="/test_program_stdio",
            summary="Grade a program by what it prints for each input.",
            answer=routes.test_program_stdio,
            group=group,
            takes=ProgramTests,
            gives=TestResults,
        ),
    )


def _nemo_gym(dispatcher: Dispatcher) -> tuple[Operation, ...]:
    routes, group = NemoGym(dispatcher), "NeMo-Gym"
    return (
        Operation(
            path="/seed_session",
            summary="Begin a rollout.",
            answer=routes.seed_session,
            group=group,
            takes=dict[str, Any],
            gives=dict[str, Any],
        ),
        Operation(
            path="/verify",
            summary="Reward an answer: the request again, with what is below. Where there is no verdict the row has "
            "`_ng_failure_class` and no reward.",
            answer=routes.verify,
            group=group,
            takes=VerifyRequest,
            gives=VerifyResponse,
        ),
        Operation(
            path="/aggregate_metrics",
            summary="Sum rewards up, leaving out rows without a verdict.",
            answer=routes.aggregate_metrics,
            group=group,
            takes=MetricsRequest,
            gives=AggregateMetrics,
        ),
        Operation(
            path="/reverify_mode",
            summary="Say that a verdict depends on its request alone.",
            answer=routes.reverify_mode,
            method="GET",
            group=group,
            gives=str,
        ),
    )


class _Own:
    """What a service says of itself."""

    def __init__(self, dispatcher: Dispatcher, others: tuple[Operation, ...]) -> None:
        self._dispatcher = dispatcher
        self._document: bytes | None = None
        self._page = ""
        self.operations = (*others, *self._shown())

    def _shown(self) -> tuple[Operation, ...]:

        def shown(path: str, summary: str, answer: Callable[[Request], Awaitable[Response]], **more: Any) -> Operation:
            return Operation(path=path, summary=summary, answer=answer, method="GET", group="the service", **more)

        return (
            shown("/health", "Whether requests are taken; 503 while the service drains.", self._health, gives=Health),
            shown("/v1/ping", "Answer that the service is there.", self._ping, gives=str),
            shown("/metrics", "Counters, in the text format of Prometheus.", self._metrics),
            shown("/openapi.json", "This description, for programs.", self._openapi, gives=dict[str, Any]),
            shown("/docs", "This description, for people.", self._docs),
        )

    async def _health(self, _request: Request) -> Response:
        draining = self._dispatcher.draining
        return JsonResponse(Health(status="draining" if draining else "healthy"), status_code=503 if draining else 200)

    async def _ping(self, _request: Request) -> Response:
        return JsonResponse("pong")

    async def _metrics(self, _request: Request) -> Response:
        return Response(self._dispatcher.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    async def _openapi(self, _request: Request) -> Response:
        return JsonResponse(self._described()[0])

    async def _docs(self, _request: Request) -> Response:
        return HTMLResponse(self._described()[1], headers={"Content-Security-Policy": POLICY})

    def _described(self) -> tuple[bytes, str]:
        if self._document is None:  # the first time that somebody asks
            import msgspec  # noqa: PLC0415 - for this only

            document = openapi_document(self.operations, benchmark_name(self._dispatcher))
            self._page = docs_page(document)
            self._document = msgspec.json.encode(document)
        return self._document, self._page
