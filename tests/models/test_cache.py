"""Answers that are kept from run to run."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import structs

from boxscore.models.cache import CachedModel
from boxscore.models.contract import Answer, Question, Sampling
from boxscore.models.fake import FakeModel

if TYPE_CHECKING:
    from pathlib import Path

QUESTION = Question(instance_id="i", number=0, messages=({"role": "user", "content": "2 + 2"},), template_digest="t")


def ask(folder: Path, *questions: Question, model: FakeModel) -> list[Answer]:
    async def main() -> list[Answer]:
        cached = CachedModel(model, folder)
        answers = [await cached.answer(question) for question in questions]
        await cached.close()
        return answers

    return asyncio.run(main())


@pytest.mark.parametrize(
    "change",
    [
        {"number": 1},
        {"turn": 1},
        {"instance_id": "j"},
        {"messages": ({"role": "user", "content": "2 + 3"},)},
        {"messages": (), "completion": "2 + 2"},
        {"sampling": Sampling(temperature=0.5)},
        {"sampling": Sampling(seed=1)},
        {"sampling": Sampling(stop=("x",))},
        {"template_digest": "u"},
    ],
    ids=str,
)
def test_another_sample_turn_prompt_sampling_or_template_is_another_question(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    model = FakeModel(["four"])
    ask(tmp_path, QUESTION, structs.replace(QUESTION, **change), model=model)

    assert len(model.asked) == 2


def test_a_kept_answer_costs_nothing_and_says_what_it_saved(tmp_path: Path) -> None:
    """The model is not asked; the order of a message's fields is no part of the question, its base is."""
    model, other = FakeModel(["four"], usd_per_token=0.1), FakeModel(["five"])
    other.base = "http://elsewhere"
    turned = structs.replace(QUESTION, messages=({"content": "2 + 2", "role": "user"},))

    first, kept = ask(tmp_path, QUESTION, turned, model=model)

    assert len(model.asked) == 1
    assert (kept.text, kept.usage, kept.cached) == (first.text, first.usage, True)
    assert (kept.cost_usd, kept.calls, kept.saved_usd) == (0.0, 0, first.cost_usd)
    assert ask(tmp_path, QUESTION, model=other)[0].text == "five"


def test_a_damaged_answer_is_asked_for_anew(tmp_path: Path) -> None:
    ask(tmp_path, QUESTION, model=FakeModel(["four"]))
    (kept,) = tmp_path.rglob("*.json")
    kept.write_bytes(kept.read_bytes()[:-5])

    assert ask(tmp_path, QUESTION, model=FakeModel(["five"]))[0].text == "five"
