"""`synthesis` asks for a class method by method, in its strategy's order, and puts the bodies together."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import boxscore
from boxscore.agents.fake import FakeAssignment, run_agent
from boxscore.agents.registry import open_agent
from boxscore.data.plugins import load_harness
from boxscore.errors import UsageError
from boxscore.models.fake import FakeModel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.agents.contract import Draft

SKELETON = """```java
public class Sum {
    int one() {
        // TODO
    }

    int two() {
        // TODO
    }
}
```"""
PROMPT = ({"role": "system", "content": "Java."}, {"role": "user", "content": f"Complete it.\n{SKELETON}\n"})


def answer(name: str, body: str) -> str:
    """A class with one method written."""
    return f"Here:\n```java\npublic class Sum {{\n    int {name}() {{{body}}}\n}}\n```"


class Course:
    """One sample, with what was asked for it."""

    def __init__(self, answers: Sequence[str], prompt: Any = PROMPT, number: int = 0, **options: str) -> None:
        self.model = FakeModel(answers)
        self.assignment = FakeAssignment(None, self.model, prompt=prompt, number=number)

        async def body() -> list[Draft]:
            return await asyncio.wait_for(run_agent(open_agent("synthesis", options), self.assignment), 60.0)

        self.drafts = asyncio.run(body())

    @property
    def asked(self) -> list[str]:
        """The last message of each question."""
        return [question.messages[-1]["content"] for question in self.model.asked]


def test_incremental() -> None:
    """The second question shows the first method as it was written; the sample holds both."""
    course = Course([answer("one", " return 1; "), answer("two", " return one() + 1; ")])

    assert "int two() {}" in course.asked[0]
    assert "int one() { return 1; }" in course.asked[1]
    assert "int one() { return 1; }" in course.drafts[-1].text
    assert "int two() { return one() + 1; }" in course.drafts[-1].text


def test_independent() -> None:
    """The second question shows nothing of the first answer; the sample holds both."""
    course = Course([answer("one", " return 1; "), answer("two", " return 2; ")], strategy="independent")

    assert "int one() {}" in course.asked[1]
    assert "int one() { return 1; }" in course.drafts[-1].text
    assert "int two() { return 2; }" in course.drafts[-1].text


def test_reversed() -> None:
    """The last method is asked for first."""
    course = Course([answer("two", ""), answer("one", "")], strategy="incremental-reversed")

    assert "int one() {}" in course.asked[0]
    assert course.asked[0].count("TODO") == 1


def test_random_is_the_same_for_a_sample_and_differs_between_samples() -> None:
    """The order is of the seed, the instance and the sample's number alone."""

    def first(number: int) -> bool:
        answers = [answer("one", ""), answer("two", "")]
        return "int one() {}" in Course(answers, number=number, strategy="incremental-random").asked[0]

    assert [first(number) for number in range(8)] == [first(number) for number in range(8)]
    assert len({first(number) for number in range(8)}) == 2


@pytest.mark.parametrize(
    "said", ["No.", answer("three", " return 1; "), "```java\nclass Sum { int one() { return (1; } }\n```"]
)
def test_what_cannot_be_put_in_is_left_out(said: str) -> None:
    """An answer without the method, or with one that does not parse, leaves its TODO there."""
    course = Course([said, answer("two", " return 2; ")])

    assert course.drafts[-1].text.count("TODO") == 1


@pytest.mark.parametrize("text", ["Write a class.", "```java\nclass A { int a() { return 1; } }\n```", SKELETON * 2])
def test_a_prompt_of_another_kind_is_asked_once(text: str) -> None:
    """Without a class whose methods say TODO, or with two, the answer is the sample."""
    course = Course(["the answer"], prompt=({"role": "user", "content": text},))

    assert ([draft.text for draft in course.drafts], course.assignment.stop_reason) == (["the answer"], "no_todo")


def test_base_models_are_refused() -> None:
    """They cannot be asked."""
    assignment = FakeAssignment(None, FakeModel(["a"]), completion="class A {")

    with pytest.raises(UsageError, match="chat model"):
        asyncio.run(run_agent(open_agent("synthesis"), assignment))


@pytest.mark.parametrize("options", [{"strategy": "holistic"}, {"seed": "-1"}, {"order": "reversed"}])
def test_options_that_are_none(options: dict[str, str]) -> None:
    """Unknown strategies, seeds and names are refused."""
    with pytest.raises(UsageError, match="synthesis"):
        open_agent("synthesis", options)


STRATEGIES = {
    "independent-selective": "independent",
    "incremental-selective": "incremental",
    "incremental_rev-selective": "incremental-reversed",
}


@pytest.mark.parametrize("label", STRATEGIES)
def test_published_questions(label: str) -> None:
    """With the published answers it asks what JavaBench's program asked, to the byte, and comes to the same samples."""
    root = Path(os.environ.get("BOXSCORE_DATA", "")) / "javabench"
    if "BOXSCORE_DATA" not in os.environ or not (root / "output").is_dir():
        pytest.skip("BOXSCORE_DATA has no javabench with the published results")
    harness = load_harness("javabench@PA22")
    instances = {one.instance_id: one for one in harness.load(root.parent / harness.source.path)}
    rows = [
        json.loads(line)
        for path in sorted(root.glob(f"output/{label}/result-PA22/gpt*/samples.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]
    assert len(rows) >= 7
    for row in rows[:14]:
        messages = boxscore.render_prompt(harness, instances[row["task_id"]]).messages
        course = Course([one["completion"] for one in row["mediate"]], prompt=messages, strategy=STRATEGIES[label])
        asked = ["\n".join(one["content"] for one in question.messages) for question in course.model.asked]
        assert asked == [one["prompt"] for one in row["mediate"]]
        assert course.drafts[-1].text.strip() == row["completion"].strip()
