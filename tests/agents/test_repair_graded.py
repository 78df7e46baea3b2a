"""`repair` with real verdicts: it sees the tests that prompts show, and is graded by those that they do not."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

import boxscore
from boxscore.agents.fake import FakeAssignment, run_agent
from boxscore.agents.registry import open_agent
from boxscore.data.plugin_calls import extract_code, make_task, visible_task
from boxscore.data.prompts import render_prompt
from boxscore.models.fake import FakeModel
from boxscore.records import Outcome, Result, Sample, Trust

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.agents.contract import Draft
    from boxscore.records import Instance

pytestmark = pytest.mark.bubblewrap

LONG_S = 100.0
ROMAN = "tiny/roman-numeral"


@pytest.fixture(scope="module", name="grader")
def fixture_grader(local_backend: object) -> Iterator[boxscore.Grader]:
    """One warm box for all tests."""
    grader = boxscore.Grader("tiny", backend="local", workers=1)
    asyncio.run(grader.open())
    yield grader
    asyncio.run(grader.close())


class Course:
    """One sample of an instance, made by the agent and graded: `hidden` are the verdicts of its drafts."""

    def __init__(self, grader: boxscore.Grader, instance: Instance, answers: list[str], **options: str) -> None:
        assert grader.harness is not None
        self._grader, self._harness, self._instance = grader, grader.harness, instance
        self.model = FakeModel(answers)
        prompt = render_prompt(self._harness, instance).messages
        self.assignment = FakeAssignment(instance, self.model, judge=self._judge, prompt=prompt)
        self._agent = open_agent("repair", options)
        self.drafts, self.hidden = asyncio.run(asyncio.wait_for(self._run(), LONG_S))

    async def _run(self) -> tuple[list[Draft], list[Outcome]]:
        drafts = await run_agent(self._agent, self.assignment)
        task = make_task(self._harness, self._instance)
        return drafts, [(await self._graded(draft, task)).outcome for draft in drafts]

    async def _judge(self, draft: Draft) -> Result:
        return await self._graded(draft, visible_task(self._harness, self._instance))

    async def _graded(self, draft: Draft, task: Any) -> Result:
        name = self._instance.instance_id
        sample = Sample(instance_id=name, sample_id="0", text=draft.text, kind=draft.kind)
        code = extract_code(self._harness, self._instance, sample)
        if code is None:
            return Result(instance_id=name, sample_id="0", outcome=Outcome.NO_CODE, trust=Trust.ORACLE)
        return await self._grader.grade_task(task, code, instance_id=name)

    @property
    def all_text(self) -> str:
        """All that the model was asked, and all that is written down of it."""
        asked = [question.messages for question in self.model.asked]
        return json.dumps([asked, self.assignment.trajectory.as_atif()])


def fenced(code: str) -> str:
    """An answer of a chat model."""
    return f"Here it is.\n\n```python\n{code}\n```\n"


def gold(instance: Instance) -> str:
    """The answer that passes."""
    assert instance.reference is not None
    return fenced(instance.reference)


WRONG = fenced("def roman_value(numeral):\n    return 0")
ONLY_SHOWN = fenced('def roman_value(numeral):\n    return {"XIV": 14, "MCMXC": 1990}[numeral]')


def test_round_two_solves_what_round_one_failed(grader: boxscore.Grader) -> None:
    """The last draft passes the hidden tests; the first did not."""
    instance = grader.instances[ROMAN]

    course = Course(grader, instance, [WRONG, gold(instance)])

    assert course.hidden == [Outcome.WRONG, Outcome.PASSED]
    assert ' of the tests: assert roman_value("XIV") == 14' in course.model.asked[1].messages[-1]["content"]
    assert course.assignment.stop_reason == "passed"


def test_what_passes_the_shown_tests_alone_fails(grader: boxscore.Grader) -> None:
    """The agent is content, and the verdict is that of the hidden tests."""
    course = Course(grader, grader.instances[ROMAN], [ONLY_SHOWN])

    assert (course.assignment.stop_reason, course.hidden) == ("passed", [Outcome.ERROR])


def test_no_instance_of_tiny_programs_tells_its_hidden_cases(local_backend: object) -> None:
    """What hidden cases give or expect is in no question."""

    async def opened() -> boxscore.Grader:
        grader = boxscore.Grader("tiny-programs", backend="local", workers=1)
        await grader.open()
        return grader

    grader = asyncio.run(opened())
    try:
        assert grader.harness is not None
        for instance in grader.instances.values():
            shown: Any = visible_task(grader.harness, instance)
            if shown is None:
                continue
            whole: Any = make_task(grader.harness, instance)
            course = Course(grader, instance, [fenced("print(1 / 0)"), gold(instance)], feedback="traceback")

            words = {part.strip() for case in whole.cases for part in (case.stdin, case.expected) if len(part) > 9}
            hidden = [word for word in words if word and word not in instance.prompt]
            assert [word for word in hidden if json.dumps(word)[1:-1] in course.all_text] == []
            assert course.hidden[-1] is Outcome.PASSED
    finally:
        asyncio.run(grader.close())
