"""How an audit has its samples graded: in rounds and stages, each in a part of its run directory; no alarm, no gate."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from msgspec.structs import replace

from boxscore.cache import cache_folder, replace_file
from boxscore.data.samples import empty_samples, gold_samples
from boxscore.errors import StoreError
from boxscore.protocols.contract import Observed, Task, Validates
from boxscore.protocols.registry import protocol_of, role
from boxscore.records import Result, Sample
from boxscore.run.plan import Given
from boxscore.run.prepare import prepare
from boxscore.run.progress import show_progress
from boxscore.run.run import executor_of, run_job
from boxscore.run.store import Outputs, safe_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boxscore.interrupt import StopSignal
    from boxscore.records import Result
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
    part: str = "",
    given: Given | None = None,
    reuse: bool = False,
) -> Iterator[Round]:
    """Grade samples in a run directory: a part of the one that was asked for, or one that goes.

    Each is graded by itself unless equal code may be graded once, by `reuse`.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = (request.out or Path(scratch)) / part
        request = replace(request, out=folder, no_alarm=True, no_gate=True, reuse=reuse)
        job = prepare(request, benchmark, samples, given=given)
        finished = run_job(job, stop=stop, show=show_progress, executor=executor_of(request, job))
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
        with graded_round(request, benchmark, samples, stop, part=f"round-{number}") as done:
            rounds.append(done.results)
        if stop.draining():
            return None
    return rounds


ToObserve = Mapping[str, tuple[Task, Mapping[str, str]]]


def to_observe(tasks: Mapping[str, Task]) -> dict[str, tuple[Task, Mapping[str, str]]]:
    """What is graded of instances whose protocol validates by samples of its own; others are left out."""
    several = {name: (task, role(task, Validates)) for name, task in tasks.items()}
    return {name: protocol.to_observe(task) for name, (task, protocol) in several.items() if protocol is not None}


class Observation(Struct, frozen=True, kw_only=True):
    """What each instance has shown, by the results of its samples; `logs` are those that were kept."""

    found: dict[str, Observed]
    results: dict[Key, Result]
    logs: dict[Key, Path]


def observe(  # noqa: PLR0913 - what rounds are made of
    request: Request,
    benchmark: Benchmark,
    given: ToObserve,
    repeats: int,
    stop: StopSignal,
    *,
    say: Callable[[str], None],
    keep_all: bool = False,
) -> Observation | None:
    """Run each instance's samples `repeats` times and let its protocol judge them; None if interrupted.

    Kept are the logs of runs that disagree, or all of them. What is found is told by `say`, a line at a time.
    """
    codes = {
        (instance_id, f"{name}/{number}"): code
        for instance_id, (_, named) in given.items()
        for number in range(1, repeats + 1)
        for name, code in named.items()
    }
    samples = [Sample(instance_id=one, sample_id=name, text=code) for (one, name), code in codes.items()]
    tasks = {name: task for name, (task, _) in given.items()}
    given_codes = Given(tasks=tasks, codes=codes)
    with graded_round(request, benchmark, samples, stop, given=given_codes) as done:
        if len(done.results) < len(codes) and stop.draining():
            return None
        found = {name: _found(name, *of_one, repeats, done.results) for name, of_one in given.items()}
        for name, one in found.items():
            say(f"{name}: {one.line}")
        kept = (
            list(done.results)
            if keep_all
            else [(name, sample) for name, one in found.items() for sample in _disagreeing(one)]
        )
        place = _place(request, benchmark)
        logs = {key: _keep(place, key, done) for key in kept if key in done.results}
    for one in found.values():
        _tell(one, logs, say)
    return Observation(found=found, results=done.results, logs=logs)


def _found(
    instance_id: str, task: Task, named: Mapping[str, str], repeats: int, results: Mapping[Key, Result]
) -> Observed:
    several = {
        name: [
            results[instance_id, f"{name}/{number}"]
            for number in range(1, repeats + 1)
            if (instance_id, f"{name}/{number}") in results
        ]
        for name in named
    }
    protocol = role(task, Validates)
    if protocol is None:
        raise TypeError(f"the protocol {protocol_of(task).name} observes no samples")
    return protocol.observe(instance_id, task, several)


def _disagreeing(found: Observed) -> dict[str, None]:
    return dict.fromkeys(sample for one in found.disagreements for sample in (one.passed, one.failed))


def _tell(found: Observed, logs: Mapping[Key, Path], say: Callable[[str], None]) -> None:
    for one in found.disagreements:
        say(f"flaky: {one.test}")
        for what, sample in (("passes", one.passed), ("does not pass", one.failed)):
            say(f"  {what} in {sample}: {logs.get((one.instance_id, sample), 'no log')}")


def _place(request: Request, benchmark: Benchmark) -> Path:
    if request.out is not None:
        return request.out / "logs"
    return cache_folder() / "logs" / f"{benchmark.harness.name}-{benchmark.data.sha256[:12]}"


def _keep(place: Path, key: Key, done: Round) -> Path:
    path = place / safe_name(key[0].replace("/", "__")) / f"{safe_name(key[1].replace('/', '-'))}.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, done.printed(done.results[key]).encode(errors="replace"))
    except OSError as error:
        raise StoreError(f"{path}: cannot write: {error.strerror or error}") from error
    return path


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
        with graded_round(self._request, benchmark, samples, self._stop, part=part, given=given, reuse=True) as done:
            results = done.results
        return None if self._stop.draining() and len(results) < len(samples) else results
