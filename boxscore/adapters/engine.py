"""The one warm engine of a process, which all adapters share.

It is opened when the first verdict is asked for and closed when the process ends. A process that was forked off opens
its own. What opens it is said by `configure`, else by the variables of the command line's options.
"""

from __future__ import annotations

import asyncio
import os
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct, structs

from boxscore.errors import NoVerdict, UsageError
from boxscore.records import Outcome, Result, Trust

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from boxscore.protocols.contract import Task
    from boxscore.session.sync import SyncGrader


class EngineSettings(Struct, frozen=True, kw_only=True):
    """How the engine is opened: options of `SyncGrader`, which says what each of them means, and a limit.

    `cpu_s` is the cpu time of an answer, or of one case of a program; None: as `Limits` has it.
    `workers` None: one in a process that `multiprocessing` started, as it is one of many and asks for one verdict at a
    time; elsewhere as many as cores.
    """

    backend: str = "auto"
    workers: int | None = None
    image: str | None = None
    runtime: str | None = None
    strict: bool = False
    cpu_s: float | None = None
    on: str = "local"
    least_trust: str | None = None


class Submission(Struct, frozen=True, kw_only=True):
    """Code and how to grade it; `code` None where an answer held none."""

    task: Task
    code: str | None


def settings_of_environment() -> EngineSettings:
    """Read BOXSCORE_BACKEND, _WORKERS, _IMAGE, _RUNTIME, _STRICT, _TIMEOUT, _ON and _LEAST_TRUST. Raises UsageError."""
    given: dict[str, Any] = {}
    for field in structs.fields(EngineSettings):
        name = f"BOXSCORE_{'TIMEOUT' if field.name == 'cpu_s' else field.name.upper()}"
        text = os.environ.get(name)
        try:
            given |= {field.name: msgspec.convert(text, field.type, strict=False)} if text else {}
        except msgspec.ValidationError as error:
            raise UsageError(f"{name} cannot be {text!r}: {error}") from None
    return EngineSettings(**given)


def new_grader(settings: EngineSettings) -> SyncGrader:
    """Make the grader of these settings, not yet open. Raises UsageError."""
    import multiprocessing  # noqa: PLC0415 - with the first grader only

    from boxscore.session.sync import SyncGrader  # noqa: PLC0415 - heavy

    if settings.workers is None and multiprocessing.parent_process() is not None:
        settings = structs.replace(settings, workers=1)
    options = structs.asdict(settings)
    del options["cpu_s"]  # which is of a task's limits
    return SyncGrader(**options)


class SharedEngine:
    """Opens a grader once for all threads of a process, and feeds it from as many threads as it has use for."""

    def __init__(self, make: Callable[[EngineSettings], SyncGrader] | None = None) -> None:
        self._make = make if make is not None else new_grader
        self._lock = threading.RLock()
        self._settings: EngineSettings | None = None
        self._given: SyncGrader | None = None
        self._grader: SyncGrader | None = None
        self._pool: ThreadPoolExecutor | None = None
        self._inherited: list[object] = []
        self._watched: set[str] = set()

    def configure(self, settings: EngineSettings | None, grader: SyncGrader | None) -> None:
        """Take these settings, or this grader, from the next verdict on."""
        with self._lock:
            self.close()
            self._settings, self._given = settings, grader

    @property
    def settings(self) -> EngineSettings:
        """What was configured, else what the environment says."""
        return self._settings if self._settings is not None else settings_of_environment()

    def grader(self) -> SyncGrader:
        """Give the grader, opened by the first call. Raises SandboxUnavailable where there can be none."""
        with self._lock:
            if self._given is not None:
                return self._given
            if self._grader is None:
                grader = self._make(self.settings)
                grader.open()
                self._grader = grader
                self._watch()
            return self._grader

    def pool(self) -> ThreadPoolExecutor:
        """Give the threads that wait for verdicts: two for each box, so that none waits for a thread."""
        with self._lock:
            if self._pool is None:
                size = 2 * self.grader().workers
                self._pool = ThreadPoolExecutor(size, thread_name_prefix="boxscore-verdict")
                self._watch()
            return self._pool

    def close(self) -> None:
        """Close what was opened here; the next verdict opens it anew."""
        with self._lock:
            grader, pool = self._grader, self._pool
            self._grader = self._pool = None
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)
        if grader is not None:
            grader.close()

    def forget(self) -> None:
        """Leave what a parent process opened to it, and start anew: called in a process that was forked off."""
        self._inherited += [one for one in (self._grader, self._pool) if one is not None]
        self._lock, self._grader, self._pool = threading.RLock(), None, None
        self._watched.discard("process")

    def _watch(self) -> None:
        """See to it that the engine is closed when this process ends, however Python ends it."""
        import atexit  # noqa: PLC0415 - with the first grader only
        import multiprocessing.util  # noqa: PLC0415 - with the first grader only

        if "forks" not in self._watched:
            os.register_at_fork(after_in_child=self.forget)
            atexit.register(self.close)
        if "process" not in self._watched:  # processes of multiprocessing end without atexit
            multiprocessing.util.Finalize(None, self.close, exitpriority=100)
        self._watched |= {"forks", "process"}


