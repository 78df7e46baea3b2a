"""The attacks on an instance, graded as the samples of any run are, or by one worker without a store, and judged.

Candidates try to be graded `passed` without solving the task, or are honest. They are graded in the order of their
names: what one leaves behind, the next may find. An attack that holds the grader up beyond all limits has done harm
too, whatever its outcome.
"""

from __future__ import annotations

import enum
import tempfile
import time
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from boxscore.boxes.stoppable import StoppableBackend
from boxscore.cache import cache_folder
from boxscore.errors import RunStopped, UsageError
from boxscore.interrupt import Stop
from boxscore.protocols.attacks import Attack, Expect, fast_subset
from boxscore.protocols.contract import Attackable, Batch, Candidate, Opening, Task
from boxscore.protocols.registry import protocol_of, role
from boxscore.records import Instance, Outcome, Sample, Trust
from boxscore.run.executors.contract import Workload
from boxscore.run.executors.local import LocalWorkers
from boxscore.run.plan import Given
from boxscore.run.prepare import choose_backend, image_of, needs_of, prepare
from boxscore.run.progress import Tally, show_progress
from boxscore.run.run import executor_of, run_job
from boxscore.run.store import Outputs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from rich.table import Table

    from boxscore.protocols.contract import GraderFactory, Trial
    from boxscore.records import Limits, Result
    from boxscore.run.prepare import Benchmark
    from boxscore.run.progress import PlannedWork, Progress
    from boxscore.run.request import Request

SLACK_S = 90.0
"""How long grading an attack may take beyond its wall limit: to open boxes, on a busy machine."""

_BLOCKED = frozenset({Outcome.FORBIDDEN, Outcome.SIGNAL})


class Judgement(enum.StrEnum):
    """What came of an attack."""

    HELD = "held"
    GOT_THROUGH = "got_through"  # a cheat was passed above `claim`
    CLAIMED = "claimed"  # a cheat was passed as a claim, which promises nothing
    REACHED = "reached"  # a probe reached what it must not
    REJECTED = "rejected"  # an honest answer was not passed
    BROKE = "broke"  # the engine blames itself, was held up, gave no result, or did not hear a probe


class AttackResult(Struct, frozen=True, kw_only=True):
    """One attack and what came of it; `reason` is the grader's, or the probe's."""

    name: str
    attack_class: str
    expect: Expect
    judgement: Judgement
    outcome: Outcome | None
    reason: str


class ClassReport(Struct, frozen=True, kw_only=True):
    """One class of attacks: how many were tried, and the names of those that did not go as they must."""

    attack_class: str
    tried: int
    got_through: tuple[str, ...]
    claimed: tuple[str, ...]
    controls_rejected: tuple[str, ...]
    broke: tuple[str, ...]


class AttackReport(Struct, frozen=True, kw_only=True):
    """The whole run of a suite against one instance."""

    instance_id: str
    trust: str
    classes: tuple[ClassReport, ...]
    findings: tuple[AttackResult, ...]

    @property
    def held(self) -> bool:
        """Whether every attack was tried, none passed above a claim and no honest answer was refused."""
        fine = {Judgement.HELD, Judgement.CLAIMED}
        return bool(self.findings) and all(finding.judgement in fine for finding in self.findings)


class _ProbeLine(Struct, frozen=True):
    probe: str
    reached: bool
    detail: str = ""


def judge(attack: Attack, result: Result) -> Judgement:
    """Say whether the grader held."""
    if result.outcome is Outcome.INTERNAL:
        return Judgement.BROKE
    passed = result.outcome is Outcome.PASSED
    if attack.expect is Expect.FAIL:
        if not passed:
            return Judgement.HELD
        return Judgement.CLAIMED if result.trust is Trust.CLAIM else Judgement.GOT_THROUGH
    if attack.expect is Expect.PASS:
        return Judgement.HELD if passed else Judgement.REJECTED
    if attack.expect is Expect.PROBE:
        return _judge_probe(attack, result)
    return Judgement.HELD


def render_report(report: AttackReport) -> Table:
    """Lay the report out as a table for a rich console, a row for each class."""
    from rich.markup import escape  # noqa: PLC0415 - keeps `boxscore --help` fast
    from rich.table import Table  # noqa: PLC0415

    table = Table(title=f"Attacks on {escape(report.instance_id)} ({report.trust})")
    for column in ("class", "tried", "got through", "as a claim", "honest refused", "no evidence"):
        table.add_column(column, justify="left" if column == "class" else "right")
    for row in report.classes:
        counts = (row.got_through, row.claimed, row.controls_rejected, row.broke)
        cells = [f"[red]{len(names)}[/red] {escape(', '.join(names))}" if names else "0" for names in counts]
        table.add_row(escape(row.attack_class), str(row.tried), *cells)
    return table


def _judge_probe(attack: Attack, result: Result) -> Judgement:
    heard = [line for line in _probe_lines(result.output) if line.probe == attack.name]
    if any(line.reached for line in heard):
        return Judgement.REACHED
    if result.outcome in _BLOCKED:
        return Judgement.HELD
    if result.outcome is not Outcome.PASSED:
        return Judgement.REJECTED
    return Judgement.HELD if heard else Judgement.BROKE


def _probe_lines(output: str) -> list[_ProbeLine]:
    lines = []
    for line in output.split("\n"):
        if line.startswith("PROBE "):
            try:
                lines.append(msgspec.json.decode(line.removeprefix("PROBE "), type=_ProbeLine))
            except (msgspec.DecodeError, UnicodeEncodeError):
                continue  # an attack may print anything; only whole lines of our probes count
    return lines


