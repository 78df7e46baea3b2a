"""`SyncGrader`: warm boxes for plain scripts, threads and processes."""

from __future__ import annotations

import itertools
import queue
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING

from boxscore.data.inline import inline_task
from boxscore.session.futures import settle
from boxscore.session.programs import run_task
from boxscore.session.session import Session
from boxscore.session.settings import checked_ahead, checked_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import Self

    from boxscore.harness import Harness
    from boxscore.protocols.contract import Task
    from boxscore.protocols.program.task import Comparison
    from boxscore.records import Instance, Limits, Result, Sample
    from boxscore.session.making import Making
    from boxscore.session.settings import SessionSettings
    from boxscore.session.tickets import Ticket


class SyncGrader:
    """`Grader` for plain scripts, threads and processes: the same methods, and each waits for its result.

    Threads share its boxes. It works where an event loop runs too (in a notebook), is started anew in a forked process
    (a trainer's data loader), and is pickled by its options alone. ^C gives up the box of the call that it interrupts.
    """

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
            checked_settings(
                "SyncGrader",
                benchmark,
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

    def __getstate__(self) -> SessionSettings:
        """Give the options alone."""
        return self._session.settings

    def __setstate__(self, settings: SessionSettings) -> None:
        """Begin with the same options, not yet open."""
        self._session = Session(settings)

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

    def grade(self, sample: Sample | Mapping[str, object]) -> Result:
        """Grade an answer to an instance of the benchmark: a `Sample`, or a dict like a line of a file of samples.

        Raises UsageError and InputError for what is no sample, SandboxUnavailable, HarnessError.
        """
        return self._ask(self._session.maker().of_sample(sample))

    def stream(self, samples: Iterable[Sample | Mapping[str, object]], *, ahead: int | None = None) -> Iterator[Result]:
        """Grade samples and yield each result as soon as it is known, in no order; see `Grader.stream`."""
        most = checked_ahead(ahead, self.workers)
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
