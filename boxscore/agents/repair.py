"""Agents that answer: `sample` once, and `repair` until the tests that it may see pass, told what fails in between.

    ask ──▶ draft ──▶ judge ──passed──▶ done
     ▲                  │
     └──── feedback ◀───┘ the same failure repeatedly, or N rounds: done

How much feedback it gets is a setting; the preset for web projects is a loop of its own.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta, Struct

from boxscore.agents.contract import Draft, work_in_rounds
from boxscore.agents.feedback import LEAST_BYTES, MOST_BYTES, USUAL_BYTES, Form, failure_of, feedback_of
from boxscore.agents.registry import WEB, read_options
from boxscore.agents.texts import digest_of, filled
from boxscore.errors import BoxError, UsageError
from boxscore.records import Outcome, SampleKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from boxscore.agents.contract import Agent, Assignment, Message
    from boxscore.models.contract import Answer
    from boxscore.records import Result

MOST_ROUNDS = 100


class SampleAgent:
    """Asks once."""

    name = "sample"
    wants_box = False

    async def drafts(self, assignment: Assignment) -> AsyncIterator[Draft]:
        """Yield the model's answer."""
        answer = await assignment.ask(assignment.prompt, completion=assignment.completion)
        yield draft_of_answer(answer, assignment, why="first")


class NoOptions(Struct, frozen=True):
    """What an agent without options reads."""


def sample_agent(options: Mapping[str, str]) -> SampleAgent:
    """Make the agent, which has no options. Raises UsageError."""
    read_options(SampleAgent.name, options, NoOptions)
    return SampleAgent()


def draft_of_answer(answer: Answer, assignment: Assignment, *, why: str) -> Draft:
    """An answer as a draft: what its model says that it is, else what a base model went on with, or a chat's answer."""
    said = SampleKind.COMPLETION if assignment.completion is not None else SampleKind.ANSWER
    return Draft(text=answer.text, kind=answer.kind or said, why=why)


class Preset(enum.StrEnum):
    """A loop of its own."""

    WEB_BENCH = WEB


class Settings(Struct, frozen=True, kw_only=True):
    """How the loop goes.

    `rounds` is how many answers are asked for at most, the first among them. `feedback_bytes` bounds what is told of
    each. After `stuck` failures of one kind in a row, or an answer that was there before, it ends; 0 for never.
    """

    rounds: Annotated[int, Meta(ge=1, le=MOST_ROUNDS)] = 3
    feedback: Form = Form.TEST
    feedback_bytes: Annotated[int, Meta(ge=LEAST_BYTES, le=MOST_BYTES)] = USUAL_BYTES
    stuck: Annotated[int, Meta(ge=0, le=MOST_ROUNDS)] = 2
    preset: Preset | None = None


def repair_agent(options: Mapping[str, str]) -> Agent:
    """Make the agent; options are named as its settings. Raises UsageError."""
    settings = read_options(RepairAgent.name, options, Settings)
    if settings.preset is None:
        return RepairAgent(settings)
    if len(options) > 1:
        raise UsageError(f"agent {RepairAgent.name!r}: with a preset it has no other option")
    from boxscore.agents.web import WebRepairAgent  # noqa: PLC0415 - for this preset only

    return WebRepairAgent()


class RepairAgent:
    """Answers in rounds, with feedback between them. Its `stop_reason` is `passed`, `no_progress` or `rounds`."""

    name = "repair"
    wants_box = False
    wants_tests = True  # that may be seen: without any it is `sample`

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @property
    def digest(self) -> str:
        """A digest of the loop's prompts."""
        return digest_of("repair_follow_up")

    async def drafts(self, assignment: Assignment) -> AsyncIterator[Draft]:
        """Yield each answer; the last one is the sample."""
        if assignment.completion is not None:
            raise UsageError("agent 'repair' needs a chat model: base models only continue a text")
        course = _Course(self.settings, assignment)
        await work_in_rounds(assignment, course.question, course.act, rounds=self.settings.rounds)
        for draft in course.drafts:
            yield draft


class _Course:
    """What one sample has come to so far, and what the model is asked next."""

    def __init__(self, settings: Settings, assignment: Assignment) -> None:
        self._settings, self._assignment = settings, assignment
        self._messages: list[Message] = list(assignment.prompt)
        self.drafts: list[Draft] = []
        self._texts: set[str] = set()
        self._failure: tuple[str, ...] = ()
        self._alike = 0

    async def question(self) -> list[Message] | str:
        return self._messages

    async def act(self, answer: Answer) -> str:
        """Have the draft judged by the tests that may be seen; return why the agent is to end, or nothing."""
        draft = draft_of_answer(answer, self._assignment, why="repaired" if self.drafts else "first")
        self.drafts.append(draft)
        result = await self._assignment.judge(draft)
        if result is None or result.outcome is Outcome.NO_TESTS:
            return "no_visible_tests"
        if result.outcome is Outcome.INTERNAL:
            raise BoxError(f"the tests that may be seen were not run: {result.reason}")
        if result.outcome is Outcome.PASSED:
            return "passed"
        if self._is_stuck(draft, result):
            return "no_progress"
        settings = self._settings
        feedback = feedback_of(result, settings.feedback, most_bytes=settings.feedback_bytes)
        follow_up = filled("repair_follow_up", feedback=feedback)
        self._messages += [{"role": "assistant", "content": draft.text}, {"role": "user", "content": follow_up}]
        return ""

    def _is_stuck(self, draft: Draft, result: Result) -> bool:
        repeated = draft.text in self._texts
        self._texts.add(draft.text)
        failure = failure_of(result)
        self._alike = self._alike + 1 if failure == self._failure else 1
        self._failure = failure
        most = self._settings.stuck
        return bool(most) and (repeated or self._alike >= most)