ENGINE = SharedEngine()


def configure(*, grader: SyncGrader | None = None, **options: Any) -> None:
    """Say how the engine is opened, in place of the environment. Call it before the first verdict is asked for.

    Options are those of `EngineSettings`. An engine that is open is closed. With `grader` the adapters use that one,
    which stays the caller's to close. Raises UsageError.
    """
    unknown = sorted(options.keys() - set(EngineSettings.__struct_fields__))
    if unknown:
        known = ", ".join(EngineSettings.__struct_fields__)
        raise UsageError(f"configure has no option {unknown[0]}; it has {known} and grader")
    ENGINE.configure(EngineSettings(**options), grader)


def configure_from_environment() -> None:
    """Undo `configure`: the variables say again how the engine is opened. One that is open is closed."""
    ENGINE.configure(None, None)


def close() -> None:
    """Close the engine before the process ends; the next verdict opens it anew."""
    ENGINE.close()


def grade_all(submissions: Sequence[Submission], *, deadline_s: float | None = None) -> list[Result]:
    """Grade all submissions, as many at once as there are boxes, and give their results in order.

    Raises:
        NoVerdict: They took longer than `deadline_s` wall seconds together.
        SandboxUnavailable: No sandbox can be had.
    """
    if len(submissions) == 1 and deadline_s is None:
        return [_grade(submissions[0])]
    pool = ENGINE.pool()
    waiting = [pool.submit(_grade, submission) for submission in submissions]
    try:
        if deadline_s is not None and wait(waiting, timeout=deadline_s).not_done:
            raise NoVerdict(f"no verdict within {deadline_s:g} s")
        return [one.result() for one in waiting]
    finally:
        for one in waiting:
            one.cancel()


async def grade_all_async(submissions: Sequence[Submission]) -> list[Result]:
    """Do what `grade_all` does, without blocking the event loop."""
    loop = asyncio.get_running_loop()
    pool = await loop.run_in_executor(None, ENGINE.pool)  # opening boxes takes a while
    return list(await asyncio.gather(*(loop.run_in_executor(pool, _grade, submission) for submission in submissions)))


def no_code_result() -> Result:
    """Make the result of an answer that holds no code, for which no box is needed."""
    return Result(
        instance_id="inline",
        sample_id="0",
        outcome=Outcome.NO_CODE,
        trust=Trust.ORACLE,
        reason="the answer holds no code",
    )


def _grade(submission: Submission) -> Result:
    if submission.code is None:
        return no_code_result()
    return ENGINE.grader().grade_task(submission.task, submission.code)
