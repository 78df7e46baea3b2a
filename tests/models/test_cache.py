"""Answers that are kept from run to run."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from msgspec import structs

from boxscore.models.cache import AnswerCache, CachedModel, key_of
from boxscore.models.contract import Answer, Question, Sampling, Usage
from boxscore.models.fake import FakeModel

if TYPE_CHECKING:
    from pathlib import Path

QUESTION = Question(instance_id="i", number=0, messages=({"role": "user", "content": "2 + 2"},), template_digest="t")
ANSWER = Answer(text="four", usage=Usage(input_tokens=3, output_tokens=1), cost_usd=0.5, raw={"id": 1})


def test_kept_answers_are_found_again(tmp_path: Path) -> None:
    """As they were, also after the file was closed and by another who opens it."""
    cache = AnswerCache(tmp_path / "below" / "answers.sqlite3")
    assert cache.get("k") is None
    cache.put("k", ANSWER)
    assert cache.get("k") == ANSWER
    cache.close()
    cache.close()

    other = AnswerCache(tmp_path / "below" / "answers.sqlite3")
    assert (other.get("k"), other.get("j")) == (ANSWER, None)
    other.close()


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
def test_all_that_an_answer_depends_on_is_in_its_key(change: dict[str, Any]) -> None:
    """Another sample, turn, prompt, sampling or template is another question."""
    assert key_of("m", "b", structs.replace(QUESTION, **change)) != key_of("m", "b", QUESTION)


def test_model_and_base_are_in_its_key() -> None:
    """The same name on another server is another model; the order of a message's fields is none of it."""
    turned = structs.replace(QUESTION, messages=({"content": "2 + 2", "role": "user"},))

    assert len({key_of("m", "b", QUESTION), key_of("n", "b", QUESTION), key_of("m", "c", QUESTION)}) == 3
    assert key_of("m", "b", turned) == key_of("m", "b", QUESTION)


def test_a_kept_answer_costs_nothing_and_says_what_it_saved(tmp_path: Path) -> None:
    """The model is not asked; tokens are told as they were, calls and cost are none."""
    fake = FakeModel(["four"], usd_per_token=0.1)

    async def main() -> list[Answer]:
        model = CachedModel(fake, AnswerCache(tmp_path / "a"))
        answers = [await model.answer(QUESTION), await model.answer(QUESTION)]
        await model.close()
        return answers

    first, kept = asyncio.run(main())
    assert len(fake.asked) == 1
    assert (kept.text, kept.usage, kept.cached) == (first.text, first.usage, True)
    assert (kept.cost_usd, kept.calls, kept.saved_usd) == (0.0, 0, first.cost_usd)


@pytest.mark.parametrize("damage", ["noise", "short", "inside"])
def test_a_broken_file_keeps_nothing_and_says_so_once(
    tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "answers.sqlite3"
    full = AnswerCache(path)
    for number in range(200):
        full.put(str(number), ANSWER)
    full.close()
    data = path.read_bytes()
    broken = {"noise": b"no database" * 1000, "short": data[:5000], "inside": data[:100] + b"\xff" * (len(data) - 100)}
    path.write_bytes(broken[damage])

    cache = AnswerCache(path)
    with caplog.at_level(logging.WARNING):
        cache.put("new", ANSWER)
        assert cache.get("new") is None
    cache.close()

    assert "delete the file" in caplog.text
    assert len(caplog.records) == 1


def test_an_entry_that_cannot_be_read_is_none(tmp_path: Path) -> None:
    """Say, one of a later version."""
    cache = AnswerCache(tmp_path / "a")
    cache.put("k", ANSWER)
    database = cache._open()
    database.execute("UPDATE answers SET answer = x'7b7d'")
    database.commit()
    assert cache.get("k") is None
    cache.close()


def test_without_a_file_nothing_is_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Where none can be had, one warning is given and all questions are asked."""
    (tmp_path / "file").touch()
    cache = AnswerCache(tmp_path / "file" / "answers.sqlite3")
    with caplog.at_level(logging.WARNING):
        cache.put("k", ANSWER)
        cache.put("k", ANSWER)

    assert cache.get("k") is None
    assert len(caplog.records) == 1


WRITER = """
import sys
from pathlib import Path
from boxscore.models.cache import AnswerCache
from boxscore.models.contract import Answer
cache = AnswerCache(Path(sys.argv[1]))
for number in range(50):
    cache.put(f"{sys.argv[2]}-{number}", Answer(text=sys.argv[2] * 1000))
    assert cache.get(f"{sys.argv[2]}-{number}") is not None
cache.close()
"""


def test_what_was_kept_outlives_a_process_that_is_killed(tmp_path: Path) -> None:
    """An answer is on the disk when it is put there."""
    code = WRITER.replace("cache.close()", "import os; os.kill(os.getpid(), 9)")
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path / "a"), "k"], timeout=120, check=False)
    assert killed.returncode == -9

    cache = AnswerCache(tmp_path / "a")
    assert all(cache.get(f"k-{number}") is not None for number in range(50))
    cache.close()


def test_many_processes_share_a_file(tmp_path: Path) -> None:
    """Those that write at the same time lose nothing."""
    path = tmp_path / "answers.sqlite3"
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(path), name]) for name in "abcd"]
    assert [writer.wait(120) for writer in writers] == [0] * 4

    cache = AnswerCache(path)
    assert all(cache.get(f"{name}-{number}") == Answer(text=name * 1000) for name in "abcd" for number in range(50))
    cache.close()
