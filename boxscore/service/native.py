"""boxscore's own route: `/v1/grade`, for one verdict."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from boxscore.data.inline import inline_task
from boxscore.errors import UsageError
from boxscore.protocols.program.task import Comparison  # noqa: TC001 - msgspec reads the annotation
from boxscore.records import Limits, Sample, SampleKind, Trust
from boxscore.service.body import is_large, parsed, read_body
from boxscore.service.refusals import JsonResponse
from boxscore.service.settings import within

if TYPE_CHECKING:
    from starlette.requests import Request

    from boxscore.records import Result
    from boxscore.service.dispatcher import Dispatcher

TRUST_HEADER = "X-Boxscore-Trust"


class GradeRequest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One answer to grade: either to an instance of the service's benchmark, or by tests that come with it.

    The first has `instance_id` and `text`, of which `kind` says what it is, and may name the `benchmark`. The second
    has `code` and `tests`: assert statements, `{"fn_name", "inputs", "outputs"}`, or pairs of standard input and
    output. `limits` are those of one sample, of programs those of each case. A pass below `least_trust` is withheld.
    """

    benchmark: str | None = None
    instance_id: str | None = None
    text: str | None = None
    kind: SampleKind = SampleKind.SOLUTION
    sample_id: str = "0"
    code: str | None = None
    tests: Any = None
    language: str = "python"
    entry_point: str | None = None
    comparison: Comparison | None = None
    limits: Limits | None = None
    helpers: str = ""
    least_trust: Trust | None = None


async def verdict(asked: GradeRequest, dispatcher: Dispatcher, *, large: bool) -> Result:
    """Grade what a request asks for; the tests of a `large` one are read in a thread. Raises Refusal and UsageError."""
    settings = dispatcher.settings
    grade = partial(dispatcher.grade, least_trust=asked.least_trust)
    if asked.code is None and asked.tests is None:
        sample = _sample(asked, dispatcher)
        return await grade(lambda grader: grader.grade(sample))
    if asked.code is None or asked.tests is None or asked.instance_id is not None or asked.text is not None:
        raise UsageError("give either instance_id and text, or code and tests")
    code = asked.code
    limits = None if asked.limits is None else within(asked.limits, settings.most)

    options: dict[str, Any] = {
        "entry_point": asked.entry_point,
        "language": asked.language,
        "comparison": asked.comparison,
        "limits": limits,
        "helpers": asked.helpers,
    }
    if large:
        task = await asyncio.to_thread(inline_task, asked.tests, **options)
        return await grade(lambda grader: grader.grade_task(task, code, sample_id=asked.sample_id))
    return await grade(lambda grader: grader.grade_tests(code, asked.tests, sample_id=asked.sample_id, **options))


def benchmark_name(dispatcher: Dispatcher) -> str | None:
    """Name the benchmark that a service has, None where it has none."""
    harness = dispatcher.grader.harness
    return None if harness is None else harness.name


def _sample(asked: GradeRequest, dispatcher: Dispatcher) -> Sample:
    if asked.instance_id is None or asked.text is None:
        raise UsageError("give either instance_id and text, or code and tests")
    name = benchmark_name(dispatcher)
    if asked.benchmark not in (None, name):
        raise UsageError(f"this service has {name or 'no benchmark'}, not {asked.benchmark}")
    return Sample(instance_id=asked.instance_id, sample_id=asked.sample_id, text=asked.text, kind=asked.kind)


class NativeRoutes:
    """The endpoint of `/v1/grade`."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher

    async def grade(self, request: Request) -> JsonResponse:
        """Answer with the result as `results.jsonl` has it. `internal` is a result: the sample has no verdict."""
        settings = self._dispatcher.settings
        body = await read_body(request.receive, settings)
        asked = await parsed(body, GradeRequest, settings)
        work = verdict(asked, self._dispatcher, large=is_large(body))
        result = await self._dispatcher.unless_gone(request.receive, work)
        request.state.log.update(outcome=result.outcome.value, instance=result.instance_id)
        return JsonResponse(result, headers={TRUST_HEADER: result.trust.value})
