"""`/run_code`: run a program and return what it printed; the caller compares.

No verdict comes of it, and none can: whoever compares outside cannot know what the program did to print it. So the
answer carries the header `X-Boxscore-Trust: none`.
"""

from __future__ import annotations

import base64
import binascii
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import msgspec

from boxscore.errors import BoxscoreError, UsageError
from boxscore.protocols.program.task import ProgramDetail
from boxscore.records import LimitName, Limits, Outcome
from boxscore.service.body import read_request
from boxscore.service.fusion.records import (
    CommandRunResult,
    CommandRunStatus,
    RunCodeRequest,
    RunCodeResponse,
    RunStatus,
)
from boxscore.service.native import TRUST_HEADER
from boxscore.service.refusals import JsonResponse, Refusal
from boxscore.service.settings import lowered, within

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from boxscore.protocols.program.task import CaseResult
    from boxscore.records import Result
    from boxscore.service.dispatcher import Dispatcher
    from boxscore.service.settings import ServiceSettings
    from boxscore.session.grader import Grader

    Run = Callable[[Grader], Awaitable[Result]]

NO_TRUST = "none"
OVERLOADED = 504  # the one status that verl's client tries again after
LANGUAGES = {"python": "python", "cpp": "cpp", "nodejs": "javascript", "javascript": "javascript"}
_WALL_SLACK_S = 1.0  # a busy machine must not make a timeout of cpu time that was not used
_MORE_SLACK_S = 5.0
_COMPILER_BYTES = 2 << 30
_NOT_COMPILED = ("python", "javascript")
_RAN = (Outcome.PASSED, Outcome.NO_TESTS, Outcome.WRONG)  # to an end that its caller may compare
_NO_EXIT_CODE = -9  # as of a process that was killed, which one without an exit code was


class RunCode:
    """The endpoint of `/run_code`."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher

    async def __call__(self, request: Request) -> JsonResponse:
        """Run a program; 504 for what a caller should try again."""
        asked = await read_request(request.receive, RunCodeRequest, self._dispatcher.settings, strict=False)
        try:
            run = _runner(asked, self._dispatcher.settings)  # first: no deadline is made of what is no time
        except UsageError as error:
            answer = RunCodeResponse(status=RunStatus.SANDBOX_ERROR, message=str(error))
            return JsonResponse(answer, headers={TRUST_HEADER: NO_TRUST})
        within_s = asked.compile_timeout + asked.run_timeout + self._dispatcher.settings.run_code_slack_s
        try:
            work = self._ran(run, LANGUAGES[asked.language])
            answer = await self._dispatcher.unless_gone(request.receive, work, within_s=within_s)
        except Refusal as refusal:
            if refusal.status != OVERLOADED:
                raise
            raise _in_shape(refusal) from None
        request.state.log.update(outcome=answer.status.value, language=asked.language[:20])
        return JsonResponse(answer, headers={TRUST_HEADER: NO_TRUST})

    async def _ran(self, run: Run, language: str) -> RunCodeResponse:
        try:
            result = await self._dispatcher.grade(run, overloaded=OVERLOADED)
        except UsageError as error:
            return RunCodeResponse(status=RunStatus.SANDBOX_ERROR, message=str(error))
        except BoxscoreError as error:
            raise self._dispatcher.refusal("internal", str(error), OVERLOADED) from error
        if result.outcome is Outcome.INTERNAL:
            raise self._dispatcher.refusal("internal", result.reason or "no sandbox came to an end", OVERLOADED)
        return response_of(result, language)


def _runner(asked: RunCodeRequest, settings: ServiceSettings) -> Run:
    """What runs a request's program. Raises UsageError for what cannot be run."""
    language, files = _language(asked.language), _files(asked)
    limits, compile_limits = _limits(asked, language, settings)

    async def run(grader: Grader) -> Result:
        return await grader.run_code(
            asked.code,
            language=language,
            stdin=asked.stdin or "",
            files=files,
            limits=limits,
            compile_limits=compile_limits,
        )

    return run


