"""The controls: known programs that a new box runs before any sample, to show that it works, and each of its languages.

One program of the language must be passed for what it prints, and the same one must fail where another answer is
expected. A box that comes to anything else is lost, and it was ours; a language whose tool is not there is a matter of
the image, which nobody's sample is charged for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.errors import BoxLost, HarnessError, LossCause
from boxscore.protocols.program.languages import LANGUAGES
from boxscore.protocols.program.task import Case, ProgramTask, limits_in_force
from boxscore.protocols.program.wire import ProgramVerdict, most_bytes, sample_frame, task_frame
from boxscore.records import Limits, Outcome

if TYPE_CHECKING:
    from boxscore.protocols.warm import WarmBox

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
