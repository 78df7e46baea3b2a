"""`repair` answers again with what it is told, and knows when to end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from boxscore.agents.contract import AgentLimits
from boxscore.agents.fake import FakeAssignment, run_agent
from boxscore.agents.registry import open_agent
from boxscore.errors import BoxError, ContextOverflow, UsageError
from boxscore.models.fake import FakeModel
from boxscore.records import Outcome, Result, Trust

if TYPE_CHECKING:
    from boxscore.agents.contract import Draft
    from boxscore.models.contract import Question

LONG_S = 60.0


def result(outcome: Outcome, reason: str = "") -> Result:
    """What the tests that may be seen say."""
    return Result(instance_id="i", sample_id="0", outcome=outcome, trust=Trust.ORACLE, reason=reason)


WRONG, ERROR = result(Outcome.WRONG, "case 3 of 5: 4 is not 5"), result(Outcome.ERROR, "NameError: x")
SYNTAX, PASSED = result(Outcome.SYNTAX, "line 1"), result(Outcome.PASSED)


class Course:
    """One sample of the agent, made with some options: its drafts, questions and end."""

    def __init__(
        self,
        answers: Any,
        judge: Any,
        limits: AgentLimits | None = None,
        **options: str,
    ) -> None:
        self.model = FakeModel(answers, usd_per_token=1.0)
        self.assignment = FakeAssignment(None, self.model, judge=judge, limits=limits)
        agent = open_agent("repair", options)

        async def body() -> list[Draft]:
            return await asyncio.wait_for(run_agent(agent, self.assignment), LONG_S)

        self.drafts = asyncio.run(body())

    @property
    def texts(self) -> list[str]:
        return [draft.text for draft in self.drafts]

    @property
    def stop_reason(self) -> str:
        """Why it ended."""
        return self.assignment.stop_reason

    def asked(self, turn: int) -> list[str]:
        """The messages of a question."""
        return [f"{one['role']}: {one['content']}" for one in self.model.asked[turn].messages]


def answers(count: int) -> list[str]:
    """Texts that differ."""
    return [f"answer {number}" for number in range(1, count + 1)]


def test_it_is_told_what_fails_and_answers_again() -> None:
    """The second question holds the first answer and what failed, and the second answer is the sample."""
    course = Course(answers(3), [WRONG, PASSED])

    assert [draft.why for draft in course.drafts] == ["first", "repaired"]
    assert (course.texts[-1], course.stop_reason) == ("answer 2", "passed")
    task, said, told = course.asked(1)
    assert (task, said) == ("user: Do it.", "assistant: answer 1")
    assert "The code fails a test." in told
    assert "case 3 of 5: 4 is not 5" in told


@pytest.mark.parametrize(("rounds", "expected"), [("1", 1), ("2", 2), ("4", 4)])
def test_rounds_are_answers_at_most(rounds: str, expected: int) -> None:
    """The first counts."""
    course = Course(answers(9), [WRONG, ERROR], rounds=rounds, stuck="0")

    assert (len(course.drafts), course.stop_reason) == (expected, "rounds")


def test_the_same_failure_again_and_again_ends_it() -> None:
    """With stuck=3 the third equal failure is the last; another in between begins the count anew."""
    course = Course(answers(9), [WRONG, WRONG, ERROR, WRONG, WRONG, WRONG], rounds="9", stuck="3")

    assert (len(course.drafts), course.stop_reason) == (6, "no_progress")


def test_an_answer_that_was_there_before_ends_it() -> None:
    """Whoever gives an earlier answer again will not come to another."""
    course = Course(["one", "two", "one"], [WRONG, ERROR, SYNTAX], rounds="9")

    assert (course.texts, course.stop_reason) == (["one", "two", "one"], "no_progress")


@pytest.mark.parametrize("judge", [None, [result(Outcome.NO_TESTS)]], ids=["none", "tests-nothing"])
def test_without_tests_that_may_be_seen_it_is_one_shot(judge: Any) -> None:
    course = Course(answers(3), judge)

    assert (course.texts, course.stop_reason) == (["answer 1"], "no_visible_tests")


def test_trouble_of_ours_is_no_failure_of_the_draft() -> None:
    """It ends without a sample, as any trouble with boxes does."""
    with pytest.raises(BoxError, match="the engine went away"):
        Course(answers(3), [result(Outcome.INTERNAL, "the engine went away")])


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (AgentLimits(message_limit=3), "message_limit"),
        (AgentLimits(token_limit=4), "token_limit"),
        (AgentLimits(cost_limit=4.0), "cost_limit"),
    ],
)
def test_a_limit_ends_it_with_what_it_has(limits: AgentLimits, expected: str) -> None:
    """The first answer is the sample: there was no place, or nothing left, for a second."""
    course = Course(answers(3), [WRONG, ERROR], limits=limits)

    assert (course.texts, course.stop_reason) == (["answer 1"], expected)


def test_a_conversation_that_is_too_long_for_the_model() -> None:
    """It ends with what it has."""

    class Short(FakeModel):
        async def answer(self, question: Question) -> Any:
            if len(question.messages) > 1:
                raise ContextOverflow("too long")
            return await super().answer(question)

    assignment = FakeAssignment(None, Short(answers(2)), judge=[WRONG])

    drafts = asyncio.run(run_agent(open_agent("repair"), assignment))

    assert ([draft.text for draft in drafts], assignment.stop_reason) == (["answer 1"], "context")


def test_it_does_not_talk_with_a_base_model() -> None:
    """Refused before anything is asked."""
    model = FakeModel(answers(1))
    assignment = FakeAssignment(None, model, judge=[WRONG], completion="def f():\n")

    with pytest.raises(UsageError, match="base model"):
        asyncio.run(run_agent(open_agent("repair"), assignment))
    assert model.asked == []


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"rounds": "0"}, "rounds cannot be '0'.*>= 1"),
        ({"rounds": "many"}, "rounds"),
        ({"feedback": "all"}, "feedback cannot be 'all': it is one of verdict, test, traceback"),
        ({"feedback_bytes": "10"}, "feedback_bytes"),
        ({"preset": "aider"}, "preset"),
        ({"preset": "web-bench", "rounds": "2"}, "no other option"),
        ({"round": "3"}, "no option round; it has feedback"),
    ],
)
def test_options_are_checked(options: dict[str, str], problem: str) -> None:
    """Each is refused with what it may be."""
    with pytest.raises(UsageError, match=problem):
        open_agent("repair", options)
