"""The seam between engine and protocols: batches go in, results come out.

A protocol (function today; program, patch and others later) supplies a `Grader`. The engine opens one per worker,
gives it batches, each of samples of one instance, and closes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from boxscore.harness import Task  # noqa: TC001 - msgspec reads the annotations
from boxscore.records import Conditions, Result, Trust  # noqa: TC001 - as above

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager


class Candidate(Struct, frozen=True, kw_only=True):
    """One sample's code, as a harness extracted it."""

    sample_id: str
    code: str


class Batch(Struct, frozen=True, kw_only=True):
    """Candidates for one instance; `conditions` are those of the run, None where nobody keeps the results."""

    instance_id: str
    task: Task
    trust: Trust
    candidates: tuple[Candidate, ...]
    conditions: Conditions | None = None


class Grader(Protocol):
    """Grades batches, one at a time; belongs to one worker thread."""

    def grade(self, batch: Batch) -> Iterator[Result]:
        """Yield one result for each candidate, in any order, each as soon as it is known.

        The iterator may be closed early; nothing more is then wanted of this grader.

        Trouble with boxes is retried in a new box and ends as the outcome `internal`, with its reason. Raises
        SandboxUnavailable or ImageMissing when no box can be opened at all; results not yet yielded are then lost.
        """


class GraderFactory(Protocol):
    """What a worker needs to start: opens a grader and, on exit, all of its boxes are gone."""

    def __call__(self) -> AbstractContextManager[Grader]:
        """Open a grader of this worker's own."""
