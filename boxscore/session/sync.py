"""`SyncGrader`: warm boxes for plain scripts, threads and processes."""

from __future__ import annotations

import itertools
import queue
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING

from boxscore.data.inline import inline_task
from boxscore.session.grader import GraderOptions
from boxscore.session.making import run_task
from boxscore.session.session import settle

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from typing import Self

    from boxscore.protocols.contract import Task
    from boxscore.protocols.program.task import Comparison
    from boxscore.records import Limits, Result, Sample
    from boxscore.session.making import Making
    from boxscore.session.pool import Ticket


class SyncGrader(GraderOptions):
    """`Grader` for plain scripts, threads and processes: the same methods, and each waits for its result.

    Threads share its boxes. It works where an event loop runs too (in a notebook), is started anew in a forked process
    (a trainer's data loader), and is pickled by its options alone. ^C gives up the box of the call that it interrupts.
    """

    def __enter__(self) -> Self:
        """Open it; see `open`."""
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        """Close it; see `close`."""
        self.close()

    def open(self) -> None:
        """Read the benchmark, find a sandbox and start the workers; each opens its box at its first request.

        Raises UsageError, DataError, HarnessError, SandboxUnavailable.
        """
        self._session.open()

    def close(self) -> None:
        """End what is at work and remove all boxes; calls that still wait raise RunStopped."""
        self._session.close()

    def grade(self, sample: Sample | Mapping[str, object]) -> Result:
        """Grade an answer to an instance of the benchmark: a `Sample`, or a dict like a line of a file of samples.

        Raises UsageError and InputError for what is no sample, SandboxUnavailable, HarnessError.
        """
        return self._ask(self._session.maker().of_sample(sample))

    def stream(self, samples: Iterable[Sample | Mapping[str, object]], *, ahead: int | None = None) -> Iterator[Result]:
        """Grade samples and yield each result as soon as it is known, in no order; see `Grader.stream`."""
        most = self._most_ahead(ahead)
        maker = self._session.maker()
        answers: queue.SimpleQueue[tuple[int, Result | BaseException]] = queue.SimpleQueue()
        tickets: dict[int, Ticket] = {}  # of what is not yet yielded, by numbers
        numbers, left = itertools.count(), iter(samples)
        failed: Exception | None = None
        try:
            while tickets or failed is None:
                while len(tickets) < most and failed is None:
                    try:
                        making = maker.of_sample(next(left))
                    except Exception as error:  # noqa: BLE001 - the caller's own, or the end: raised below
                        failed = error
                    else:
                        number = next(numbers)
                        tickets[number] = self._session.submit(making, partial(_put, answers, number))
                if tickets:
                    number, answer = answers.get()
                    del tickets[number]
                    if isinstance(answer, BaseException):
                        raise answer
                    yield answer
        finally:
            for ticket in tickets.values():
                self._session.cancel(ticket)
        if not isinstance(failed, StopIteration):
            raise failed

    def grade_tests(  # noqa: PLR0913 - options, by keyword
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
        task = inline_task(
            tests,
            entry_point=entry_point,
            language=language,
            comparison=comparison,
            limits=limits,
            helpers=helpers,
        )
        return self.grade_task(task, code, sample_id=sample_id)

    def run_code(  # noqa: PLR0913 - options, by keyword
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
        making = self._session.maker().of_task(task, code, instance_id="inline", sample_id="0", may_be_blank=True)
        return self._ask(making)

    def grade_task(self, task: Task, code: str, *, instance_id: str = "inline", sample_id: str = "0") -> Result:
        """Grade code by a task: a `FunctionTask`, a `ProgramTask`, or that of another protocol.

        White space alone is `no_code`. Raises UsageError for a task that cannot be graded by, SandboxUnavailable.
        """
        maker = self._session.maker()
        return self._ask(maker.of_task(task, code, instance_id=instance_id, sample_id=sample_id))

    def _ask(self, making: Making) -> Result:
        future: Future[Result] = Future()
        ticket = self._session.submit(making, partial(settle, future))
        try:
            return future.result()
        except BaseException:  # ^C mostly; for a request that has ended it is nothing
            self._session.cancel(ticket)
            raise


def _put(
    answers: queue.SimpleQueue[tuple[int, Result | BaseException]], number: int, answer: Result | BaseException
) -> None:
    answers.put((number, answer))
