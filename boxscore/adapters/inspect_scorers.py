"""Scorers of Inspect. What could not be judged, for no fault of the sample, is unscored: left out of metrics, not 0."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from inspect_ai.scorer import CORRECT, INCORRECT, Score, Scorer, Target, accuracy, scorer, stderr
from inspect_ai.util import OutputLimitExceededError, SandboxUnavailableError, sandbox

from boxscore.adapters.answers import answer_text
from boxscore.adapters.columns import RowTests, find_tests
from boxscore.adapters.engine import grade_all_async
from boxscore.adapters.rewards import Question, submission_of, warn_withheld
from boxscore.records import Outcome, Sample, SampleKind

if TYPE_CHECKING:
    from inspect_ai.solver import TaskState

    from boxscore.records import Result
    from boxscore.session.grader import Grader

DIFF = "git add -A && git -c core.fileMode=true diff --cached --binary HEAD"
DIFF_TIMEOUT_S = 120


class NoPatch(Exception):  # noqa: N818 - what happened says it best; it is caught here
    """Git found no repository, or could not say what was changed in it."""


@scorer(metrics=[accuracy(), stderr()])
def boxscore_tests(language: str = "python") -> Scorer:
    """Grade an answer by tests that come with it: in the sample's metadata, else in its target.

    Metadata are looked through as columns of a data set are (`tests`, `input_output`, `test_list`, …); a target is what
    `boxscore.inline_task` takes: asserts, or JSON. Tests that cannot be read fail the sample with UsageError.
    """

    async def score(state: TaskState, target: Target) -> Score:
        tests = find_tests(state.metadata) or RowTests(tests=target.text, language=language)
        submission = submission_of(Question(completion=state.output.completion, tests=tests))
        return score_of((await grade_all_async([submission]))[0], submission.code)

    return score


@scorer(metrics=[accuracy(), stderr()])
def boxscore_function(benchmark: str, backend: str = "auto", least_trust: str | None = None) -> Scorer:
    """Grade an answer to an instance of a benchmark of functions: of the one whose id the sample has.

    An `instance_id` in the sample's metadata goes before the sample's own id. Raises what `Grader.open` does.
    """

    async def score(state: TaskState, target: Target) -> Score:  # noqa: ARG001 - the benchmark knows better
        sample = _sample(state, answer_text(state.output.completion), SampleKind.ANSWER)
        return score_of(await _grader(benchmark, backend, least_trust).grade(sample), sample.text)

    return score


@scorer(metrics=[accuracy(), stderr()])
def boxscore_patch(
    benchmark: str, tree: str | None = None, backend: str = "auto", least_trust: str | None = None
) -> Scorer:
    """Grade a patch of an instance of a benchmark of patches: of the one whose id the sample has.

    With `tree`, a folder in the sample's sandbox, the patch is what git finds changed there; else it is the answer. An
    agent that left no repository there has given none, which is its own fault; a sandbox that has gone is not.
    """

    async def score(state: TaskState, target: Target) -> Score:  # noqa: ARG001 - the benchmark knows better
        try:
            patch = state.output.completion if tree is None else await _changes(tree)
        except SandboxUnavailableError as error:
            return Score.unscored(reason="scoring_failed", explanation=f"the sandbox is not there any more: {error}")
        except (OSError, OutputLimitExceededError, NoPatch) as error:  # the sandbox works: what is in it is the agent's
            explanation = f"git finds no patch in {tree} of the sandbox: {error}"
            return Score(value=INCORRECT, explanation=explanation, metadata={"outcome": Outcome.NO_CODE.value})
        sample = _sample(state, patch, SampleKind.PATCH)
        return score_of(await _grader(benchmark, backend, least_trust).grade(sample), patch)

    return score


def score_of(result: Result, answer: str | None) -> Score:
    """Say a result in Inspect's words: correct, incorrect, or unscored where the trouble is ours."""
    metadata = {"outcome": result.outcome.value, "trust": result.trust.value, "instance_id": result.instance_id}
    if result.outcome is Outcome.INTERNAL:
        warn_withheld(result, "inspect")
        return Score.unscored(
            reason="scoring_failed", answer=answer, explanation=result.reason or None, metadata=metadata
        )
    value = CORRECT if result.outcome is Outcome.PASSED else INCORRECT
    return Score(value=value, answer=answer, explanation=result.reason or result.outcome.value, metadata=metadata)


async def _changes(tree: str) -> str:
    done = await sandbox().exec(["sh", "-c", DIFF], cwd=tree, timeout=DIFF_TIMEOUT_S)
    if not done.success:
        raise NoPatch(done.stderr[-300:] or f"git ended with {done.returncode}")
    return str(done.stdout)


def _sample(state: TaskState, text: str, kind: SampleKind) -> Sample:
    instance_id = state.metadata.get("instance_id", state.sample_id)
    return Sample(instance_id=str(instance_id), sample_id=str(state.epoch), text=text, kind=kind)


@cache
def _grader(benchmark: str, backend: str, least_trust: str | None) -> Grader:
    """The process's grader of a benchmark, which opens its boxes at its first sample and closes them at the end."""
    from boxscore.session.grader import Grader  # noqa: PLC0415 - heavy, and not for tests that come with a sample

    return Grader(benchmark, backend=backend, least_trust=least_trust)
