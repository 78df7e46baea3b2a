"""`Grader`: warm boxes for code that runs in an event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping
    from pathlib import Path
    from typing import Self

    from boxscore.harness import Harness
    from boxscore.protocols.contract import Task
    from boxscore.protocols.program.task import Comparison
    from boxscore.records import Instance, Limits, Result, Sample


class Grader:
    """Grades one sample at a time in boxes that stay open."""

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
    ) -> None:
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        """Open it."""
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close it."""
        await self.close()

    async def open(self) -> None:
        """Load the benchmark and start the workers."""
        raise NotImplementedError

    async def close(self) -> None:
        """End what is at work and remove the boxes."""
        raise NotImplementedError

    @property
    def instances(self) -> Mapping[str, Instance]:
        """The instances of the benchmark by id; empty without one."""
        raise NotImplementedError

    @property
    def harness(self) -> Harness | None:
        """The benchmark's harness; None without one."""
        raise NotImplementedError

    @property
    def workers(self) -> int:
        """How many samples are graded at once."""
        raise NotImplementedError

    @property
    def waiting(self) -> int:
        """How many requests no worker has begun."""
        raise NotImplementedError

    @property
    def busy(self) -> int:
        """How many workers are at a request."""
        raise NotImplementedError

    async def grade(self, sample: Sample | Mapping[str, object]) -> Result:
        """Grade an answer to an instance of the benchmark."""
        raise NotImplementedError

    def stream(
        self,
        samples: Iterable[Sample | Mapping[str, object]] | AsyncIterable[Sample | Mapping[str, object]],
        *,
        ahead: int | None = None,
    ) -> AsyncIterator[Result]:
        """Grade samples and yield each result as soon as it is known."""
        raise NotImplementedError

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
        """Grade code by tests that come with it."""
        raise NotImplementedError

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
        """Run a program and say what it printed."""
        raise NotImplementedError

    async def grade_task(self, task: Task, code: str, *, instance_id: str = "inline", sample_id: str = "0") -> Result:
        """Grade code by a task."""
        raise NotImplementedError
