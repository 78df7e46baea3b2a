"""The *program* protocol at trust `oracle`: whole programs, graded in a warm box by what they print.

Each case is a process of its own under a fresh identity; what it must print, and the inputs of other cases, stay with
the grader beside it. What happens when a box is lost is the same for all protocols with a supervisor
(`boxscore.protocols.supervised`).
"""

from __future__ import annotations

from collections import Counter, deque
from contextlib import contextmanager
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from boxscore.errors import BoxLost, HarnessError, LossCause
from boxscore.protocols.contract import narrowed
from boxscore.protocols.program.languages import LANGUAGES
from boxscore.protocols.program.languages import message as language_message
from boxscore.protocols.program.task import (
    Case,
    CaseResult,
    ProgramDetail,
    ProgramTask,
    box_limits,
    is_compared,
    limits_in_force,
)
from boxscore.protocols.supervised import GRACE_S, SupervisedGrader, most_patience_s, take_frames
from boxscore.protocols.warm import PROGRAM, open_warm_box
from boxscore.protocols.wire import pack
from boxscore.records import LimitName, Limits, Outcome, Result, Trust

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from boxscore.boxes.contract import Backend
    from boxscore.protocols.contract import Batch, BatchGrader, Candidate
    from boxscore.protocols.warm import WarmBox


KEPT_BYTES = 8 << 20  # as in sandbox/program_grader.py
ESCAPED = 6  # bytes that a byte of output may become in a frame
CASE_BYTES = 16_384  # of a case in a frame beside what it wrote: a reason, and numbers


class CaseReport(Struct, frozen=True, forbid_unknown_fields=True):
    """What a grader saw of one run of a program."""

    outcome: Outcome
    reason: str
    error_type: str | None
    exit_code: int | None
    signal: int | None
    limit: LimitName | None
    cpu_s: float
    wall_s: float
    memory_bytes: int | None
    output: str
    errors: str
    output_truncated: bool


class ProgramVerdict(Struct, frozen=True, forbid_unknown_fields=True):
    """What a grader saw of one sample, named by the number the host gave it.

    `outcome` and `end` are set where it came to something before any case.
    """

    number: int
    outcome: Outcome | None
    end: str | None
    unsure: bool
    built: CaseReport | None
    cases: tuple[CaseReport, ...]

    @property
    def reason(self) -> str:
        """Why it is what it is: for the log."""
        return self.end or next((case.reason for case in self.cases if case.reason), "")


def most_bytes(task: ProgramTask) -> int:
    """How long the frame of a verdict may be."""
    kept = max(task.limits.output_bytes, KEPT_BYTES)
    return 2 * ESCAPED * kept + CASE_BYTES * (len(task.cases) + 2)


def task_frame(task: ProgramTask, *, limits: Limits) -> bytes:
    """What the grader in a box gets to know of a task, under the limits in force of each case."""
    language = LANGUAGES[task.language]
    comparison = task.comparison
    message = {
        "language": language_message(language, limits),
        "cases": tuple(
            (case.stdin.encode(), None if case.expected is None else case.expected.encode()) for case in task.cases
        ),
        "comparison": {
            "rule": comparison.rule.value,
            "rel_tol": comparison.rel_tol,
            "abs_tol": comparison.abs_tol,
            "checker": comparison.checker,
        },
        "limits": _limits(limits),
        "build_limits": _limits(task.compile_limits),
        "total_cpu_s": task.total_cpu_s,
        "files": tuple((name, text.encode()) for name, text in task.files),
        "arguments": task.arguments,
        "all_cases": task.all_cases,
    }
    return pack(("programs", message))


def sample_frame(number: int, code: str) -> bytes:
    """One sample; what is no text in any encoding is left to the language to refuse."""
    return pack(("program", number, code.encode("utf-8", "surrogatepass")))


