"""What `Grader` and `SyncGrader` share: the benchmark, the workers, and what becomes of both in a forked process.

A process that was forked has the memory of its parent and none of its threads. So all that a session has of a process
is one object, which is replaced in the child before anything else happens there: no lock of the parent's is waited for,
and no box of the parent's is touched.
"""

from __future__ import annotations

import atexit
import os
import threading
import weakref
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from boxscore.boxes.open_files import need_files
from boxscore.cache import cache_folder
from boxscore.errors import RunStopped
from boxscore.run.executors.contract import LOCAL
from boxscore.run.gate import Gates, grader_factory
from boxscore.run.prepare import asked_backend, load_benchmark
from boxscore.session.making import WorkMaker
from boxscore.session.pool import CLOSED, Pool, Ticket
from boxscore.session.remote import ray_pool

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Mapping
    from concurrent.futures import Future

    from boxscore.boxes.contract import Backend
    from boxscore.harness import Harness
    from boxscore.protocols.contract import GraderFactory
    from boxscore.records import Instance, Result
    from boxscore.run.prepare import Benchmark
    from boxscore.run.request import Request
    from boxscore.session.making import Making
    from boxscore.session.remote import ClusterPool

Value = TypeVar("Value")

_sessions: weakref.WeakSet[Session] = weakref.WeakSet()
_of_parents: list[object] = []  # kept in a forked child, so that nothing of them is ever closed there


class _Here:
    """All that a session has of this process."""

    def __init__(
        self, *, closed: bool = False, benchmark: Benchmark | None = None, backend: Backend | None = None
    ) -> None:
        self.lock = threading.Lock()
        self.closed = closed
        self.benchmark, self.backend = benchmark, backend
        self.pool: Pool | ClusterPool | None = None
        self.maker: WorkMaker | None = None


class Session:
    """Opens when it is first used, or by `open`; thread-safe.

    `benchmark` is the request's own, where it is loaded already, and `backend` its, where it is known to work.
    """

    def __init__(self, request: Request, benchmark: Benchmark | None = None, backend: Backend | None = None) -> None:
        self.request = request
        self._here = _Here(benchmark=benchmark, backend=backend)
        _attend()
        _sessions.add(self)

    @property
    def is_open(self) -> bool:
        """Whether there are workers."""
        return self._here.pool is not None

    @property
    def harness(self) -> Harness | None:
        """The benchmark's harness; None without one. Reads the benchmark."""
        benchmark = self._benchmark()
        return None if benchmark is None else benchmark.harness

    @property
    def instances(self) -> Mapping[str, Instance]:
        """The instances that may be graded, by id. Reads the benchmark."""
        if self._here.maker is not None:
            return self._here.maker.instances
        benchmark = self._benchmark()
        return {} if benchmark is None else {one.instance_id: one for one in benchmark.asked}

    @property
    def workers(self) -> int:
        """How many requests are at work at once."""
        return self.request.worker_count()

    @property
    def waiting(self) -> int:
        """Requests that no worker has begun."""
        pool = self._here.pool
        return 0 if pool is None else pool.waiting

    @property
    def busy(self) -> int:
        """Workers that are at a request."""
        pool = self._here.pool
        return 0 if pool is None else pool.busy

    def open(self) -> None:
        """Read the benchmark, find a sandbox, remove what dead engines have left, and start the workers.

        Does nothing where it is open. Raises UsageError, DataError, HarnessError, SandboxUnavailable.
        """
        here = self._here
        with here.lock:
            here.closed = False
            self._open(here)

    def maker(self) -> WorkMaker:
        """What makes work of requests; opens the session. Raises as `open`, and RunStopped where it was closed."""
        here = self._here
        if here.maker is None:
            with here.lock:
                if here.closed:
                    raise RunStopped(CLOSED)
                self._open(here)
        if here.maker is None:
            raise RunStopped(CLOSED)
        return here.maker

    def submit(self, making: Making, settle: Callable[[Result | BaseException], object]) -> Ticket:
        """Queue a request. Raises RunStopped where the session was closed."""
        pool = self._here.pool
        if pool is None:
            raise RunStopped(CLOSED)
        ticket = Ticket(making.make, settle, making.group)
        pool.submit(ticket)
        return ticket

    def cancel(self, ticket: Ticket) -> None:
        """Drop a request; end its box if it is at work. Returns soon. One that has ended is left alone."""
        pool = self._here.pool
        if pool is not None:
            pool.cancel(ticket)

    def close(self) -> None:
        """End what is at work and remove all boxes. Requests that wait raise RunStopped."""
        here = self._here
        with here.lock:
            pool, here.pool, here.maker = here.pool, None, None
            here.closed = True
        if pool is not None:
            pool.close()

    def _benchmark(self) -> Benchmark | None:
        here = self._here
        if here.benchmark is None and self.request.benchmark:
            with here.lock:
                self._load(here)
        return here.benchmark

    def _load(self, here: _Here) -> None:
        if here.benchmark is None and self.request.benchmark:
            here.benchmark = load_benchmark(self.request)

    def _open(self, here: _Here) -> None:
        if here.pool is not None:
            return
        self._load(here)
        request = self.request
        count = request.worker_count()
        need_files(count)
        backend = here.backend or asked_backend(request, here.benchmark)
        backend.reap()
        maker = WorkMaker(request, here.benchmark, backend)
        if request.on == LOCAL:
            gates = Gates(cache_folder())
            here.pool = Pool(count, backend, partial(_open_graders, strict=request.strict, gates=gates))
        else:
            here.pool = ray_pool(request, *maker.usual())
        here.maker = maker

    def renew(self) -> None:
        """Forget, in a forked child, all that is the parent's."""
        _of_parents.append(self._here)
        self._here = _Here(closed=self._here.closed)


def _open_graders(backend: Backend, image: str | None, *, strict: bool, gates: Gates) -> GraderFactory:
    return grader_factory(backend, image, strict=strict, gates=gates)


def _renew_all() -> None:
    for session in list(_sessions):
        session.renew()


def _close_all() -> None:
    for session in list(_sessions):
        session.close()


_attending: list[bool] = []


def _attend() -> None:
    """From the first session on: start anew in forked children, and leave nothing at the interpreter's end."""
    if not _attending:
        _attending.append(True)
        os.register_at_fork(after_in_child=_renew_all)
        atexit.register(_close_all)


def settle_later(loop: asyncio.AbstractEventLoop, future: asyncio.Future[Value], answer: Value | BaseException) -> None:
    """Settle a future of a loop from another thread; if the loop has ended, nobody waits any more."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(settle, future, answer)


def settle(future: asyncio.Future[Value] | Future[Value], answer: Value | BaseException) -> None:
    """Give a future its value, or raise an error where it is awaited; one that is settled or cancelled stays so."""
    if future.done():
        return
    if isinstance(answer, BaseException):
        future.set_exception(answer)
    else:
        future.set_result(answer)
