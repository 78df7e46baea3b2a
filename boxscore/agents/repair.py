"""Agents that answer: `sample` once, and `repair` until the tests that it may see pass, told what fails in between.

    ask ──▶ draft ──▶ judge ──passed──▶ done
     ▲                  │ no better: undone (keep=revert)
     └──── feedback ◀───┘ the same failure again and again, or N rounds: done

How much it is told, what it keeps and what it remembers are settings; the preset for web projects is a loop of its own.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from boxscore.agents.contract import Draft, work_in_rounds
from boxscore.agents.feedback import LEAST_BYTES, MOST_BYTES, USUAL_BYTES, Form, failure_of, feedback_of, score_of
from boxscore.agents.registry import WEB, AgentOptions
from boxscore.agents.texts import digest_of, filled
from boxscore.errors import BoxError, UsageError
from boxscore.models.contract import text_of
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


def sample_agent(options: Mapping[str, str]) -> SampleAgent:
    """Make the agent, which has no options. Raises UsageError."""
    AgentOptions(SampleAgent.name, options).done()
    return SampleAgent()


def draft_of_answer(answer: Answer, assignment: Assignment, *, why: str) -> Draft:
    """An answer as a draft: what its model says that it is, else what a base model went on with, or a chat's answer."""
    said = SampleKind.COMPLETION if assignment.completion is not None else SampleKind.ANSWER
    return Draft(text=answer.text, kind=answer.kind or said, why=why)


class Keep(enum.StrEnum):
    """Which draft becomes the sample, and which is worked on."""

    LAST = "last"  # the last in both respects
    BEST = "best"  # the best becomes the sample, the last is worked on
    REVERT = "revert"  # the best in both respects: a round without progress is undone


class Settings(Struct, frozen=True, kw_only=True):
    """How the loop goes.

    `rounds` is how many answers are asked for at most, the first among them. `feedback_bytes` bounds what is told of
    each. After `stuck` failures of one kind in a row, or an answer that was there before, it ends; 0 for never.
    `conversation` is `keep`, or `fresh`: each question is the task with the draft and what fails.
    """

    rounds: int = 3
    feedback: Form = Form.TEST
    feedback_bytes: int = USUAL_BYTES
    keep: Keep = Keep.LAST
    conversation: str = "keep"
    stuck: int = 2


def repair_agent(options: Mapping[str, str]) -> Agent:
    """Make the agent; options are named as its settings. Raises UsageError."""
    given = AgentOptions(RepairAgent.name, options)
    if given.choice("preset", (WEB,), ""):
        from boxscore.agents.web import web_repair_agent  # noqa: PLC0415 - for this preset only

        return web_repair_agent(given)
    usual = Settings()
    settings = Settings(
        rounds=given.count("rounds", usual.rounds, most=MOST_ROUNDS),
        feedback=Form(given.choice("feedback", Form, usual.feedback)),
        feedback_bytes=given.count("feedback_bytes", usual.feedback_bytes, least=LEAST_BYTES, most=MOST_BYTES),
        keep=Keep(given.choice("keep", Keep, usual.keep)),
        conversation=given.choice("conversation", ("keep", "fresh"), usual.conversation),
        stuck=given.count("stuck", usual.stuck, least=0, most=MOST_ROUNDS),
    )
    given.done()
    return RepairAgent(settings)


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
        return digest_of("repair_follow_up", "repair_fresh")

    async def drafts(self, assignment: Assignment) -> AsyncIterator[Draft]:
        """Yield each answer, and at the end the one that is kept, unless it is the last."""
        if assignment.completion is not None:
            raise UsageError("agent 'repair' needs a chat model: base models only continue a text")
        course = _Course(self.settings, assignment)
        await work_in_rounds(assignment, course.question, course.act, rounds=self.settings.rounds)
        for draft in course.drafts():
            yield draft


class _Judged(Struct, frozen=True):
    draft: Draft
    result: Result


class _Course:
    """What one sample has come to so far, and what the model is asked next."""

    def __init__(self, settings: Settings, assignment: Assignment) -> None:
        self._settings, self._assignment = settings, assignment
        self._begun: list[Message] = list(assignment.prompt)  # what the conversation began with
        self._said: list[Message] = []
        self._drafts: list[Draft] = []
        self._best: _Judged | None = None
        self._texts: set[str] = set()
        self._failure: tuple[str, ...] = ()
        self._alike = 0

    def drafts(self) -> list[Draft]:
        """All drafts, and the one that is kept, where that is not the last one anyway."""
        best = self._best if self._settings.keep is not Keep.LAST else None
        kept = [] if best is None or best.draft is self._drafts[-1] else [replace(best.draft, why="kept")]
        return [*self._drafts, *kept]

    async def question(self) -> list[Message] | str:
        return [*self._begun, *self._said]

    async def act(self, answer: Answer) -> str:
        """Have the draft judged by the tests that may be seen; return why the agent is to end, or nothing."""
        draft = draft_of_answer(answer, self._assignment, why="repaired" if self._drafts else "first")
        self._drafts.append(draft)
        result = await self._assignment.judge(draft)
        if result is None or result.outcome is Outcome.NO_TESTS:
            return "no_visible_tests"
        if result.outcome is Outcome.INTERNAL:
            raise BoxError(f"the tests that may be seen were not run: {result.reason}")
        now = _Judged(draft, result)
        before = self._best
        progress = before is None or score_of(result) > score_of(before.result)
        if progress:
            self._best = now
        if result.outcome is Outcome.PASSED:
            return "passed"
        if self._is_stuck(now):
            return "no_progress"
        reverted = before if self._settings.keep is Keep.REVERT and not progress else None
        self._tell(now, reverted, began_anew=before is not None and progress)
        return ""

    def _is_stuck(self, now: _Judged) -> bool:
        again = now.draft.text in self._texts
        self._texts.add(now.draft.text)
        failure = failure_of(now.result)
        self._alike = self._alike + 1 if failure == self._failure else 1
        self._failure = failure
        most = self._settings.stuck
        return bool(most) and (again or self._alike >= most)

    def _tell(self, now: _Judged, standing: _Judged | None, *, began_anew: bool) -> None:
        """Put what fails into the conversation. Once progress is kept for good, what failed before it is forgotten."""
        settings, at = self._settings, standing or now
        if settings.conversation == "fresh" or (settings.keep is Keep.REVERT and began_anew):
            self._begun = self._begin_anew(at, tried=self._feedback(now) if standing else "")
            self._said = []
            return
        follow_up = filled(
            "repair_follow_up",
            feedback=self._feedback(now),
            reverted=standing is not None,
            answer=at.draft.text.strip("\n"),
            standing=self._feedback(at),
        )
        self._said += [{"role": "assistant", "content": now.draft.text}, {"role": "user", "content": follow_up}]

    def _begin_anew(self, at: _Judged, *, tried: str) -> list[Message]:
        """The prompt, whose last message now holds the draft and what fails as well."""
        *first, last = self._assignment.prompt or [{"role": "user", "content": ""}]
        if last.get("role") != "user":
            first, last = [*first, last], {"role": "user", "content": ""}
        task, answer = (text.strip("\n") for text in (text_of(last["content"]), at.draft.text))
        values = {"task": task, "answer": answer, "feedback": self._feedback(at), "tried": tried}
        return [*first, {"role": "user", "content": filled("repair_fresh", **values)}]

    def _feedback(self, judged: _Judged) -> str:
        return feedback_of(judged.result, self._settings.feedback, most_bytes=self._settings.feedback_bytes)
