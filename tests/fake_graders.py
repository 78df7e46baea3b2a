"""Graders without boxes, for tests of what is built on them: the answer to each request is given."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from boxscore.errors import UsageError
from boxscore.records import Outcome, Result, Sample, Trust
from boxscore.session.grader import Grader
from boxscore.session.sync import SyncGrader

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Mapping

    from boxscore.harness import Harness
    from boxscore.protocols.contract import Task
    from boxscore.records import Instance

    Answer = Outcome | Mapping[str, Outcome | Result] | Callable[["FakeCall"], Outcome | Result]


class FakeCall(Struct, frozen=True, kw_only=True):
    method: str
    code: str
    instance_id: str = "inline"
    sample_id: str = "0"
    options: dict[str, Any] = {}


class FakeSession:
    """What the fakes share: they answer each request after `delay_s`, so many `workers` at once, and keep `calls`.

    `answer` is an outcome for all, a mapping from code to outcome or result, or a function of the `FakeCall`, which may
    raise. An outcome becomes a result of trust `oracle`, or `none` for `run_code`.
    """

    def __init__(self, answer: Answer, *, workers: int, delay_s: float, instances: Mapping[str, Instance]) -> None:
        self.answer, self.workers, self.delay_s, self.instances = answer, workers, delay_s, instances
        self.calls: list[FakeCall] = []
        self.waiting = self.busy = self.cancelled = 0
        self.is_open = False

    def result(self, call: FakeCall) -> Result:
        self.calls.append(call)
        found: Outcome | Result
        if isinstance(self.answer, Outcome):
            found = self.answer
        elif callable(self.answer):
            found = self.answer(call)
        else:
            found = self.answer[call.code]
        if isinstance(found, Result):
            return found
        return Result(instance_id=call.instance_id, sample_id=call.sample_id, outcome=found, trust=Trust.ORACLE)

    def sample_call(self, sample: Sample | Mapping[str, Any]) -> FakeCall:
        if not isinstance(sample, Sample):
            fields = dict(sample)
            text = fields.pop("text", None) or fields.pop("solution", None) or fields.pop("completion", None) or ""
            sample = Sample(
                instance_id=str(fields.get("instance_id") or fields.get("task_id") or ""),
                sample_id=str(fields.get("sample_id", "0")),
                text=str(text),
            )
        if self.instances and sample.instance_id not in self.instances:
            raise UsageError(f"sample {sample.sample_id!r} answers unknown instance {sample.instance_id!r}")
        return FakeCall(method="grade", code=sample.text, instance_id=sample.instance_id, sample_id=sample.sample_id)


class _Faked:
    def __init__(
        self,
        answer: Answer = Outcome.PASSED,
        *,
        workers: int = 2,
        delay_s: float = 0.0,
        instances: Mapping[str, Instance] | None = None,
        harness: Harness | None = None,
    ) -> None:
        self.fake = FakeSession(answer, workers=workers, delay_s=delay_s, instances=instances or {})
        self._fake_harness = harness

    @property
    def calls(self) -> list[FakeCall]:
        return self.fake.calls

    @property
    def instances(self) -> Mapping[str, Instance]:
        return self.fake.instances

    @property
    def harness(self) -> Harness | None:
        return self._fake_harness

    @property
    def workers(self) -> int:
        return self.fake.workers

    @property
    def waiting(self) -> int:
        return self.fake.waiting

    @property
    def busy(self) -> int:
        return self.fake.busy


class FakeGrader(_Faked, Grader):
    _slots: asyncio.Semaphore | None = None

    async def open(self) -> None:
        self.fake.is_open = True

    async def close(self) -> None:
        self.fake.is_open = False

    async def grade(self, sample: Sample | Mapping[str, object]) -> Result:
        return await self._answer(self.fake.sample_call(sample))

    async def stream(
        self,
        samples: Iterable[Sample | Mapping[str, object]] | AsyncIterable[Sample | Mapping[str, object]],
        *,
        ahead: int | None = None,
    ) -> AsyncGenerator[Result, None]:
        if hasattr(samples, "__aiter__"):
            async for sample in samples:
                yield await self.grade(sample)
        else:
            for sample in samples:
                yield await self.grade(sample)

    async def grade_tests(self, code: str, tests: object, **options: Any) -> Result:
        sample_id = options.pop("sample_id", "0")
        call = FakeCall(method="grade_tests", code=code, sample_id=sample_id, options={"tests": tests, **options})
        return await self._answer(call)

    async def run_code(self, code: str, **options: Any) -> Result:
        return await self._answer(FakeCall(method="run_code", code=code, options=options))

    async def grade_task(self, task: Task, code: str, *, instance_id: str = "inline", sample_id: str = "0") -> Result:
        options = {"task": task}
        return await self._answer(
            FakeCall(method="grade_task", code=code, instance_id=instance_id, sample_id=sample_id, options=options)
        )

    async def _answer(self, call: FakeCall) -> Result:
        try:
            async with self._slot():
                await asyncio.sleep(self.fake.delay_s)
                return self.fake.result(call)
        except asyncio.CancelledError:
            self.fake.cancelled += 1
            raise

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        if self._slots is None:
            self._slots = asyncio.Semaphore(self.fake.workers)
        self.fake.waiting += 1
        try:
            await self._slots.acquire()
        finally:
            self.fake.waiting -= 1
        self.fake.busy += 1
        try:
            yield
        finally:
            self.fake.busy -= 1
            self._slots.release()


class FakeSyncGrader(_Faked, SyncGrader):
    def __init__(self, *answer: Answer, workers: int = 2, **options: Any) -> None:
        super().__init__(*answer, workers=workers, **options)
        self._slots, self._lock = threading.Semaphore(workers), threading.Lock()

    def open(self) -> None:
        self.fake.is_open = True

    def close(self) -> None:
        self.fake.is_open = False

    def grade(self, sample: Sample | Mapping[str, object]) -> Result:
        return self._answer(self.fake.sample_call(sample))

    def stream(self, samples: Iterable[Sample | Mapping[str, object]], *, ahead: int | None = None) -> Iterator[Result]:
        return map(self.grade, samples)

    def grade_tests(self, code: str, tests: object, **options: Any) -> Result:
        sample_id = options.pop("sample_id", "0")
        call = FakeCall(method="grade_tests", code=code, sample_id=sample_id, options={"tests": tests, **options})
        return self._answer(call)

    def run_code(self, code: str, **options: Any) -> Result:
        return self._answer(FakeCall(method="run_code", code=code, options=options))

    def grade_task(self, task: Task, code: str, *, instance_id: str = "inline", sample_id: str = "0") -> Result:
        options = {"task": task}
        return self._answer(
            FakeCall(method="grade_task", code=code, instance_id=instance_id, sample_id=sample_id, options=options)
        )

    def _answer(self, call: FakeCall) -> Result:
        with self._slot():
            time.sleep(self.fake.delay_s)
            return self.fake.result(call)

    @contextmanager
    def _slot(self) -> Iterator[None]:
        with self._lock:
            self.fake.waiting += 1
        self._slots.acquire()
        with self._lock:
            self.fake.waiting -= 1
            self.fake.busy += 1
        try:
            yield
        finally:
            with self._lock:
                self.fake.busy -= 1
            self._slots.release()