def response_of(result: Result, language: str, index: int = 0) -> RunCodeResponse:
    """Describe a run of a program, or of one of its cases, in SandboxFusion's terms."""
    detail = ProgramDetail.of(result)
    compiled = None if detail is None or language in _NOT_COMPILED else detail.compiled
    if compiled is not None and compiled.outcome not in _RAN:
        command = _command(compiled)
        return RunCodeResponse(status=RunStatus.FAILED, compile_result=_not_ok(command))
    if detail is not None and index < len(detail.cases):
        command = _command(detail.cases[index])
        ok = detail.cases[index].outcome in _RAN and command.return_code == 0
    else:  # nothing but the verdict is known
        ok = result.outcome in _RAN
        late = result.outcome is Outcome.TIMEOUT
        command = CommandRunResult(
            status=CommandRunStatus.TIME_LIMIT_EXCEEDED if late else CommandRunStatus.FINISHED,
            execution_time=result.wall_s,
            return_code=None if late else int(not ok),
            stdout="",
            stderr=result.reason,
        )
    return RunCodeResponse(
        status=RunStatus.SUCCESS if ok else RunStatus.FAILED,
        compile_result=None if compiled is None else _command(compiled),
        run_result=command if ok else _not_ok(command),
    )


def _command(case: CaseResult) -> CommandRunResult:
    """What one run came to."""
    late = case.outcome is Outcome.TIMEOUT or case.limit in (LimitName.CPU, LimitName.WALL)
    code = case.exit_code if case.exit_code is not None else -(case.signal or 0)
    return CommandRunResult(
        status=CommandRunStatus.TIME_LIMIT_EXCEEDED if late else CommandRunStatus.FINISHED,
        execution_time=case.wall_s if case.wall_s is not None else case.cpu_s,
        return_code=None if late else code,
        stdout=case.output,
        stderr=case.errors,
    )


def _not_ok(command: CommandRunResult) -> CommandRunResult:
    """A command that did not end well never has the exit code of one that did: as where it hit a limit."""
    if command.status is CommandRunStatus.FINISHED and command.return_code == 0:
        return msgspec.structs.replace(command, return_code=_NO_EXIT_CODE)
    return command


def _in_shape(refusal: Refusal) -> Refusal:
    """A refusal that clients of SandboxFusion can read as one of its answers."""
    body = RunCodeResponse(status=RunStatus.SANDBOX_ERROR, message=f"{refusal.error}: {refusal.detail}")
    found = Refusal(refusal.status, refusal.error, refusal.detail, body=msgspec.json.encode(body))
    found.headers = {**refusal.headers, TRUST_HEADER: NO_TRUST}
    return found


def _language(name: str) -> str:
    if name not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise UsageError(f"language {name[:40]!r} cannot be run here; these can: {known}")
    return LANGUAGES[name]


def _files(asked: RunCodeRequest) -> dict[str, str]:
    """Decode files. Raises UsageError for what is no base64 or no text, and for a path that leads outside."""
    if asked.fetch_files:
        raise UsageError("fetch_files: files that a program made are not sent back")
    found = {}
    for name, content in asked.files.items():
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or not path.parts:
            raise UsageError(f"files: {name[:80]!r} must be a relative path without `..`")
        try:
            found[name] = base64.b64decode(content or "", validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise UsageError(f"files: {name[:80]!r} is not UTF-8 text in base64") from None
    return found


def _limits(asked: RunCodeRequest, language: str, settings: ServiceSettings) -> tuple[Limits, Limits]:
    """The limits of the program and of its compiler. Raises UsageError for more than the service gives.

    Timeouts are of cpu time, so that a busy machine makes none. Wall time is a little more, and more yet where the
    caller allows time for a compiler and the language has none.
    """
    most, slack_s = settings.most, _WALL_SLACK_S
    if language in _NOT_COMPILED:
        slack_s += min(asked.compile_timeout, _MORE_SLACK_S)
    usual = lowered(Limits(), most)
    memory_bytes = asked.memory_limit_mb << 20 if asked.memory_limit_mb > 0 else usual.memory_bytes
    run, compiler = (
        within(msgspec.structs.replace(usual, cpu_s=seconds, wall_s=seconds + more_s, memory_bytes=memory), most)
        for seconds, more_s, memory in (
            (asked.run_timeout, slack_s, memory_bytes),
            (asked.compile_timeout, _WALL_SLACK_S, min(_COMPILER_BYTES, most.memory_bytes)),
        )
    )
    return run, compiler