def _limits(limits: Limits) -> dict[str, object]:
    return {
        "cpu_s": limits.cpu_s,
        "wall_s": max(limits.wall_s, limits.cpu_s),
        "memory_bytes": limits.memory_bytes,
        "processes": limits.processes,
        "output_bytes": limits.output_bytes,
    }


CPU_S, WALL_S, BUILD_CPU_S, BUILD_WALL_S = 10.0, 60.0, 60.0, 300.0


def prove(warm: WarmBox, limits: Limits, language: str) -> None:
    """Have a box grade the control of a language, right and wrong.

    Raises BoxLost with what came of it unless it is as it must be, HarnessError where the language's tool is missing.
    """
    asked = LANGUAGES[language]
    for expected, wanted in (("42", Outcome.PASSED), ("43", Outcome.WRONG)):
        task = ProgramTask(
            language=language,
            cases=(Case(stdin="21\n", expected=expected),),
            limits=Limits(cpu_s=CPU_S, wall_s=WALL_S, memory_bytes=limits.memory_bytes, processes=limits.processes),
            compile_limits=Limits(
                cpu_s=BUILD_CPU_S, wall_s=BUILD_WALL_S, memory_bytes=limits.memory_bytes, processes=limits.processes
            ),
        )
        frames = (task_frame(task, limits=limits_in_force(task)), sample_frame(0, asked.control))
        warm.send(b"".join(frames), last=True)
        verdict = warm.message(ProgramVerdict, 2 * (BUILD_WALL_S + WALL_S), most_bytes(task))
        came_to = outcome_of(verdict)
        if came_to is Outcome.INTERNAL and verdict.reason.startswith("there is no "):
            raise HarnessError(f"{language} cannot be run here: {verdict.reason}", details=(asked.get,))
        if came_to is not wanted:
            reason = verdict.reason or (verdict.built.reason if verdict.built else "")
            raise BoxLost(
                f"a box does not do with {language} what it must: {came_to}: {reason}", cause=LossCause.OUTSIDE
            )


def outcome_of(verdict: ProgramVerdict) -> Outcome:
    """What a sample came to: what it was before any case, else the first case that failed; a pass is a pass in all."""
    if verdict.outcome is not None:
        return verdict.outcome
    outcomes = [case.outcome for case in verdict.cases]
    failed = [outcome for outcome in outcomes if outcome not in {Outcome.PASSED, Outcome.NO_TESTS}]
    return failed[0] if failed else Outcome.PASSED if set(outcomes) == {Outcome.PASSED} else Outcome.NO_TESTS


MAX_REFUSED = 2  # boxes in which a language does not work, until that is taken for a matter of the image
NOT_FAILED = (Outcome.PASSED, Outcome.NO_TESTS)  # what a case may come to without failing its sample


