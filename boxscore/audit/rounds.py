"""Grade samples in a run directory of their own, as part of looking at a benchmark: no alarm, no gate."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from boxscore.data.samples import empty_samples, gold_samples
from boxscore.run.prepare import prepare
from boxscore.run.progress import show_progress
from boxscore.run.run import executor_of, run_job
from boxscore.run.store import Outputs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boxscore.interrupt import StopSignal
    from boxscore.records import Result, Sample
    from boxscore.run.plan import Given
    from boxscore.run.prepare import Benchmark
    from boxscore.run.request import Request

Key = tuple[str, str]
"""An instance and a sample of it."""


class Round(Struct, frozen=True, kw_only=True):
    """The results of samples by instance and sample, and what each printed, for as long as the round is open."""

    results: dict[Key, Result]
    printed: Outputs


@contextmanager
def graded_round(  # noqa: PLR0913 - what a run is made of
    request: Request,
    benchmark: Benchmark,
    samples: list[Sample],
    stop: StopSignal,
    *,
    say: Callable[[str], None],
    part: str = "",
    given: Given | None = None,
    reuse: bool | None = False,
) -> Iterator[Round]:
    """Grade samples in a run directory: a part of the one that was asked for, or one that goes.

    Each is graded by itself unless `reuse` says otherwise, as `--reuse` does.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = (request.out or Path(scratch)) / part
        request = replace(request, out=folder, no_alarm=True, no_gate=True, reuse=reuse)
        job = prepare(request, benchmark, samples, given=given)
        finished = run_job(job, stop=stop, show=show_progress, executor=executor_of(request, job, say=say))
        results = {(one.instance_id, one.sample_id): one for one in finished.graded.results}
        yield Round(results=results, printed=Outputs(job.folder))


def reference_rounds(
    request: Request, benchmark: Benchmark, repeats: int, stop: StopSignal, *, say: Callable[[str], None]
) -> list[dict[Key, Result]] | None:
    """Grade the reference and an empty sample of each instance so many times; None if interrupted.

    Of several rounds each is told by `say` when it begins.
    """
    samples = [*gold_samples(benchmark.asked), *empty_samples(benchmark.asked)]
    rounds: list[dict[Key, Result]] = []
    for number in range(1, repeats + 1):
        if repeats > 1:
            say(f"round {number} of {repeats}")
        with graded_round(request, benchmark, samples, stop, say=say, part=f"round-{number}") as done:
            rounds.append(done.results)
        if stop.draining():
            return None
    return rounds
