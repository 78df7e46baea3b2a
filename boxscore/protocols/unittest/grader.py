"""The grader of the *unittest* protocol: runs tests beside programs in warm boxes."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from functools import cache, partial
from typing import TYPE_CHECKING
from weakref import WeakSet

from msgspec import Struct
from msgspec.structs import replace

from boxscore.boxes.contract import runtime_of
from boxscore.errors import BoxLost, LossCause, SandboxUnavailable
from boxscore.images.recipes import preload
from boxscore.protocols.contract import narrowed
from boxscore.protocols.retry import at_reference
from boxscore.protocols.supervised import SupervisedGrader
from boxscore.protocols.unittest.protection import Judged, Protection, Runs, environment_of
from boxscore.protocols.unittest.run import run_unit
from boxscore.protocols.unittest.task import UnittestDetail, UnittestTask, box_limits
from boxscore.protocols.unittest.verdict import MISSING, verdict_of
from boxscore.protocols.warm import UNITTEST, open_warm_box
from boxscore.records import Limits, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from boxscore.boxes.contract import Backend
    from boxscore.protocols.contract import Batch, BatchGrader, Candidate
    from boxscore.protocols.unittest.protection import Run
    from boxscore.protocols.unittest.run import UnitRun
    from boxscore.protocols.warm import Parts, WarmBox
    from boxscore.records import Result


CPU_S, WALL_S = 20.0, 120.0
TESTS = """
import os, tempfile, unittest
class TestCases(unittest.TestCase):
    def test_files(self):
        with tempfile.NamedTemporaryFile("w+") as file:
            file.write("control")
            file.flush()
            self.assertEqual(os.path.getsize(file.name), 7)
        with open("control", "w") as file:
            file.write("control")
    def test_value(self):
        self.assertEqual(control(7), 14)
