"""`boxscore attack`."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Struct
from msgspec.structs import replace

from boxscore.attack.report import SLACK_S, AttackReport, AttackResult, Judgement, find, judge, render_report, report_of
from boxscore.boxes.contract import Capability
from boxscore.boxes.registry import CHOSEN, open_backend
from boxscore.boxes.stoppable import StoppableBackend
from boxscore.cache import cache_folder
from boxscore.cli.options import Json, command
from boxscore.cli.output import OK, UNMET, console, print_json, say, say_unpublished
from boxscore.data.plugin_calls import make_task
from boxscore.doctor.examine import examine, what_is_missing, working_backends
from boxscore.errors import RunStopped, SandboxUnavailable, UsageError
from boxscore.interrupt import stop_on_signals
from boxscore.option import option
from boxscore.protocols.contract import Attackable, Opening, Task
from boxscore.protocols.registry import protocol_of, role
from boxscore.records import Instance, Sample
from boxscore.run.attacks import LateResults, name_of
from boxscore.run.plan import Given
from boxscore.run.prepare import choose_backend, image_of, load_benchmark, needs_of, prepare
from boxscore.run.progress import Tally, show_progress
from boxscore.run.request import Request
from boxscore.run.run import executor_of, run_job
from boxscore.run.store import Outputs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from boxscore.interrupt import Stop
    from boxscore.protocols.attacks import Attack
    from boxscore.protocols.contract import Trial
    from boxscore.records import Result
    from boxscore.run.prepare import Benchmark
    from boxscore.run.progress import PlannedWork, Progress


Attacked = tuple[Instance, Task, Attackable[Any]]


class BackendAttacks(Struct, frozen=True, kw_only=True):
    """What a suite came to in the boxes of one backend."""

    backend: str
    held: bool
    report: AttackReport


@command("attack", request=("only", "data", "runtime", "image", "workers", "on", "out"))
def attack(
    request: Request,
    *,
    attacks: Annotated[
        tuple[str, ...],
        option("-a --attack", "Only attacks of this class, or this one; may be repeated.", metavar="CLASS[/NAME]"),
    ] = (),
    every: Annotated[bool, option("--all", "Attack all instances rather than one of each kind.")] = False,
    backend: Annotated[str, option("--backend", "docker, local, or all that work here.", metavar="NAME")] = "all",
    json: Json = False,
) -> int:
    """Try to forge passes with our own attacks, and count them.

    One instance of each kind is attacked by default, such as one for each runner of tests. Attacks run one at a time,
    as what one leaves behind the next may find, unless there are more workers.
    """
    request = replace(request, backend=backend, workers=request.workers or 1)
    return attack_command(request, only=attacks, every=every, json=json)


def attack_command(request: Request, *, only: Sequence[str] = (), every: bool = False, json: bool) -> int:
    """Try to forge passes on instances with a reference; exit with 1 if anything got through.

    Those that were named are attacked, or `every` one, else the first of each kind that the protocol knows. Attacks are
    graded as the samples of any run are, by default by one worker: what one leaves behind, the next may find. `only`
    are classes of attacks, or single ones as `CLASS/NAME`; without any, all are tried.
    """
    benchmark = load_benchmark(request)
    say_unpublished(benchmark)
    with_reference = [one for one in benchmark.asked if one.reference is not None]
    if not with_reference:
        raise UsageError(f"{benchmark.harness.name} has no reference to make honest controls of")
    tasks = [(one, make_task(benchmark.harness, one)) for one in with_reference]
    chosen = _to_attack(tasks, named=every or bool(request.only))
    benchmark = replace(benchmark, asked=tuple(one for one, *_ in chosen))
    backends = _backends(request, benchmark)
    done = []
    with stop_on_signals(say) as stop:
        for name in backends:
            out = request.out / name if request.out is not None and len(backends) > 1 else request.out
            found = _attacked(replace(request, backend=name, out=out), benchmark, chosen, stop, only)
            if found is None:
                return stop.exit_code
            done += found
    if json:
        print_json(done)
    else:
        _print(done)
    return OK if all(one.held for one in done) else UNMET


class AttackTally(Tally):
    """Counts what attacks came to: cheats that were passed, and honest answers that were."""

    def __init__(self, attacks: Mapping[tuple[str, str], Attack]) -> None:
        super().__init__()
        self._attacks = attacks
        self._through = self._claimed = self._honest = self._refused = 0

    def add(self, results: Sequence[Result]) -> None:
        """Count results."""
        super().add(results)
        for one in results:
            attack = self._attacks.get((one.instance_id, one.sample_id))
            if attack is None:
                continue
            found = judge(attack, one)
            self._through += found in {Judgement.GOT_THROUGH, Judgement.REACHED}
            self._claimed += found is Judgement.CLAIMED
            if attack.expect == "pass":
                self._honest += found is Judgement.HELD
                self._refused += found is not Judgement.HELD

    def text(self) -> str:
        """Say how many cheats got through, and how many honest answers passed."""
        claimed = f", {self._claimed} as a claim" if self._claimed else ""
        refused = f", honest refused {self._refused}" if self._refused else ""
        return f"cheats through {self._through}{claimed}, honest passed {self._honest}{refused}"


class _Paced:
    """A progress display that also notes which results came too late."""

    def __init__(self, shown: Progress, pace: LateResults) -> None:
        self._shown, self._pace = shown, pace

    def add(self, results: Sequence[Result]) -> None:
        """See `Progress.add`."""
        self._pace.note(results)
        self._shown.add(results)

    def note(self, text: str) -> None:
        """See `Progress.note`."""
        self._shown.note(text)


def _attacked(
    request: Request,
    benchmark: Benchmark,
    chosen: Sequence[Attacked],
    stop: Stop,
    only: Sequence[str],
) -> list[BackendAttacks] | None:
    """Grade the attacks in the boxes of one backend; None if that was interrupted."""
    backend = StoppableBackend(choose_backend(request, folder=request.out, needs=needs_of(benchmark)))
    opening = Opening(backend=backend, image=image_of(request, benchmark.harness, backend), cache=cache_folder())
    try:
        with backend.attending(stop):  # what patches are made of is in a box, and its image may have to be built
            made = {one.instance_id: protocol.attacks(one, task, opening) for one, task, protocol in chosen}
    except RunStopped:
        say("interrupted: no attack was run")
        return None
    trials = among(made, only)
    tasks = {one.instance_id: protocol.under_attack(task) for one, task, protocol in chosen}
    codes = {(name, name_of(one)): one.code for name, several in trials.items() for one in several}
    attacks = {(name, name_of(one)): one.attack for name, several in trials.items() for one in several}
    samples = [Sample(instance_id=name, sample_id=attack, text=code) for (name, attack), code in codes.items()]
    pace = LateResults(SLACK_S + max(task.limits.wall_s for task in tasks.values()))

    @contextmanager
    def show(work: PlannedWork) -> Iterator[Progress]:
        with show_progress(work, tally=AttackTally(attacks)) as shown:
            yield _Paced(shown, pace)

    say(f"attacking {', '.join(trials)} in {backend.name} boxes")
    resume = "" if request.out is None else "; run the same command to resume"
    with tempfile.TemporaryDirectory() as scratch:
        request = replace(
            request, backend=backend.name, out=request.out or Path(scratch) / "run", no_alarm=True, reuse=False
        )
        job = prepare(request, benchmark, samples, given=Given(tasks=tasks, codes=codes))
        graded = run_job(job, stop=stop, show=show, executor=executor_of(request, job)).graded
        if graded.missing and stop.draining():
            say(f"interrupted: {graded.missing} attacks not run{resume}")
            return None
        printed = Outputs(job.folder)
        results = {(one.instance_id, one.sample_id): replace(one, output=printed(one)) for one in graded.results}
    done = []
    for name, several in trials.items():
        findings = []
        for one in several:
            key = name, name_of(one)
            findings.append(find(one.attack, [results[key]] if key in results else [], held_up_s=pace.late.get(key)))
            _tell(findings[-1])
        report = report_of(name, benchmark.harness.trust, findings)
        done.append(BackendAttacks(backend=backend.name, held=report.held, report=report))
    return done


def among(made: Mapping[str, Sequence[Trial]], only: Sequence[str]) -> dict[str, list[Trial]]:
    """The attacks, by instance, whose class or `CLASS/NAME` is among `only`; all if that is empty.

    Raises UsageError for what names no attack that can be made on these instances.
    """
    known = {name for several in made.values() for one in several for name in (one.attack.attack_class, name_of(one))}
    if unknown := [name for name in only if name not in known]:
        classes = sorted({one.attack.attack_class for several in made.values() for one in several})
        raise UsageError(
            f"there is no attack {unknown[0]!r} that can be made on these instances, only attacks of the classes "
            f"{', '.join(classes)}"
        )
    return {
        instance: [one for one in several if not only or {one.attack.attack_class, name_of(one)} & set(only)]
        for instance, several in made.items()
    }


def _to_attack(tasks: Iterable[tuple[Instance, Task]], *, named: bool) -> list[Attacked]:
    """The instances that were named, else the first of each kind; those without attacks are told."""
    found: dict[tuple[str, str], Attacked] = {}
    for instance, task in tasks:
        name, protocol = protocol_of(task).name, role(task, Attackable)
        reason = f"the protocol {name} brings no attacks" if protocol is None else protocol.why_not_attacked(task)
        if protocol is None or reason:
            say(f"{instance.instance_id} is not attacked: {reason}")
            continue
        kind = instance.instance_id if named else protocol.attack_kind(task)
        found.setdefault((name, kind), (instance, task, protocol))
    if not found:
        raise UsageError("none of these instances can be attacked")
    return list(found.values())


def _backends(request: Request, benchmark: Benchmark) -> tuple[str, ...]:
    if benchmark.harness.image is None and request.backend == "all":
        return tuple(name for name in CHOSEN if Capability.IMAGES in open_backend(name).capabilities)
    if request.backend != "all":
        return (request.backend,)
    findings = examine()
    names = working_backends(findings)
    if not names:
        raise SandboxUnavailable("no sandbox works here; `boxscore doctor` says what to install")
    for name, lack in what_is_missing(findings).items():
        say(f"not attacked in {name} boxes: {lack}")
    return names


def _tell(finding: AttackResult) -> None:
    if finding.judgement is not Judgement.HELD:
        say(f"{finding.attack_class}/{finding.name}: {finding.judgement.value}: {finding.reason}")


def _print(done: list[BackendAttacks]) -> None:
    with console() as page:
        for one in done:
            page.print(f"{one.backend} boxes: {'all held' if one.held else 'NOT all held'}")
            page.print(render_report(one.report))
