"""Which executor does the work, by the word for the place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.run.executors.local import LocalWorkers

if TYPE_CHECKING:
    from collections.abc import Callable

    from boxscore.run.executors.contract import Executor
    from boxscore.run.prepare import Job, Request


def executor_of(request: Request, job: Job, *, say: Callable[[str], None] = lambda _: None) -> Executor:
    """Where the work is done. Raises UsageError for a place that does not exist, or when Ray is not installed."""
    if request.on == "local":
        return LocalWorkers(job.workers)
    from boxscore.run.executors.ray import RayWorkers, address_of  # noqa: PLC0415 - only for a cluster

    return RayWorkers(address_of(request.on), request.workers, settings=job.settings, say=say)
