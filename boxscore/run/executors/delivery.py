"""Results on their way from workers, which are threads, to the thread that stores them."""

from __future__ import annotations

import queue
import threading
import time
from typing import TYPE_CHECKING

from boxscore.errors import RunStopped
from boxscore.images.watch import current_watch
from boxscore.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from boxscore.interrupt import StopSignal
    from boxscore.protocols.contract import Batch, BatchGrader
    from boxscore.records import Result

_GATHER_S = 0.02  # results are stored together this often: soon enough for a kill, rare enough to cost nothing
_QUEUED = 4096


class Delivery:
    """What workers found for one run: results in a queue, and the errors that end it.

    Once `ended` is set nobody reads on: results are dropped, and errors are those of work that was abandoned.
    """

    def __init__(self, stop: StopSignal) -> None:
        self.errors: list[BaseException] = []
        self.ended = threading.Event()
        self._stop = stop
        self._results: queue.Queue[Result | None] = queue.Queue(_QUEUED)

    def over(self) -> bool:
        """Whether no further batch is to be begun."""
        return self.ended.is_set() or self._stop.draining()

    def grade(self, grader: BatchGrader, batch: Batch) -> None:
        """Grade a batch as far as that is still wanted."""
        with current_watch().grading(batch.instance_id):
            for result in grader.grade(batch):
                if self.ended.is_set() and result.outcome is Outcome.INTERNAL:
                    break  # the box was taken from it
                self.deliver(result)
                if self._stop.draining():
                    break  # closes the grader's iterator: samples it has not begun are left

    def fail(self, error: BaseException) -> None:
        """Take in what a worker raised, unless it was told to stop and did."""
        stopped = isinstance(error, RunStopped) and self._stop.draining()  # instead of waiting for what is ahead
        if not self.ended.is_set() and not stopped:
            self.errors.append(error)

    def hand_over(self, on_results: Callable[[Sequence[Result]], None], *, wait: bool = False) -> None:
        """Pass on what has come in; with `wait`, give it a moment to come."""
        together: list[Result | None] = []
        try:
            if wait:
                together.append(self._results.get(timeout=0.1))
                if together[0] is not None:
                    time.sleep(_GATHER_S)
            while True:
                together.append(self._results.get_nowait())
        except queue.Empty:
            results = [result for result in together if result is not None]
            if results:
                on_results(results)

    def deliver(self, result: Result | None) -> None:
        """Queue a result, or None to wake the reader; when all has ended, a full queue drops it: nobody reads on."""
        while True:
            try:
                self._results.put(result, timeout=0.1)
            except queue.Full:
                if not self.ended.is_set():
                    continue
            return
