"""The journal: no answer is asked for twice, and every call is accounted for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from boxscore.errors import InputError, ModelError
from boxscore.interrupt import Stop
from boxscore.models.contract import Answer, Price, Question, Sampling, Usage
from boxscore.models.fake import FakeModel
from boxscore.run.store import ANSWERS, open_run
from boxscore.sampling.journal import (
    Budget,
    Journal,
    ModelCalls,
    open_journal,
    question_digest,
    read_journal,
)

if TYPE_CHECKING:
    from pathlib import Path


def question(number: int = 0, *, turn: int = 0, text: str = "two words") -> Question:
    return Question(
        instance_id="t/1",
        number=number,
        turn=turn,
        messages=({"role": "user", "content": text},),
        sampling=Sampling(max_tokens=10),
    )


def asking(model: FakeModel, journal: Journal, **options: object) -> ModelCalls:
    known = {"concurrency": 4, "budget": Budget(), "stop": Stop()} | options
    return ModelCalls(model, journal, **known)  # type: ignore[arg-type]


def test_costs_add_up(tmp_path: Path) -> None:
    """Tokens, calls and dollars of every call that has ended are counted, those without an answer too."""

    class Failing(FakeModel):
        async def answer(self, question: Question) -> Answer:
            if question.number == 1:
                raise ModelError("stalled", calls=2, input_tokens=5, output_tokens=1, cost_usd=0.25)
            usage = Usage(input_tokens=7, output_tokens=3, cached_tokens=2)
            return Answer(text="a", usage=usage, cost_usd=0.5, calls=3)

    with open_run(tmp_path / "run") as store, open_journal(store) as journal:
        one = asking(Failing([""]), journal)
        asyncio.run(one.ask(question(0)))
        with pytest.raises(ModelError):
            asyncio.run(one.ask(question(1)))
        spent = journal.spent

    assert (spent.calls, spent.answers, spent.retries, spent.unanswered) == (5, 1, 4, 1)
    assert (spent.input_tokens, spent.output_tokens, spent.cached_tokens) == (12, 4, 2)
    assert (spent.cost_usd, spent.lost) == (0.75, 0)
    assert read_journal(tmp_path / "run").spent == spent


def test_a_call_at_work_when_the_process_ends_is_lost(tmp_path: Path) -> None:
    """It may have been billed, at most by its price; asked again it is answered, and stays lost."""
    price = Price(input_usd=2.0, output_usd=1e6)

    class Stalling(FakeModel):
        async def answer(self, question: Question) -> Answer:
            raise KeyboardInterrupt

    with open_run(tmp_path / "run") as store, open_journal(store) as journal, pytest.raises(KeyboardInterrupt):
        asyncio.run(asking(Stalling([""]), journal, budget=Budget(price=price)).ask(question()))
    lost = read_journal(tmp_path / "run").spent
    with open_run(tmp_path / "run") as store, open_journal(store) as journal:
        asyncio.run(asking(FakeModel(["a"]), journal).ask(question()))
        spent = journal.spent

    assert (lost.lost, lost.answers) == (1, 0)
    assert lost.lost_usd is not None
    assert 10.0 < lost.lost_usd < 10.1
    assert (spent.lost, spent.answers, spent.lost_usd) == (1, 1, lost.lost_usd)


def test_a_line_that_was_cut_off_is_no_answer(tmp_path: Path) -> None:
    """A kill in the middle of a write leaves a question to be asked again."""
    folder = tmp_path / "run"
    with open_run(folder) as store, open_journal(store) as journal:
        asyncio.run(asking(FakeModel(["a"]), journal).ask(question()))
    whole = (folder / ANSWERS).read_bytes()
    (folder / ANSWERS).write_bytes(whole[:-5])

    with open_run(folder) as store, open_journal(store) as journal:
        found = journal.find(question_digest(FakeModel([""]), question()))
        spent = journal.spent

    assert (found, spent.lost) == (None, 1)


def test_a_damaged_answer_is_refused_and_asked_for_again_once_its_line_is_deleted(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with open_run(folder) as store, open_journal(store) as journal:
        for number in range(2):
            asyncio.run(asking(FakeModel(["an answer"]), journal).ask(question(number)))
    file = folder / ANSWERS
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines).replace(b"an answer", b"no answer", 1))

    with (
        open_run(folder) as store,
        pytest.raises(InputError, match=r"answers\.jsonl:2: damaged line: .*delete it"),
        open_journal(store),
    ):
        pass
    file.write_bytes(b"".join(lines[:1] + lines[2:]))
    with open_run(folder) as store, open_journal(store) as journal:
        found = [journal.find(question_digest(FakeModel([""]), question(number))) for number in range(2)]
        assert ([one is not None for one in found], journal.spent.lost) == ([False, True], 1)
