"""Which executor does the work, by the word for the place."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from boxscore.run.executors.local import LocalWorkers
from boxscore.run.options import LOCAL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boxscore.run.executors.contract import Executor
    from boxscore.run.prepare import Job, Request


@contextmanager
def early_workers(request: Request) -> Iterator[LocalWorkers | None]:
    """Workers that may get ready while a run is prepared; None where it is graded elsewhere."""
    if request.on != LOCAL:
        yield None
        return
    with LocalWorkers(request.worker_count()) as workers:
        yield workers


def executor_of(request: Request, job: Job, *, say: Callable[[str], None] = lambda _: None) -> Executor:
    """Where the work is done. Raises UsageError for a place that does not exist, or when Ray is not installed."""
    if request.on == LOCAL:
        return LocalWorkers(job.workers)
    from boxscore.run.executors.ray import RayWorkers, address_of  # noqa: PLC0415 - only for a cluster

    return RayWorkers(address_of(request.on), request.workers, settings=job.settings, say=say)
