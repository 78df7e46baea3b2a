"""Models that nobody is asked: references, and samples of files."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from boxscore.errors import InputError, ModelError, UsageError
from boxscore.models.contract import Question
from boxscore.models.price import FREE, price_of
from boxscore.models.registry import open_model
from boxscore.records import Instance, SampleKind

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.models.contract import Answer, Model

INSTANCES = {
    "toy/1": Instance(instance_id="toy/1", prompt="", row={}, reference="def f(): return 1"),
    "toy/2": Instance(instance_id="toy/2", prompt="", row={}),
}


def ask(model: Model, instance_id: str, number: int = 0, turn: int = 0) -> Answer:
    """Ask for a sample."""
    return asyncio.run(model.answer(Question(instance_id=instance_id, number=number, turn=turn)))


def test_gold_gives_the_reference() -> None:
    """It is a whole solution, and costs nothing."""
    model = open_model("gold", instances=INSTANCES)
    answer = ask(model, "toy/1", number=7)

    assert (answer.text, answer.kind) == ("def f(): return 1", SampleKind.SOLUTION)
    assert (answer.cost_usd, answer.calls, price_of(model)) == (0.0, 0, FREE)


@pytest.mark.parametrize("instance_id", ["toy/2", "toy/3"])
def test_gold_without_a_reference_has_no_answer(instance_id: str) -> None:
    """An instance without one stays unsampled."""
    with pytest.raises(ModelError, match="no reference"):
        ask(open_model("gold", instances=INSTANCES), instance_id)


def test_the_samples_of_a_file_are_given_by_their_numbers(tmp_path: Path) -> None:
    """Sample i of an instance is its i-th in the file, at each turn, of the kind that its field says."""
    rows = [
        {"task_id": "toy/1", "completion": "a"},
        {"task_id": "toy/2", "answer": "b"},
        {"task_id": "1", "solution": "c"},
        {"task_id": "other/9", "solution": "of another benchmark"},
    ]
    path = tmp_path / "samples.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    model = open_model(f"replay:{path}", instances=INSTANCES)

    answers = [ask(model, "toy/1", 0), ask(model, "toy/1", 1, turn=3), ask(model, "toy/2")]
    assert [answer.text for answer in answers] == ["a", "c", "b"]
    assert [answer.kind for answer in answers] == [SampleKind.COMPLETION, SampleKind.SOLUTION, SampleKind.ANSWER]
    assert (answers[0].cost_usd, answers[0].calls, price_of(model)) == (0.0, 0, FREE)
    with pytest.raises(ModelError, match="has fewer samples of the instance than are asked for"):
        ask(model, "toy/2", 1)


def test_folders_are_read_as_for_grading(tmp_path: Path) -> None:
    """EvalPlus' layout, say."""
    (tmp_path / "toy_1").mkdir()
    for number in (0, 1, 10):
        (tmp_path / "toy_1" / f"{number}.py").write_text(f"x = {number}")
    model = open_model(f"replay:{tmp_path}", instances=INSTANCES)

    assert [ask(model, "toy/1", number).text for number in range(3)] == ["x = 0", "x = 1", "x = 10"]


def test_a_file_that_cannot_be_replayed_is_refused_at_once(tmp_path: Path) -> None:
    """None, one that is no file of samples, and one of another benchmark."""
    other, broken = tmp_path / "other.jsonl", tmp_path / "broken.jsonl"
    other.write_text('{"task_id": "other/9", "solution": "x"}\n')
    broken.write_text('{"task_id": "toy/1"}\n')

    with pytest.raises(UsageError, match="no sample of these instances; its 1 are of others, such as 'other/9'"):
        open_model(f"replay:{other}", instances=INSTANCES)
    for path in (broken, tmp_path / "none.jsonl"):
        with pytest.raises(InputError, match=path.name):
            open_model(f"replay:{path}", instances=INSTANCES)
    with pytest.raises(UsageError, match="needs a file"):
        open_model("replay:", instances=INSTANCES)
