"""Whether a benchmark can be graded here: gold passes, empty fails, repeats agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from msgspec import Struct

from boxscore.audit.grading import observe, reference_rounds, to_observe
from boxscore.audit.references import InstanceProblem, find_problems
from boxscore.data.harness_check import findings
from boxscore.data.plugin_calls import make_task
from boxscore.errors import UsageError
from boxscore.protocols.patch.observe import BEFORE, GOLD, PatchLists
from boxscore.protocols.registry import protocol_of
from boxscore.run.executors.contract import LOCAL
from boxscore.run.references import combine_findings, note_findings

if TYPE_CHECKING:
    from collections.abc import Callable

    from boxscore.audit.grading import ToObserve
    from boxscore.interrupt import StopSignal
    from boxscore.records import Result
    from boxscore.run.gate import GateFinding
    from boxscore.run.prepare import Benchmark
    from boxscore.run.request import Request

REPEATS, OBSERVED_REPEATS = 2, 3


class UnresolvableInstance(Struct, frozen=True, kw_only=True):
    """An instance whose samples cannot be charged here, as the reference gate has it, and why."""

    instance_id: str
    cause: str


class Validation(Struct, frozen=True, kw_only=True):
    """What a validation found; `without_reference` counts instances whose gold could not be tried."""

    benchmark: str
    instances: int
    without_reference: int
    repeats: int
    problems: tuple[InstanceProblem, ...]
    patches: tuple[PatchLists, ...] = ()
    unresolvable: tuple[UnresolvableInstance, ...] = ()


def validate(
    request: Request,
    benchmark: Benchmark,
    repeats: int | None,
    stop: StopSignal,
    *,
    say: Callable[[str], None],
) -> Validation | None:
    """Check a benchmark: gold passes, empty fails, repeats agree; None if interrupted. Raises UsageError.

    What the reference gate asks of the instances is noted where that was seen on this machine.
    """
    tasks = {one.instance_id: make_task(benchmark.harness, one) for one in benchmark.asked}
    if request.cpu_s is not None:
        tasks = {name: protocol_of(task).with_cpu_limit(task, request.cpu_s) for name, task in tasks.items()}
    observed = to_observe(tasks)
    if observed and len(observed) < len(tasks):
        raise UsageError(f"{benchmark.harness.name} mixes patches with others; validate its instances apart (-i)")
    contract = _contract(benchmark)
    repeats = repeats or (OBSERVED_REPEATS if observed else REPEATS)
    if observed:
        done = _observed(request, benchmark, observed, repeats, stop, say)
    else:
        done = _functions(request, benchmark, repeats, stop, say)
    if done is None:
        return None
    if request.on == LOCAL:  # else it was seen on other machines
        note_findings(request, benchmark, done.findings)
    return Validation(
        benchmark=benchmark.harness.name,
        instances=len(benchmark.asked),
        without_reference=sum(instance.reference is None for instance in benchmark.asked),
        repeats=repeats,
        problems=(*contract, *done.problems),
        patches=done.patches,
        unresolvable=tuple(
            UnresolvableInstance(instance_id=name, cause=one.cause) for name, one in done.findings.items() if one.cause
        ),
    )


def _contract(benchmark: Benchmark) -> list[InstanceProblem]:
    """What is wrong with the harness itself, an instance at a time."""
    return [
        InstanceProblem(instance_id=one.instance_id, sample_id="harness", problem=text)
        for one in benchmark.asked
        for text in findings(benchmark.harness, one)
    ]


class _Found(Struct, frozen=True, kw_only=True):
    """What rounds have shown: problems, the tests of patches, and what the gate is to know of each reference."""

    problems: tuple[InstanceProblem, ...]
    patches: tuple[PatchLists, ...] = ()
    findings: dict[str, GateFinding]


def _functions(
    request: Request, benchmark: Benchmark, repeats: int, stop: StopSignal, say: Callable[[str], None]
) -> _Found | None:
    rounds = reference_rounds(request, benchmark, repeats, stop, say=say)
    if rounds is None:
        return None
    shown = _combine(benchmark, lambda name, sample: [one[name, sample] for one in rounds if (name, sample) in one])
    return _Found(problems=tuple(find_problems(rounds)), findings=shown)


def _observed(  # noqa: PLR0913, PLR0917 - what rounds are made of
    request: Request,
    benchmark: Benchmark,
    given: ToObserve,
    repeats: int,
    stop: StopSignal,
    say: Callable[[str], None],
) -> _Found | None:
    """Let each protocol say what the results of its own samples have shown."""
    done = observe(request, benchmark, given, repeats, stop, say=say)
    if done is None:
        return None
    problems = [
        InstanceProblem(instance_id=instance_id, sample_id=what, problem=text)
        for instance_id, found in done.found.items()
        for what, text in found.problems
    ]
    numbers = range(1, repeats + 1)
    return _Found(
        problems=tuple(problems),
        patches=tuple(cast("PatchLists", found.record) for found in done.found.values()),
        findings=_combine(
            benchmark,
            lambda name, sample: [
                done.results[name, f"{sample}/{number}"]
                for number in numbers
                if (name, f"{sample}/{number}") in done.results
            ],
        ),
    )


def _combine(benchmark: Benchmark, results: Callable[[str, str], list[Result]]) -> dict[str, GateFinding]:
    """Say what results of each reference have shown, and those of no patch at all; asked by instance and sample."""
    found = {
        one.instance_id: combine_findings(results(one.instance_id, GOLD), results(one.instance_id, BEFORE))
        for one in benchmark.asked
    }
    return {name: one for name, one in found.items() if one is not None}
