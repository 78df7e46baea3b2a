"""How an audit has its samples graded: in boxes, each stage in a part of the audit's run directory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from boxscore.audit.observe import observe
from boxscore.audit.rounds import graded_round, reference_rounds

if TYPE_CHECKING:
    from collections.abc import Callable

    from boxscore.audit.observe import Observation, ToObserve
    from boxscore.audit.rounds import Key
    from boxscore.interrupt import StopSignal
    from boxscore.records import Result, Sample
    from boxscore.run.plan import Given
    from boxscore.run.prepare import Benchmark
    from boxscore.run.request import Request


class Grading(Protocol):
    """Grades what an audit wants graded. Each method gives None where it was interrupted."""

    def references(self, benchmark: Benchmark, repeats: int) -> list[dict[Key, Result]] | None:
        """The reference and an empty sample of each instance, so many times."""

    def observed(self, benchmark: Benchmark, given: ToObserve, repeats: int) -> Observation | None:
        """The samples by which protocols validate instances themselves."""

    def given(self, part: str, benchmark: Benchmark, samples: list[Sample], given: Given) -> dict[Key, Result] | None:
        """Samples with given code; `part` names the stage."""


class BoxGrading:
    """Grades in the boxes of a request. Stages that were interrupted go on when they are asked for again."""

    def __init__(self, request: Request, stop: StopSignal, say: Callable[[str], None]) -> None:
        self._request, self._stop, self._say = request, stop, say

    def references(self, benchmark: Benchmark, repeats: int) -> list[dict[Key, Result]] | None:
        """See `Grading.references`: each is graded by itself, in each round."""
        return reference_rounds(self._request, benchmark, repeats, self._stop, say=self._say)

    def observed(self, benchmark: Benchmark, given: ToObserve, repeats: int) -> Observation | None:
        """See `Grading.observed`."""
        out = self._request.out
        apart = self._request if out is None else replace(self._request, out=out / "observed")
        return observe(apart, benchmark, given, repeats, self._stop, say=self._say)

    def given(self, part: str, benchmark: Benchmark, samples: list[Sample], given: Given) -> dict[Key, Result] | None:
        """See `Grading.given`: what was graded before under the same conditions is taken over."""
        with graded_round(
            self._request, benchmark, samples, self._stop, say=self._say, part=part, given=given, reuse=True
        ) as done:
            results = done.results
        return None if self._stop.draining() and len(results) < len(samples) else results