class ProgramGrader(SupervisedGrader[ProgramVerdict]):
    """Grades programs in warm boxes, see `SupervisedGrader`."""

    def __init__(self, backend: Backend, image: str | None, *, strict: bool) -> None:
        super().__init__(backend, image, strict=strict)
        self._proven: WeakKeyDictionary[WarmBox, set[str]] = WeakKeyDictionary()
        self._refused: Counter[str] = Counter()  # how often the control of a language failed

    def grade(self, batch: Batch) -> Iterator[Result]:
        """See `BatchGrader.grade`; of what its task protects less the trust is less, whatever the batch says."""
        task = narrowed(batch.task, ProgramTask, batch.instance_id)
        trust = Trust.NONE if not is_compared(task) else Trust.CLAIM if task.claimed else batch.trust
        return super().grade(replace(batch, trust=trust))

    def _open_box(self, limits: Limits) -> AbstractContextManager[WarmBox]:
        return open_warm_box(self._backend, self._image, limits, parts=PROGRAM)

    def _prove(self, warm: WarmBox, limits: Limits) -> None:
        prove(warm, limits, "python")
        self._proven[warm] = {"python"}

    def _prove_language(self, warm: WarmBox, limits: Limits, language: str) -> None:
        """Prove a language once in each box."""
        if language in self._proven[warm]:
            return
        try:
            prove(warm, limits, language)
        except BoxLost as error:
            self._refused[language] += 1
            if self._refused[language] < MAX_REFUSED:
                raise
            raise HarnessError(f"{language} does not work here: {error}", details=(LANGUAGES[language].get,)) from error
        self._proven[warm].add(language)

    def _verdicts(
        self, batch: Batch, attempt: list[tuple[int, Candidate]], *, ahead_bytes: int
    ) -> Iterator[ProgramVerdict]:
        task = narrowed(batch.task, ProgramTask, batch.instance_id)
        limits = box_limits(task)
        warm = self._open(limits)
        self._prove_language(warm, limits, task.language)
        in_force = limits_in_force(task)
        patience_s = max(in_force.wall_s, task.compile_limits.wall_s) + GRACE_S
        warm.send(task_frame(task, limits=in_force), patience_s)
        frames = deque(sample_frame(number, candidate.code) for number, candidate in attempt)
        ahead = deque[int]()
        while frames or ahead:
            if frames and sum(ahead) <= ahead_bytes // 2:
                taken = take_frames(frames, ahead, ahead_bytes)
                warm.send(taken, patience_s, last=not frames)
            yield warm.message(ProgramVerdict, patience_s, most_bytes(task), most_patience_s(batch, patience_s))
            ahead.popleft()

    def _judged(self, batch: Batch, ended: Result, verdict: ProgramVerdict) -> Result:
        task = narrowed(batch.task, ProgramTask, batch.instance_id)
        runs = [*([verdict.built] if verdict.built else []), *verdict.cases]
        at = first_failing(verdict)
        telling = telling_run(verdict)
        return replace(
            ended,
            outcome=outcome_of(verdict),
            reason=reason_of(task, verdict, at),
            error_type=None if telling is None else telling.error_type,
            limit=None if telling is None else telling.limit,
            cpu_s=round(sum(run.cpu_s for run in runs), 6),
            wall_s=round(sum(run.wall_s for run in runs), 6),
            memory_bytes=max((case.memory_bytes for case in verdict.cases if case.memory_bytes), default=None),
            output="" if telling is None else telling.output + telling.errors,
            output_truncated=telling is not None and telling.output_truncated,
            detail=ProgramDetail(
                language=task.language,
                compiled=None if verdict.built is None else _recorded(verdict.built),
                cases=tuple(map(_recorded, verdict.cases)),
                first_failing=at,
            ),
        )


def _recorded(run: CaseReport) -> CaseResult:
    found = msgspec.convert(run, CaseResult, from_attributes=True)
    return replace(found, cpu_s=round(run.cpu_s, 6), wall_s=round(run.wall_s, 6))


def first_failing(verdict: ProgramVerdict) -> int | None:
    """The index of the first case that failed; None where none did."""
    return next((index for index, case in enumerate(verdict.cases) if case.outcome not in NOT_FAILED), None)


def telling_run(verdict: ProgramVerdict) -> CaseReport | None:
    """The run that a result is about: what was built if that failed, else the first failing case, else the last."""
    at = first_failing(verdict)
    if verdict.outcome is not None:
        return verdict.built
    return None if not verdict.cases else verdict.cases[-1 if at is None else at]


def reason_of(task: ProgramTask, verdict: ProgramVerdict, at: int | None) -> str:
    """Why a sample came to what it did, and at which case."""
    if verdict.end is not None:
        return verdict.end
    if at is None:
        return verdict.reason
    return f"case {at + 1} of {len(task.cases)}: {verdict.cases[at].reason}"


@contextmanager
def open_program_grader(backend: Backend, image: str | None, *, strict: bool = False) -> Iterator[BatchGrader]:
    """Open a grader for batches of programs; on exit its boxes are gone.

    `strict` gives every sample a box of its own instead of fresh identities in a warm one.
    """
    grader = ProgramGrader(backend, image, strict=strict)
    try:
        yield grader
    finally:
        grader.close()
