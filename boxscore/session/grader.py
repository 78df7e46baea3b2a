"""`Grader`: warm boxes for code that runs in an event loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from boxscore.checks import check_count
from boxscore.data.inline import inline_task
from boxscore.run.request import make_request
from boxscore.session.making import run_task
from boxscore.session.session import Session, settle_later

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
    from pathlib import Path
    from typing import Self

    from boxscore.harness import Harness
    from boxscore.protocols.contract import Task
    from boxscore.protocols.program.task import Comparison
    from boxscore.records import Instance, Limits, Result, Sample
    from boxscore.run.request import Request
    from boxscore.session.making import Making
    from boxscore.session.pool import Ticket

    Given = Sample | Mapping[str, object]
    Samples = Iterable[Given] | AsyncIterable[Given]
    Answer = Result | BaseException

Value = TypeVar("Value")

AHEAD = 4  # samples for each worker: enough that none waits for the caller
_SHORT_TESTS, _SHORT_CHARS = 100, 4_000  # tests that are read in a moment


class GraderOptions:
    """What `Grader` and `SyncGrader` have in common: their options, and what they say of themselves."""

    def __init__(  # noqa: PLR0913 - options, by keyword
        self,
        benchmark: str | Path | None = None,
        *,
        backend: str = "auto",
        workers: int | None = None,
        data: Path | str | None = None,
        instances: str | Iterable[str] = (),
        image: str | None = None,
        runtime: str | None = None,
        strict: bool = False,
        cpu_s: float | None = None,
        apply: str | None = None,
        gate: int = 1,
        on: str = "local",
        least_trust: str | None = None,
    ) -> None:
        """Take the options, which are those of `boxscore.grade`; open nothing.

        Args:
            benchmark: A benchmark's name, or the path of a harness file; None for code that brings its own tests.
            backend: Where boxes are made: auto, docker or local.
            workers: Boxes to run in parallel; as many as cores if None.
            data: A data folder or file in place of the cache.
            instances: Only this instance, or these; all if empty.
            image: An image in place of the benchmark's own, or of boxscore's Python image.
            runtime: A container runtime of the docker backend, such as `runsc`.
            strict: Give every sample a box of its own, not only every patch.
            cpu_s: Cpu seconds of one sample in place of the benchmark's own limit.
            apply: Apply patches in one of the benchmark's named ways, in place of its usual one.
            gate: How often the reference of an instance must resolve here before its samples are charged; 0 for never.
            on: Where to grade: `local`, or `ray` or `ray://HOST:10001` for workers on a Ray cluster.
            least_trust: Withhold passes below this level of trust: they are `internal`, and no reward.

        Raises:
            UsageError: An option cannot be what it is.
        """
        self._session = Session(
            make_request(
                type(self).__name__,
                benchmark,
                needs_benchmark=False,
                backend=backend,
                workers=workers,
                data=data,
                instances=instances,
                image=image,
                runtime=runtime,
                strict=strict,
                cpu_s=cpu_s,
                apply=apply,
                gate=gate,
                on=on,
                least_trust=least_trust,
            )
        )

    @classmethod
    def of_request(cls, request: Request) -> Self:
        """Make a grader that grades as a run of this request does."""
        made = cls.__new__(cls)
        made.__setstate__(request)
        return made

    def __getstate__(self) -> Request:
        """Give the options alone."""
        return self._session.request

    def __setstate__(self, request: Request) -> None:
        """Begin with the same options, not yet open."""
        self._session = Session(request)

    @property
    def instances(self) -> Mapping[str, Instance]:
        """The instances that may be graded, by id; empty without a benchmark."""
        return self._session.instances

    @property
    def harness(self) -> Harness | None:
        """The benchmark's harness; None without one."""
        return self._session.harness

    @property
    def workers(self) -> int:
        """How many samples are graded at once."""
        return self._session.workers

    @property
    def waiting(self) -> int:
        """How many requests no worker has begun."""
        return self._session.waiting

    @property
    def busy(self) -> int:
        """How many workers are at a request."""
        return self._session.busy

    def _most_ahead(self, ahead: int | None) -> int:
        """How many samples of a stream may be taken ahead of their results. Raises UsageError."""
        if ahead is None:
            return AHEAD * self.workers
        check_count("stream", "ahead", ahead)
        return ahead


