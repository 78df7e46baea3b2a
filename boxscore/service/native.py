"""boxscore's own routes: `/v1/grade` for one verdict, `/v1/stream` for any number over one connection."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from boxscore.data.inline import inline_task
from boxscore.errors import BoxscoreError, UsageError
from boxscore.protocols.program.task import Comparison  # noqa: TC001 - msgspec reads the annotation
from boxscore.records import Limits, Sample, SampleKind, Trust
from boxscore.service.body import is_large, parsed, parts_of, read_body, too_long
from boxscore.service.dispatcher import disconnected
from boxscore.service.refusals import ClientGone, JsonResponse, Problem, Refusal
from boxscore.service.settings import within

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from boxscore.records import Result
    from boxscore.service.dispatcher import Dispatcher
    from boxscore.service.settings import ServiceSettings

TRUST_HEADER = "X-Boxscore-Trust"
_BUFFERED_BYTES = 16 << 20  # of results that a client has not taken: those that send all before they read
_LINES_AHEAD = 16  # for each worker


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


class StreamLine(GradeRequest, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A line of `/v1/stream`: a request with an `id` of the caller's, which its answer carries."""

    id: str | int | None = None


class StreamAnswer(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of the answer, in order of completion: the caller's `id`, the number of the `line`, from 1 on, and one of
    `result` and `error`.
    """  # noqa: D205 - the sentence is that long

    line: int
    id: str | int | None = None
    result: msgspec.Raw | None = None
    error: Problem | None = None


async def verdict(asked: GradeRequest, dispatcher: Dispatcher, *, patient: bool = False, large: bool = False) -> Result:
    """Grade what a request asks for; the tests of a `large` one are read in a thread. Raises Refusal and UsageError."""
    settings = dispatcher.settings
    grade = partial(dispatcher.grade, patient=patient, least_trust=asked.least_trust)
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
    """The endpoints of `/v1/grade` and `/v1/stream`."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher
        self._streams = 0
        dispatcher.metrics.gauge("streams", "Streams that are open.", lambda: self._streams)

    async def grade(self, request: Request) -> JsonResponse:
        """Answer with the result as `results.jsonl` has it. `internal` is a result: the sample has no verdict."""
        settings = self._dispatcher.settings
        body = await read_body(request.receive, settings)
        asked = await parsed(body, GradeRequest, settings)
        work = verdict(asked, self._dispatcher, large=is_large(body))
        result = await self._dispatcher.unless_gone(request.receive, work)
        request.state.log.update(outcome=result.outcome.value, instance=result.instance_id)
        return JsonResponse(result, headers={TRUST_HEADER: result.trust.value})

    async def stream(self, _request: Request) -> _StreamResponse:
        """Answer each line of the body with a line, as soon as it is graded."""
        if self._dispatcher.draining:
            raise self._dispatcher.refusal("draining", "the service is about to end")
        if self._streams >= self._dispatcher.settings.streams:
            raise self._dispatcher.refusal("streams", f"{self._streams} streams are open, and no more can be")
        return _StreamResponse(self)

    async def serve_stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read, grade and answer until both sides are done."""
        self._streams += 1
        try:
            await self._dispatcher.tracked(_Stream(self._dispatcher, scope, receive, send).run())
        finally:
            self._streams -= 1


class _StreamResponse:
    """What Starlette calls to send the answer: its own class would read the body for itself."""

    def __init__(self, routes: NativeRoutes) -> None:
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._routes.serve_stream(scope, receive, send)


class _Stream:
    """One stream: a reader that starts a task for each line, so many ahead, and a writer of what they come to.

    The reader also stops where the client takes no answers: beyond `_BUFFERED_BYTES` of them.
    """

    def __init__(self, dispatcher: Dispatcher, scope: Scope, receive: Receive, send: Send) -> None:
        self._dispatcher, self._settings = dispatcher, dispatcher.settings
        self._log, self._receive, self._send = scope["state"]["log"], receive, send
        self._request_id = scope["state"]["request_id"]
        self._ahead = asyncio.Semaphore(_LINES_AHEAD * max(dispatcher.grader.workers, 1))
        self._done: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._buffered = 0
        self._room = asyncio.Event()
        self._room.set()
        self._lines = self._answered = 0
        self._all_read = asyncio.Event()

    async def run(self) -> None:
        """Serve it. Raises ClientGone, having cancelled what was at work."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._read())
                watch = tasks.create_task(self._watch())
                await self._write()
                watch.cancel()
        except ExceptionGroup as group:
            raise group.exceptions[0] from None
        finally:
            self._log.update(lines=self._lines, answered=self._answered)

    async def _read(self) -> None:
        """Grade each line, and end the answers when all are graded."""
        try:
            async with asyncio.TaskGroup() as tasks:
                try:
                    async for lines in _lines(self._receive, self._settings):
                        if not await self._begin_all(lines, tasks):
                            break
                    self._all_read.set()
                except Refusal as refusal:  # nothing after it can be read
                    self._put(self._lines + 1, None, self._problem(refusal))
        except ExceptionGroup as group:
            raise group.exceptions[0] from None
        self._done.put_nowait(None)

    async def _watch(self) -> None:
        """Notice a client that leaves after it has sent everything. Raises ClientGone."""
        await self._all_read.wait()
        await disconnected(self._receive)
        self._dispatcher.metrics.gone()
        raise ClientGone

    async def _begin_all(self, lines: list[bytes], tasks: asyncio.TaskGroup) -> bool:
        """Start grading the lines that have anything on them; return False where no more should be read."""
        for line in lines:
            if len(line) > self._settings.body_bytes:
                raise too_long(self._settings)
            self._lines += 1
            if line and not line.isspace() and not await self._begin(line, tasks):
                return False
        await asyncio.sleep(0)  # others get their turn, however many lines have nothing on them
        return True

    async def _begin(self, line: bytes, tasks: asyncio.TaskGroup) -> bool:
        """Start grading a line when there is room; return False where no more should be read."""
        number = self._lines
        try:
            async with asyncio.timeout(self._settings.stall_s):
                await self._room.wait()
        except TimeoutError:
            raise ClientGone from None
        await self._ahead.acquire()
        if self._dispatcher.draining:
            self._put(number, None, self._problem(self._dispatcher.refusal("draining", "the service is about to end")))
            return False
        tasks.create_task(self._grade(number, line))
        return True

    async def _grade(self, number: int, line: bytes) -> None:
        identity: str | int | None = None
        try:
            identity = _identity(line)
            asked = await parsed(line, StreamLine, self._settings)
            result = await verdict(asked, self._dispatcher, patient=True, large=is_large(line))
            self._put(number, identity, result)
        except Refusal as refusal:
            self._put(number, identity, self._problem(refusal))
        except UsageError as error:
            self._put(number, identity, self._problem(Refusal(422, "invalid", str(error))))
        except BoxscoreError as error:
            self._put(number, identity, self._problem(Refusal(503, "internal", str(error))))
        finally:
            self._ahead.release()

    def _problem(self, refusal: Refusal) -> Problem:
        return Problem(detail=refusal.detail, error=refusal.error, request_id=self._request_id)

    def _put(self, number: int, identity: str | int | None, found: Result | Problem) -> None:
        if isinstance(found, Problem):
            answer = StreamAnswer(line=number, id=identity, error=found)
        else:
            answer = StreamAnswer(line=number, id=identity, result=msgspec.Raw(msgspec.json.encode(found)))
        encoded = msgspec.json.encode(answer) + b"\n"
        self._buffered += len(encoded)
        if self._buffered > _BUFFERED_BYTES:
            self._room.clear()
        self._done.put_nowait(encoded)

    async def _write(self) -> None:
        headers = [(b"content-type", b"application/x-ndjson"), (b"x-accel-buffering", b"no")]
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})
        while (line := await self._done.get()) is not None:
            try:
                async with asyncio.timeout(self._settings.stall_s):
                    await self._send({"type": "http.response.body", "body": line, "more_body": True})
            except TimeoutError:
                raise ClientGone from None  # it takes nothing any more
            self._answered += 1
            self._buffered -= len(line)
            if self._buffered <= _BUFFERED_BYTES:
                self._room.set()
        await self._send({"type": "http.response.body", "body": b""})


class _Identity(Struct):
    id: str | int | None = None


def _identity(line: bytes) -> str | int | None:
    """The id of a line, as far as it can be read: an answer that says what is wrong with the line carries it too."""
    try:
        return msgspec.json.decode(line, type=_Identity).id
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


async def _lines(receive: Receive, settings: ServiceSettings) -> AsyncIterator[list[bytes]]:
    """Yield the lines that each part of a body ends. Raises Refusal for an end that does not come, ClientGone."""
    pending = bytearray()
    async for part in parts_of(receive):
        first, *others = part.split(b"\n")
        pending += first
        if others:
            yield [bytes(pending), *others[:-1]]
            pending[:] = others[-1]
        if len(pending) > settings.body_bytes:
            raise too_long(settings)
    if pending:
        yield [bytes(pending)]
