"""Grade the samples by which instances are observed, several times, and keep the logs of runs that disagree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.audit.rounds import Key, Round, graded_round
from boxscore.cache import cache_folder, replace_file
from boxscore.errors import StoreError
from boxscore.protocols.contract import Task
from boxscore.protocols.registry import protocol_of, role
from boxscore.protocols.roles import Observed, Validates
from boxscore.records import Result, Sample
from boxscore.run.plan import Given
from boxscore.run.store import safe_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from boxscore.interrupt import StopSignal
    from boxscore.run.prepare import Benchmark
    from boxscore.run.request import Request

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
    with graded_round(request, benchmark, samples, stop, say=say, given=given_codes) as done:
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
    """The samples of which a log is wanted."""
    return dict.fromkeys(sample for one in found.disagreements for sample in (one.passed, one.failed))


def _tell(found: Observed, logs: Mapping[Key, Path], say: Callable[[str], None]) -> None:
    """Name each test of which runs disagree, with a log of either kind."""
    for one in found.disagreements:
        say(f"flaky: {one.test}")
        for what, sample in (("passes", one.passed), ("does not pass", one.failed)):
            say(f"  {what} in {sample}: {logs.get((one.instance_id, sample), 'no log')}")


def _place(request: Request, benchmark: Benchmark) -> Path:
    """Where logs are kept: in the run directory that was asked for, else in the cache."""
    if request.out is not None:
        return request.out / "logs"
    return cache_folder() / "logs" / f"{benchmark.harness.name}-{benchmark.data.sha256[:12]}"


def _keep(place: Path, key: Key, done: Round) -> Path:
    """Write what a sample printed to a file."""
    path = place / safe_name(key[0].replace("/", "__")) / f"{safe_name(key[1].replace('/', '-'))}.log"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, done.printed(done.results[key]).encode(errors="replace"))
    except OSError as error:
        raise StoreError(f"{path}: cannot write: {error.strerror or error}") from error
    return path