def find(attack: Attack, results: Sequence[Result], *, held_up_s: float | None = None) -> AttackResult:
    """Say what came of an attack: of its one result, and of how long it held a grader up beyond all limits."""
    if len(results) != 1:
        judgement, outcome, reason = Judgement.BROKE, None, f"{len(results)} results for one candidate"
    elif held_up_s is not None:
        judgement, outcome, reason = Judgement.BROKE, results[0].outcome, f"it held the grader up for {held_up_s:.0f} s"
    else:
        (result,) = results
        judgement, outcome, reason = judge(attack, result), result.outcome, result.reason
        if judgement is Judgement.REACHED:
            reason = next(line.detail for line in _probe_lines(result.output) if line.reached)
        elif judgement is Judgement.BROKE and not reason:
            reason = "the probe's report did not come out"
    return AttackResult(
        name=attack.name,
        attack_class=attack.attack_class,
        expect=attack.expect,
        judgement=judgement,
        outcome=outcome,
        reason=reason[:500],
    )


def report_of(instance_id: str, trust: Trust, findings: Sequence[AttackResult]) -> AttackReport:
    """Join what came of the attacks on one instance."""
    return AttackReport(
        instance_id=instance_id, trust=trust.value, classes=_by_class(findings), findings=tuple(findings)
    )


def _by_class(findings: Iterable[AttackResult]) -> tuple[ClassReport, ...]:
    grouped: dict[str, list[AttackResult]] = {}
    for finding in findings:
        grouped.setdefault(finding.attack_class, []).append(finding)

    def names(group: list[AttackResult], *judgements: Judgement) -> tuple[str, ...]:
        return tuple(finding.name for finding in group if finding.judgement in judgements)

    return tuple(
        ClassReport(
            attack_class=attack_class,
            tried=len(group),
            got_through=names(group, Judgement.GOT_THROUGH, Judgement.REACHED),
            claimed=names(group, Judgement.CLAIMED),
            controls_rejected=names(group, Judgement.REJECTED),
            broke=names(group, Judgement.BROKE),
        )
        for attack_class, group in grouped.items()
    )


Attacked = tuple[Instance, Task, Attackable[Any]]


class BackendAttacks(Struct, frozen=True, kw_only=True):
    """What a suite came to in the boxes of one backend."""

    backend: str
    held: bool
    report: AttackReport


class LateResults:
    """Notes which results came later than any limit allows, by instance and sample, with how long they took."""

    def __init__(self, longest_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.late: dict[tuple[str, str], float] = {}
        self._longest_s, self._clock, self._last = longest_s, clock, clock()

    def note(self, results: Sequence[Result]) -> None:
        """Take note of results that have just come."""
        now = self._clock()
        if now - self._last > self._longest_s:
            self.late.update({(one.instance_id, one.sample_id): now - self._last for one in results[:1]})
        self._last = now


def run_attacks(  # noqa: PLR0913 - the parts of a batch, and how much to try
    open_grader: GraderFactory,
    instance: Instance,
    task: Task,
    trust: Trust,
    *,
    opening: Opening | None = None,
    fast: bool = False,
    attacks: Iterable[Attack] | None = None,
    limits: Limits | None = None,
) -> AttackReport:
    """Grade the attacks of a task's protocol on one instance, each as a batch of its own, by one worker.

    `opening` says where boxes may be opened to look up what attacks are made of; functions need none. `fast` leaves out
    attacks that end only by a limit, but for one of each class. `attacks` replaces the suite, and `limits` those that
    the protocol has for attacks. Raises UsageError where none can be made, as without a reference for honest answers.
    """
    protocol = role(task, Attackable)
    if protocol is None:
        raise UsageError(f"the protocol {protocol_of(task).name} brings no attacks")
    trials = protocol.attacks(instance, task, opening, attacks)
    if fast:
        kept = {id(one) for one in fast_subset(trial.attack for trial in trials)}
        trials = [trial for trial in trials if id(trial.attack) in kept]
    task = protocol.under_attack(task) if limits is None else msgspec.structs.replace(task, limits=limits)
    pace = LateResults(task.limits.wall_s + SLACK_S)
    results: defaultdict[str, list[Result]] = defaultdict(list)

    def take(some: Sequence[Result]) -> None:
        pace.note(some)
        for one in some:
            results[one.sample_id].append(one)

    batches = [
        Batch(
            instance_id=instance.instance_id,
            task=task,
            trust=trust,
            candidates=(Candidate(sample_id=name_of(trial), code=trial.code),),
        )
        for trial in trials
    ]
    work = Workload(batches=batches, open_grader=open_grader, on_results=take, stop=Stop(), abandon=lambda: None)
    LocalWorkers(1).run(work)
    findings = [
        find(trial.attack, results[name], held_up_s=pace.late.get((instance.instance_id, name)))
        for trial, name in ((trial, name_of(trial)) for trial in trials)
    ]
    return report_of(instance.instance_id, trust, findings)


def name_of(trial: Trial) -> str:
    """The name of the sample that an attack is."""
    return f"{trial.attack.attack_class}/{trial.attack.name}"


def to_attack(tasks: Iterable[tuple[Instance, Task]], *, named: bool, say: Callable[[str], None]) -> list[Attacked]:
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


def attack_in_boxes(  # noqa: PLR0913 - what a run is made of
    request: Request,
    benchmark: Benchmark,
    chosen: Sequence[Attacked],
    stop: Stop,
    only: Sequence[str] = (),
    *,
    say: Callable[[str], None],
) -> list[BackendAttacks] | None:
    """Grade the attacks in the boxes of the request's backend; None if that was interrupted.

    They are graded as the samples of any run are. What is not as it must be is told by `say` as it comes.
    """
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
            if findings[-1].judgement is not Judgement.HELD:
                say(f"{name_of(one)}: {findings[-1].judgement.value}: {findings[-1].reason}")
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