"""
HELP = (
    "local boxes have the machine's Python, not a virtual environment's: use --backend docker, or install pytest there",
)
REQUIRED = ("TestCases.test_files", "TestCases.test_value")
PROGRAMS = (
    ("def control(number): return number + 7", Outcome.PASSED),
    ("def control(number): return number", Outcome.WRONG),
    ("import os\ndef control(number): os._exit(0)", Outcome.ERROR),
)


def prove(warm: WarmBox, limits: Limits) -> None:
    """Have a new box run all controls. Raises BoxLost with what came of one, unless it is as it must be."""
    task = _control(limits)
    for program, wanted in PROGRAMS:
        outcome, reason = verdict_of(run_unit(warm, task, program, TESTS, REQUIRED), REQUIRED)
        if outcome is not wanted:
            raise BoxLost(f"a box does not find {wanted} what is: {outcome}: {reason}", cause=LossCause.OUTSIDE)


def prove_pytest(warm: WarmBox, limits: Limits) -> None:
    """Have a box run the control that must pass under pytest.

    Raises SandboxUnavailable where its Python has no pytest, and BoxLost for anything else that comes of it.
    """
    program, wanted = PROGRAMS[0]
    ran = run_unit(warm, replace(_control(limits), runner="pytest"), program, TESTS, REQUIRED)
    outcome, reason = verdict_of(ran, REQUIRED)
    if ran.error_type == ModuleNotFoundError.__name__:
        raise SandboxUnavailable(f"these tests run under pytest, which boxes do not have: {reason}", details=HELP)
    if outcome is not wanted:
        raise BoxLost(f"a box runs no tests under pytest: {outcome}: {reason}", cause=LossCause.OUTSIDE)


def _control(limits: Limits) -> UnittestTask:
    own = Limits(cpu_s=CPU_S, wall_s=WALL_S, memory_bytes=limits.memory_bytes, processes=limits.processes)
    return UnittestTask(tests=TESTS, entry_point="control", reference=None, required=REQUIRED, limits=own)


NO_PORT = ("address already in use", "cannot assign requested address")  # EADDRINUSE, EADDRNOTAVAIL


class UnitVerdict(Struct, frozen=True, kw_only=True):
    """What a sample came to, and what that is worth."""

    number: int
    judged: Judged

    @property
    def outcome(self) -> Outcome:
        """What it came to."""
        return self.judged.outcome

    @property
    def reason(self) -> str:
        """Why, for people."""
        return self.judged.reason

    @property
    def unsure(self) -> bool:
        """Whether somebody else may have done it, such as a sample before it that left ports taken."""
        return self.judged.ran.unsure or (self.outcome is not Outcome.PASSED and _lacked_a_port(self.judged.ran))


class UnitGrader(SupervisedGrader[UnitVerdict]):
    """Grades programs with tests in warm boxes, see `SupervisedGrader`."""

    tests_in_grader = False

    def __init__(self, backend: Backend, image: str | None, protection: Protection, *, strict: bool) -> None:
        super().__init__(backend, image, strict=strict)
        self._protection = protection
        self._apart: UnitGrader | None = None  # its boxes get no tests as they are
        self._with_pytest: WeakSet[WarmBox] = WeakSet()  # boxes that are known to have it

    def close(self) -> None:
        """Close all boxes, also those apart."""
        with ExitStack() as stack:
            stack.callback(super().close)
            if self._apart is not None:
                stack.callback(self._apart.close)

    def _close_used(self) -> None:
        super()._close_used()
        if self._apart is not None:
            self._apart.close()

    def _open_box(self, limits: Limits) -> AbstractContextManager[WarmBox]:
        return open_warm_box(self._backend, self._image, limits, parts=parts_for(self._image))

    def _box_limits(self, limits: Limits) -> Limits:
        return box_limits(limits)

    def _prove(self, warm: WarmBox, limits: Limits) -> None:
        prove(warm, limits)

    def _verdicts(
        self,
        batch: Batch,
        attempt: list[tuple[int, Candidate]],
        *,
        ahead_bytes: int,  # noqa: ARG002 - a run takes longer than a message
    ) -> Iterator[UnitVerdict]:
        """Run the samples one after the other; yield verdicts in their order."""
        task = narrowed(batch.task, UnittestTask, batch.instance_id)
        runs = Runs(partial(self._run, task), partial(self._run_apart, task))
        of_reference = Runs(partial(_of_reference, runs.plain), partial(_of_reference, runs.blind))
        known = self._protection.known(task, of_reference)
        looks = [known.look(candidate.code, runs) for _, candidate in attempt]
        for (number, candidate), look in zip(attempt, looks, strict=True):
            judged = known.judge(candidate.code, look, runs)
            yield UnitVerdict(number=number, judged=judged)

    def _run(self, task: UnittestTask, program: str, tests: str, required: Sequence[str]) -> UnitRun:
        return run_unit(self._opened(task), task, program, tests, required)

    def _opened(self, task: UnittestTask) -> WarmBox:
        """A box that can run a task's tests. Raises SandboxUnavailable where none can."""
        warm = self._open(task.limits)
        if task.runner == "pytest" and warm not in self._with_pytest:
            with at_reference():  # a control is no sample's doing either
                prove_pytest(warm, self._box_limits(task.limits))
            self._with_pytest.add(warm)
        return warm

    def _run_apart(self, task: UnittestTask, program: str, tests: str, required: Sequence[str]) -> UnitRun:
        if self._apart is None:
            self._apart = UnitGrader(self._backend, self._image, self._protection, strict=self._strict)
        self._apart._of_caller = self._of_caller  # noqa: SLF001 - one of its own kind
        ran, self._layers = self._apart.run(task, program, tests, required)
        return ran

    def run(
        self, task: UnittestTask, program: str, tests: str, required: Sequence[str]
    ) -> tuple[UnitRun, tuple[str, ...]]:
        """Run a program with tests in a box of this grader's; say also which layers of isolation are in force."""
        self._close_if_spent(task.limits)
        ran = run_unit(self._opened(task), task, program, tests, required)
        self._count_sample()
        return ran, self._layers

    def _judged(self, batch: Batch, ended: Result, verdict: UnitVerdict) -> Result:
        judged, ran = verdict.judged, verdict.judged.ran
        task = narrowed(batch.task, UnittestTask, batch.instance_id)
        return replace(
            ended,
            outcome=judged.outcome,
            trust=judged.trust,
            reason=judged.reason,
            error_type=ran.error_type,
            limit=ran.limit,
            cpu_s=round(ran.cpu_s, 6),
            wall_s=round(ran.wall_s, 6),
            memory_bytes=ran.memory_bytes,
            output=ran.output,
            output_truncated=ran.output_truncated,
            detail=UnittestDetail(
                tests=_statuses(ran, task.required),
                files=dict(ran.files),
                evidence=judged.evidence,
            ),
        )


def _lacked_a_port(ran: UnitRun) -> bool:
    said = "\n".join((ran.reason, *ran.reasons.values(), ran.output)).lower()
    return any(text in said for text in NO_PORT)


def _of_reference(run: Run, program: str, tests: str, required: Sequence[str]) -> UnitRun:
    """Run what a layer learns with, also where it does so while a sample is judged."""
    with at_reference():
        return run(program, tests, required)


@cache
def parts_for(image: str | None) -> Parts:
    """Who plays in a box of an image: modules that its recipe names are imported before the first fork."""
    return replace(UNITTEST, preload=(*UNITTEST.preload, *preload(image)))


def _statuses(ran: UnitRun, required: Sequence[str]) -> dict[str, str]:
    return {test: str(ran.statuses.get(test, MISSING)) for test in required}


@contextmanager
def open_unit_grader(
    backend: Backend, image: str | None, *, cache: Path, strict: bool = False
) -> Iterator[BatchGrader]:
    """Open a grader for batches of programs with tests; on exit its boxes are gone.

    `cache` keeps what protects tasks. `strict` gives every sample a box of its own instead of fresh identities in a
    warm one.
    """
    environment = environment_of(backend.name, runtime_of(backend), backend.image_digest(image))
    grader = UnitGrader(backend, image, Protection(cache, environment), strict=strict)
    try:
        yield grader
    finally:
        grader.close()
