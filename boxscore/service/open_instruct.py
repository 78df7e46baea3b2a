"""open-instruct's two routes: a program, its tests, and a 0 or 1 for each.

Where the trouble is ours, or a pass is withheld, there is no 0: the request is refused with 503, and its caller takes
that as no reward.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from boxscore.errors import UsageError
from boxscore.protocols.program.task import Case, Comparison, ProgramDetail, ProgramTask, Rule
from boxscore.records import Limits, Outcome, Trust, withhold
from boxscore.service.body import read_request
from boxscore.service.dispatcher import reward_known
from boxscore.service.native import TRUST_HEADER
from boxscore.service.refusals import JsonResponse
from boxscore.service.settings import lowered, within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from boxscore.records import Result
    from boxscore.service.dispatcher import Dispatcher
    from boxscore.session.grader import Grader

_MOST_TESTS = 1_000
_WALL_SLACK_S = 5.0
_FAILED_S = -1.0  # the run time that open-instruct gives a test that failed


class ProgramTests(Struct, frozen=True, kw_only=True):
    """A program and its tests, a list or its text as JSON. `max_execution_time` is in seconds, of each test.

    A pass below `least_trust` is refused.
    """

    program: str
    tests: Any
    max_execution_time: float = 1.0
    least_trust: Trust | None = None


class TestResults(Struct, frozen=True, kw_only=True):
    """For each test 1 if it passed, else 0, and its run time in seconds, -1 if it failed."""

    results: list[int]
    runtimes: list[float]


class OpenInstruct:
    """The endpoints `/test_program`, of assert statements, and `/test_program_stdio`, of inputs and outputs."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher

    async def test_program(self, request: Request) -> JsonResponse:
        """Grade a program by assert statements, each by itself."""
        asked = await read_request(request.receive, ProgramTests, self._dispatcher.settings)
        return await self._answer(request, self._asserted(asked))

    async def test_program_stdio(self, request: Request) -> JsonResponse:
        """Grade a program by what it prints for each input."""
        asked = await read_request(request.receive, ProgramTests, self._dispatcher.settings)
        return await self._answer(request, self._printed(asked))

    async def _answer(self, request: Request, work: Any) -> JsonResponse:
        answer, trust = await self._dispatcher.unless_gone(request.receive, work)
        request.state.log.update(tests=len(answer.results), passed=sum(answer.results))
        return JsonResponse(answer, headers={} if trust is None else {TRUST_HEADER: trust})

    async def _asserted(self, asked: ProgramTests) -> tuple[TestResults, str | None]:
        tests = _tests(asked.tests)
        if not all(isinstance(one, str) for one in tests):
            raise UsageError("tests: each is an assert statement, as text")
        limits = self._limits(asked.max_execution_time)

        async def graded(grader: Grader) -> list[Result]:
            return [await grader.grade_tests(asked.program, [one], limits=limits) for one in tests]

        verdicts = await self._dispatcher.take(graded) if tests else []
        results = [withhold(one, asked.least_trust) for one in verdicts]
        for one in results:
            self._dispatcher.metrics.sample(one)
            reward_known(one, self._dispatcher)
        passed = [(one.outcome is Outcome.PASSED, one.cpu_s) for one in results]
        return _marked(passed), results[0].trust.value if results else None

    async def _printed(self, asked: ProgramTests) -> tuple[TestResults, str | None]:
        cases = tuple(_case(one) for one in _tests(asked.tests))
        if not cases:
            return _marked([]), None
        task = ProgramTask(
            limits=self._limits(asked.max_execution_time),
            cases=cases,
            comparison=Comparison(rule=Rule.TRAILING_SPACE),
            all_cases=True,
        )
        result = await self._dispatcher.grade(
            lambda grader: grader.grade_task(task, asked.program), least_trust=asked.least_trust
        )
        reward_known(result, self._dispatcher)
        found = (ProgramDetail.of(result) or ProgramDetail(language="")).cases
        if any(one.outcome is Outcome.INTERNAL for one in found):
            raise self._dispatcher.refusal("internal", "not every test came to a verdict")
        if len(found) < len(cases) and result.outcome is Outcome.PASSED:
            raise self._dispatcher.refusal("internal", "fewer tests were run than there are")
        passed = [(one.outcome is Outcome.PASSED, one.cpu_s) for one in found]
        return _marked([*passed, *[(False, None)] * (len(cases) - len(found))]), result.trust.value

    def _limits(self, seconds: float) -> Limits:
        most = self._dispatcher.settings.most
        return within(
            msgspec.structs.replace(lowered(Limits(), most), cpu_s=seconds, wall_s=seconds + _WALL_SLACK_S), most
        )


def _tests(tests: object) -> Sequence[object]:
    """The tests of a request. Raises UsageError; packed ones would have to be unpickled, and are refused."""
    if isinstance(tests, str):
        try:
            tests = msgspec.json.decode(tests)
        except (msgspec.DecodeError, RecursionError):
            raise UsageError("tests: a list, or its text as JSON; pickled ones are not unpacked") from None
    if not isinstance(tests, list) or len(tests) > _MOST_TESTS:
        raise UsageError(f"tests: a list of at most {_MOST_TESTS}")
    return tests


def _case(test: object) -> Case:
    if not isinstance(test, dict) or not isinstance(test.get("input"), str) or not isinstance(test.get("output"), str):
        raise UsageError("tests: each has 'input' and 'output', as text")
    return Case(stdin=test["input"], expected=test["output"])


def _marked(passed: list[tuple[bool, float | None]]) -> TestResults:
    return TestResults(
        results=[int(one) for one, _ in passed],
        runtimes=[(seconds or 0.0) if one else _FAILED_S for one, seconds in passed],
    )
