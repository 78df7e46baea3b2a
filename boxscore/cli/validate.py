"""`boxscore validate`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

from msgspec import Struct

from boxscore.audit.grading import observe, reference_rounds, to_observe
from boxscore.audit.references import InstanceProblem, find_problems
from boxscore.checks import Count, first_of
from boxscore.cli.options import PLACE, Json, command
from boxscore.cli.output import OK, UNMET, print_json, print_lines, print_table, say, say_unpublished, say_warnings
from boxscore.data.harness_check import findings
from boxscore.data.plugin_calls import make_task
from boxscore.errors import UsageError
from boxscore.interrupt import stop_on_signals
from boxscore.option import option
from boxscore.protocols.blind.learn import NOTHING_HIDDEN, NOTHING_NEW
from boxscore.protocols.patch.observe import BEFORE, GOLD, Lists, PatchLists
from boxscore.protocols.registry import protocol_of
from boxscore.report.numbers import counted
from boxscore.run.prepare import load_benchmark, place_notices
from boxscore.run.references import combine_findings, note_findings
from boxscore.run.request import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from boxscore.audit.grading import ToObserve
    from boxscore.interrupt import StopSignal
    from boxscore.records import Result
    from boxscore.run.gate import GateFinding
    from boxscore.run.prepare import Benchmark

REPEATS, OBSERVED_REPEATS = 2, 3
FEW = 3  # tests that are named


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


@command("validate", request=("only", *PLACE, "out", "keep_bytes"))
def validate_command(
    request: Request,
    *,
    repeats: Annotated[
        Count | None,
        option("-n --repeats --repeat", "How often all of it is run: 2 times, patches 3 times.", metavar="N"),
    ] = None,
    json: Json = False,
) -> int:
    """Check a benchmark: gold passes, empty fails, repeats agree."""
    benchmark = load_benchmark(request)
    say_unpublished(benchmark)
    say_warnings(place_notices(request, benchmark))
    contract = _contract(benchmark)
    tasks = {one.instance_id: make_task(benchmark.harness, one) for one in benchmark.asked}
    if request.cpu_s is not None:
        tasks = {name: protocol_of(task).with_cpu_limit(task, request.cpu_s) for name, task in tasks.items()}
    observed = to_observe(tasks)
    if observed and len(observed) < len(tasks):
        raise UsageError(f"{benchmark.harness.name} mixes patches with others; validate its instances apart (-i)")
    repeats = repeats or (OBSERVED_REPEATS if observed else REPEATS)
    with stop_on_signals(say) as stop:
        rounds = _observed if observed else _functions
        done = rounds(request, benchmark, observed, repeats, stop)
    if done is None:
        return stop.exit_code
    problems = (*contract, *done.problems)
    if request.on == "local":  # else it was seen on other machines
        note_findings(request, benchmark, done.findings)
    validation = Validation(
        benchmark=benchmark.harness.name,
        instances=len(benchmark.asked),
        without_reference=sum(instance.reference is None for instance in benchmark.asked),
        repeats=repeats,
        problems=problems,
        patches=done.patches,
        unresolvable=tuple(
            UnresolvableInstance(instance_id=name, cause=one.cause) for name, one in done.findings.items() if one.cause
        ),
    )
    _show(validation, json=json)
    return UNMET if problems else OK


def _contract(benchmark: Benchmark) -> list[InstanceProblem]:
    """What is wrong with the harness itself, an instance at a time."""
    return [
        InstanceProblem(instance_id=one.instance_id, sample_id="harness", problem=text)
        for one in benchmark.asked
        for text in findings(benchmark.harness, one)
    ]


def _show(found: Validation, *, json: bool) -> None:
    if json:
        print_json(found)
        return
    if found.patches:
        print_patches(found.patches)
    if found.problems:
        print_table(
            ("instance", "sample", "problem"),
            [(one.instance_id, one.sample_id, one.problem) for one in found.problems],
        )
    if found.unresolvable:
        rows = [(one.instance_id, one.cause) for one in found.unresolvable]
        print_table(("cannot be resolved here", "cause"), rows)
        say(f"no sample of {counted(len(rows), 'instance')} is charged here, since not even the reference resolves it")
    say(
        f"{found.benchmark}: {counted(found.instances, 'instance')}, {found.without_reference} without a reference, "
        f"{counted(found.repeats, 'round')}, {counted(len(found.problems), 'problem')}"
    )


class _Found(Struct, frozen=True, kw_only=True):
    """What rounds have shown: problems, the tests of patches, and what the gate is to know of each reference."""

    problems: tuple[InstanceProblem, ...]
    patches: tuple[PatchLists, ...] = ()
    findings: dict[str, GateFinding]


def _functions(request: Request, benchmark: Benchmark, _: ToObserve, repeats: int, stop: StopSignal) -> _Found | None:
    rounds = reference_rounds(request, benchmark, repeats, stop, say=say)
    if rounds is None:
        return None
    shown = _combine(benchmark, lambda name, sample: [one[name, sample] for one in rounds if (name, sample) in one])
    return _Found(problems=tuple(find_problems(rounds)), findings=shown)


def _observed(
    request: Request, benchmark: Benchmark, given: ToObserve, repeats: int, stop: StopSignal
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


def print_patches(found: Sequence[PatchLists]) -> None:
    """Print a line for each instance, or all the tests of a single one and how well its verdicts are protected."""
    if len(found) == 1:
        for name in ("fail_to_pass", "pass_to_pass", "flaky"):
            tests = getattr(found[0], name)
            print_lines([f"{name.upper()} {len(tests)}", *(f"  {test}" for test in tests)])
        print_lines(protection_lines(found[0]))
        return
    print_table(
        ("instance", "FAIL_TO_PASS", "PASS_TO_PASS", "flaky", "lost", "new", "trust", "evidence"),
        [
            (
                one.instance_id,
                *(str(len(getattr(one, name))) for name in Lists.__struct_fields__),
                one.trust.value if one.trust is not None else "-",
                one.evidence.in_words or "-",
            )
            for one in found
        ],
    )


def protection_lines(found: PatchLists) -> Iterator[str]:
    """Say at which level the reference passed, why, and which tests would earn more; nothing where it did not pass."""
    if found.trust is None:
        return
    why = f": {found.evidence.in_words}" if found.evidence.in_words else ""
    yield f"trust {found.trust}{why}"
    if any(text in found.evidence.reason for text in (NOTHING_HIDDEN, NOTHING_NEW)):
        yield f"  for `blind`: let {first_of(found.fail_to_pass, FEW)} expect a value of some letters or digits that"
        yield "  stands neither in the repository nor in the statement, and that the code before the fix does not give"
