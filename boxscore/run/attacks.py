"""The attacks on an instance, graded by the workers that grade the samples of any run, without a store."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import TYPE_CHECKING

import msgspec

from boxscore.attack.report import SLACK_S, find, report_of
from boxscore.errors import UsageError
from boxscore.interrupt import Stop
from boxscore.protocols.attacks import fast_subset
from boxscore.protocols.contract import Attackable, Batch, Candidate
from boxscore.protocols.registry import protocol_of, role
from boxscore.run.executors.contract import Workload
from boxscore.run.executors.local import LocalWorkers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from boxscore.attack.report import AttackReport
    from boxscore.protocols.attacks import Attack
    from boxscore.protocols.contract import GraderFactory, Opening, Task, Trial
    from boxscore.records import Instance, Limits, Result, Trust


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