class Grader(GraderOptions):
    """Grades one sample at a time in boxes that stay open; opens when it is entered or first used.

    A failure of boxscore itself is a result with the outcome `internal`. What is wrong with a call raises UsageError or
    InputError before any box is used; SandboxUnavailable is raised where no box can be had at all. Cancelling a call
    gives its box up at once. It may be used from several event loops, starts anew in a forked process, and is pickled
    by its options alone.
    """

    async def __aenter__(self) -> Self:
        """Open it; see `open`."""
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close it; see `close`."""
        await self.close()

    async def open(self) -> None:
        """Read the benchmark, find a sandbox and start the workers; each opens its box at its first request.

        Raises UsageError, DataError, HarnessError, SandboxUnavailable.
        """
        await _in_thread(self._session.open)

    async def close(self) -> None:
        """End what is at work and remove all boxes; calls that still wait raise RunStopped."""
        await _in_thread(self._session.close)

    async def grade(self, sample: Sample | Mapping[str, object]) -> Result:
        """Grade an answer to an instance of the benchmark: a `Sample`, or a dict like a line of a file of samples.

        Raises UsageError and InputError for what is no sample, SandboxUnavailable, HarnessError.
        """
        await self._opened()
        return await self._ask(self._session.maker().of_sample(sample))

    async def stream(
        self,
        samples: Iterable[Sample | Mapping[str, object]] | AsyncIterable[Sample | Mapping[str, object]],
        *,
        ahead: int | None = None,
    ) -> AsyncGenerator[Result, None]:
        """Grade samples and yield each result as soon as it is known, in no order.

        At most `ahead` samples (four for each worker if None) are taken beyond the results that were yielded. What
        `samples` raises, or is wrong with one of them, is raised after the results of those before it. To leave the
        loop early gives up what is at work once the iterator is closed (`contextlib.aclosing`).
        """
        most = self._most_ahead(ahead)
        await self._opened()
        stream = _Stream(self._session, most)
        feeding = asyncio.ensure_future(stream.feed(samples))
        try:
            async for result in stream.results():
                yield result
        finally:
            feeding.cancel()
            stream.cancel()
            with suppress(asyncio.CancelledError):
                await feeding

    async def grade_tests(  # noqa: PLR0913 - options, by keyword
        self,
        code: str,
        tests: object,
        *,
        entry_point: str | None = None,
        language: str = "python",
        comparison: Comparison | None = None,
        limits: Limits | None = None,
        helpers: str = "",
        sample_id: str = "0",
    ) -> Result:
        """Grade code by tests that come with it; `boxscore.inline_task` says in which forms they may come.

        Raises UsageError for tests that cannot be graded by, SandboxUnavailable.
        """
        make = partial(
            inline_task,
            tests,
            entry_point=entry_point,
            language=language,
            comparison=comparison,
            limits=limits,
            helpers=helpers,
        )
        task = make() if _is_short(tests) and len(helpers) < _SHORT_CHARS else await _in_thread(make)
        return await self.grade_task(task, code, sample_id=sample_id)

    async def run_code(  # noqa: PLR0913 - options, by keyword
        self,
        code: str,
        *,
        language: str = "python",
        stdin: str = "",
        files: Mapping[str, str] | None = None,
        arguments: Iterable[str] = (),
        limits: Limits | None = None,
        compile_limits: Limits | None = None,
    ) -> Result:
        """Run a program and say what it printed: `detail` is a `ProgramDetail` with one case.

        Nothing is compared, so the best outcome is `no_tests`, at trust `none`: the box protects the machine, and
        whoever compares the output protects the verdict. `files`, names and texts, are put beside the program.
        Raises UsageError, SandboxUnavailable.
        """
        task = run_task(
            language=language,
            stdin=stdin,
            files=files,
            arguments=arguments,
            limits=limits,
            compile_limits=compile_limits,
        )
        await self._opened()
        making = self._session.maker().of_task(task, code, instance_id="inline", sample_id="0", may_be_blank=True)
        return await self._ask(making)

    async def grade_task(self, task: Task, code: str, *, instance_id: str = "inline", sample_id: str = "0") -> Result:
        """Grade code by a task: a `FunctionTask`, a `ProgramTask`, or that of another protocol.

        White space alone is `no_code`. Raises UsageError for a task that cannot be graded by, SandboxUnavailable.
        """
        await self._opened()
        maker = self._session.maker()
        return await self._ask(maker.of_task(task, code, instance_id=instance_id, sample_id=sample_id))

    async def _opened(self) -> None:
        if not self._session.is_open:
            await _in_thread(self._session.maker)

    async def _ask(self, making: Making) -> Result:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        ticket = self._session.submit(making, partial(settle_later, loop, future))
        try:
            return await future
        except asyncio.CancelledError:
            self._session.cancel(ticket)
            raise


class _Stream:
    """One call of `stream`: what was taken and is not yet yielded."""

    def __init__(self, session: Session, ahead: int) -> None:
        self._session = session
        self._loop = asyncio.get_running_loop()
        self._free = asyncio.Semaphore(ahead)
        self._answers: asyncio.Queue[tuple[int, Answer] | None] = asyncio.Queue()
        self._tickets: dict[int, Ticket] = {}  # of what is not yet yielded, by numbers
        self._taken = 0
        self._fed = False
        self._error: BaseException | None = None

    async def feed(self, samples: Samples) -> None:
        """Submit samples as there is room for them."""
        try:
            await self._free.acquire()
            if isinstance(samples, AsyncIterable):
                async for sample in samples:
                    await self._submit(sample)
            else:
                for sample in samples:
                    await self._submit(sample)
        except Exception as error:  # noqa: BLE001 - the caller's own, raised where the results are taken
            self._error = error
        self._fed = True
        self._answers.put_nowait(None)

    async def _submit(self, sample: object) -> None:
        making = self._session.maker().of_sample(sample)
        self._taken += 1
        self._tickets[self._taken] = self._session.submit(making, partial(self._settle, self._taken))
        await self._free.acquire()

    def _settle(self, number: int, answer: Answer) -> None:
        with suppress(RuntimeError):  # the loop has ended, and with it whoever waited
            self._loop.call_soon_threadsafe(self._answers.put_nowait, (number, answer))

    async def results(self) -> AsyncGenerator[Result, None]:
        """Yield results until all are known; then raise what ended the samples early."""
        while not (self._fed and not self._tickets):
            found = await self._answers.get()
            if found is None:
                continue
            number, answer = found
            del self._tickets[number]
            self._free.release()
            if isinstance(answer, BaseException):
                raise answer
            yield answer
        if self._error is not None:
            raise self._error

    def cancel(self) -> None:
        """Give up what is at work."""
        for ticket in self._tickets.values():
            self._session.cancel(ticket)


def _is_short(tests: object) -> bool:
    """Whether tests are read in a moment: a text, or a list of texts, of few characters."""
    texts = tests if isinstance(tests, list | tuple) else [tests]
    if len(texts) > _SHORT_TESTS or not all(isinstance(one, str) for one in texts):
        return False
    return sum(map(len, texts)) < _SHORT_CHARS


async def _in_thread(call: Callable[[], Value]) -> Value:
    """Return what a call returns that may take seconds. A thread of its own, which ends with it."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Value] = loop.create_future()

    def work() -> None:
        answer: Value | BaseException
        try:
            answer = call()
        except BaseException as error:  # noqa: BLE001 - a thread's border: raised again where it is awaited
            answer = error
        settle_later(loop, future, answer)

    threading.Thread(target=work, name="boxscore-session", daemon=True).start()
    return await future
