"""How long an audit will take: by known times of references, else by what is assumed of them."""

from __future__ import annotations

import re
import statistics
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.errors import BoxscoreError
from boxscore.protocols.patch.observe import GOLD
from boxscore.protocols.registry import protocol_of, schedules_of
from boxscore.report.numbers import counted
from boxscore.run.forecast import OVERHEAD_S, duration
from boxscore.run.store import is_run, read_run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from boxscore.audit.work import AuditWork
    from boxscore.protocols.contract import Task
    from boxscore.records import Conditions, Result

ASSUMED_SHARE = 0.01
"""Of its cpu limit, that a sample of an instance without a known time is assumed to take."""
OWN_BOX_S = 20.0
"""More, that is assumed of one in an image of its instance's own: it has a box to itself."""
ENDLESS_SHARE = 0.13
"""Of mutants of programs with a `while` loop, that are assumed not to end before their limit; of others none."""

SINGULARS = {"stubs": "stub", "mutants": "mutant", "examples": "example"}  # of gradings that may be a single one
LOOP = re.compile(r"^\s+while\b.*:\s*(#.*)?$", re.MULTILINE)

MOST_SLOWER = 5.0
"""How much slower than by the times of samples alone things may be said to be: opening boxes is not repeated."""


class AuditForecast(Struct, frozen=True, kw_only=True):
    """Gradings by what is graded, and seconds that they are likely to take; `known` instances have a known time."""

    gradings: dict[str, int]
    seconds: float
    known: int
    instances: int

    def text(self) -> str:
        """The same for people."""
        parts = ", ".join(
            counted(count, SINGULARS.get(name, name), name) for name, count in self.gradings.items() if count
        )
        total = counted(sum(self.gradings.values()), "grading")
        return f"{total} ({parts}): about {duration(self.seconds)}; {self._how()}"

    def _how(self) -> str:
        if self.known == self.instances:
            return "by the times of the references"
        if self.known == 0:
            return "no times are known yet, and are assumed from the limits"
        left = self.instances - self.known
        are = "is" if left == 1 else "are"
        return f"the times of {left:,} of {self.instances:,} instances {are} not known yet, and assumed from the limits"


def forecast(
    work: AuditWork, seconds: Mapping[str, float], *, workers: int, repeats: int, rounds_s: float | None = None
) -> AuditForecast:
    """Say how long the work takes where one right sample of each instance takes so long.

    With `rounds_s`, what the rounds of references have taken, say it of the rest: it is slower by as much as they were.
    """
    rounds = rounds_s is None
    counts = work.gradings(repeats)
    first = {name: repeats * (len(work.observed[name][1]) if name in work.observed else 2) for name in work.tasks}
    known = {name: found for name in work.tasks if (found := seconds.get(name, 0.0)) > 0}
    usual = statistics.median(known.values()) if known else None
    total = spent = 0.0
    for name, task in work.tasks.items():
        each = known.get(name) or (_assumed(task) if usual is None else usual)
        total += (each + OVERHEAD_S) * (counts[name] - (0 if rounds else first[name]))
        spent += (each + OVERHEAD_S) * repeats
    slower = 1.0 if rounds_s is None else min(MOST_SLOWER, max(1.0, rounds_s * workers / spent)) if spent else 1.0
    total *= slower
    looping = (name for (name, _), mutant in work.mutants.items() if LOOP.search(mutant.code))
    total += ENDLESS_SHARE * sum(work.tasks[name].limits.cpu_s for name in looping)
    gradings = {
        "references and empty samples": sum(first.values()) if rounds else 0,
        "stubs": len(work.stubs),
        "mutants": len(work.mutants),
        "examples": len(work.examples),
    }
    return AuditForecast(gradings=gradings, seconds=total / workers, known=len(known), instances=len(work.tasks))


def _assumed(task: Task) -> float:
    return ASSUMED_SHARE * task.limits.cpu_s + (OWN_BOX_S if protocol_of(task).images(task) else 0.0)


def known_seconds(tasks: Mapping[str, Task], conditions: Conditions, folder: Path | None) -> dict[str, float]:
    """How long a reference takes, by an earlier audit in the folder, else by what its protocol knows."""
    earlier: dict[str, float] = {}
    place = None if folder is None else folder / "round-1"
    try:
        if place is not None and place.is_dir() and is_run(place):
            earlier = seconds_of(read_run(place)[2])
    except BoxscoreError:  # a damaged run is said to be so when it is gone on with
        earlier = {}
    return {name: earlier.get(name) or schedules_of(task).seconds(task, conditions) for name, task in tasks.items()}


def seconds_of(results: Mapping[tuple[str, str], Result]) -> dict[str, float]:
    """What the references of a round took."""
    return {
        name: one.wall_s
        for (name, sample), one in results.items()
        if sample.partition("/")[0] == GOLD and one.wall_s is not None
    }
