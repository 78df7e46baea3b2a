"""Several runs at once, each in a run directory of its own, on workers that they share.

Runs whose samples are graded in the same image share the graders of a worker, and so its warm boxes. Each run has a
backend of its own for what concerns it alone: what ends one of them, such as its alarm, ends no box of another. What
one run meets, it keeps to itself: the others go on.
"""

from __future__ import annotations

import threading
from contextlib import ExitStack
from contextvars import copy_context
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from boxscore.boxes.open_files import need_files
from boxscore.boxes.stoppable import StoppableBackend
from boxscore.errors import BoxscoreError
from boxscore.run.choose_executor import executor_of
from boxscore.run.executors.shared import MOST_GRADERS, SharedWorkers
from boxscore.run.graders import grader_factory
from boxscore.run.options import LOCAL
from boxscore.run.prepare import Job, asked_backend, check_backend, needs_of, place_on
from boxscore.run.run import FinishedRun, run_job

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from boxscore.boxes.contract import Backend
    from boxscore.interrupt import StopSignal
    from boxscore.protocols.contract import GraderFactory
    from boxscore.run.executors.contract import Executor
    from boxscore.run.prepare import Benchmark, Place, Request
    from boxscore.run.several_progress import ShowRun

_LOOK_S = 0.1


class EndedRun(Struct, frozen=True, kw_only=True):
    """What became of one of several runs: what it came to, or the error that ended it."""

    job: Job
    finished: FinishedRun | None = None
    error: BoxscoreError | None = None


class SharedPlaces:
    """Gives runs their places in boxes of one backend, with graders that runs of one image share."""

    def __init__(self) -> None:
        self.backend: StoppableBackend | None = None  # whose boxes are shared
        self._checked: Backend | None = None
        self._graders: dict[str | None, GraderFactory] = {}

    def of(self, request: Request, benchmark: Benchmark, folder: Path | None) -> Place:
        """The place of a run. Raises SandboxUnavailable, ImageMissing, UsageError."""
        if self._checked is None:
            need_files(request.worker_count() * MOST_GRADERS)
            self._checked = asked_backend(request, benchmark, folder)
            self.backend = StoppableBackend(self._checked)
        else:
            if not needs_of(benchmark) <= self._checked.capabilities:
                asked_backend(request, benchmark, folder)  # says why the backend that could is not there
            check_backend(benchmark, self._checked)
        place = place_on(self._checked, request, benchmark)
        if benchmark.harness.image is None or self.backend is None:  # boxes of each instance's own
            return place
        image = place.conditions.image
        if image not in self._graders:
            self._graders[image] = grader_factory(self.backend, image, strict=request.strict)
        return replace(place, open_grader=self._graders[image])


def run_jobs(  # noqa: PLR0913 - options, by keyword
    jobs: Mapping[str, Job],
    requests: Mapping[str, Request],
    *,
    stop: StopSignal,
    show: ShowRun,
    shared: StoppableBackend | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, EndedRun]:
    """Carry out jobs, by the names of their benchmarks, beside each other where they are graded on this machine.

    `shared` is the backend whose boxes they share. On a cluster one is graded after the other.
    """
    ended: dict[str, EndedRun] = {}

    def run(name: str, executor: Executor) -> None:
        try:
            finished = run_job(jobs[name], stop=stop, show=show(name), executor=executor)
        except BoxscoreError as error:
            ended[name] = EndedRun(job=jobs[name], error=error)
        else:
            ended[name] = EndedRun(job=jobs[name], finished=finished)

    if any(request.on != LOCAL for request in requests.values()):
        for name in _unless_stopped(jobs, stop):
            run(name, executor_of(requests[name], jobs[name], say=say))
    else:
        _side_by_side(jobs, run, stop, shared)
    return {name: ended.get(name, EndedRun(job=jobs[name])) for name in jobs}


def _unless_stopped(jobs: Mapping[str, Job], stop: StopSignal) -> Iterator[str]:
    for name in jobs:
        if stop.draining():
            return
        yield name


def _side_by_side(
    jobs: Mapping[str, Job],
    run: Callable[[str, Executor], None],
    stop: StopSignal,
    shared: StoppableBackend | None,
) -> None:
    """Run jobs in threads; raises the first error that is none of ours."""
    errors: list[BaseException] = []
    with ExitStack() as stack:
        if shared is not None:
            stack.callback(shared.sweep)
            stack.enter_context(shared.attending(stop))
        pool = stack.enter_context(SharedWorkers(max(job.workers for job in jobs.values()), len(jobs)))

        def work(name: str) -> None:
            part = pool.part()
            try:
                run(name, part)
            except BaseException as error:  # noqa: BLE001 - a thread's border: raised again below
                errors.append(error)
            finally:
                part.close()

        threads = [
            threading.Thread(target=copy_context().run, args=(work, name), name=f"boxscore-run-{name}", daemon=True)
            for name in jobs
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            while thread.is_alive():  # a join without end would keep signals from being handled
                thread.join(_LOOK_S)
        if errors:
            raise errors[0]
