"""Agents are found by name, in packages and in files, and their options are checked when they are opened."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING

import pytest

from boxscore.agents.fake import FakeAssignment, run_agent
from boxscore.agents.registry import digest_of, open_agent
from boxscore.data.fetch import resolve
from boxscore.data.plugin_calls import load_instances
from boxscore.data.plugins import load_harness
from boxscore.errors import HarnessError, UsageError
from boxscore.models.fake import FakeModel
from boxscore.records import SampleKind
from boxscore.sampling.plan import judged_by_what_decides, without_visible_tests

if TYPE_CHECKING:
    from pathlib import Path


ECHO = """
from boxscore.agents.contract import Draft

class Echo:
    name = "echo"
    wants_box = False

    def __init__(self, options):
        self.word = options.get("word", "nothing")

    async def drafts(self, assignment):
        yield Draft(text=self.word)

AGENT = Echo
"""


def written(folder: Path, text: str) -> str:
    """The path of a file of an agent."""
    path = folder / "echo.py"
    path.write_text(text)
    return str(path)


def test_sample_asks_once() -> None:
    """The answer to the prompt is the only draft."""
    model = FakeModel(["the answer"])
    assignment = FakeAssignment(None, model)

    drafts = asyncio.run(run_agent(open_agent("sample"), assignment))

    assert [(draft.text, draft.kind) for draft in drafts] == [("the answer", SampleKind.ANSWER)]
    assert [question.messages for question in model.asked] == [({"role": "user", "content": "Do it."},)]


def test_sample_of_a_base_model_is_a_completion() -> None:
    """What goes on with a text is marked so."""
    assignment = FakeAssignment(None, FakeModel(["    return 1"]), completion="def f():\n")

    [draft] = asyncio.run(run_agent(open_agent("sample"), assignment))

    assert draft.kind is SampleKind.COMPLETION


def test_an_agent_in_a_file(tmp_path: Path) -> None:
    """It is made with its options."""
    agent = open_agent(written(tmp_path, ECHO), {"word": "hello"})

    [draft] = asyncio.run(run_agent(agent, FakeAssignment(None, FakeModel([""]))))

    assert draft.text == "hello"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("x = 1", "defines no AGENT"),
        ("AGENT = 1", "cannot be called"),
        ("1 / 0", "ZeroDivisionError"),
        ("class AGENT:\n    def __init__(self, options): raise SystemExit(3)", "SystemExit"),
        ("class AGENT:\n    def __init__(self, options): self.name = 'a b'", "'name'"),
        ("class AGENT:\n    name = 'a'\n    def __init__(self, options): pass", "'wants_box'"),
        ("class AGENT:\n    name = 'a'\n    wants_box = True\n    def __init__(self, options): pass", "'drafts'"),
    ],
)
def test_files_that_hold_no_agent(tmp_path: Path, text: str, problem: str) -> None:
    """Each is refused with its path and what is wrong."""
    with pytest.raises(HarnessError, match=problem) as caught:
        open_agent(written(tmp_path, text))

    assert "echo.py" in str(caught.value)


def test_names_that_do_not_exist() -> None:
    """The message says what does."""
    with pytest.raises(UsageError, match="choose one of sample, repair"):
        open_agent("sampel")
    with pytest.raises(UsageError, match="there is no file"):
        open_agent("no/such.py")


def test_options_that_do_not_exist() -> None:
    """An agent names its options."""
    with pytest.raises(UsageError, match="agent 'sample' has no option rounds; it has none"):
        open_agent("sample", {"rounds": "3"})


def test_the_digest_is_of_the_file_an_agent_is_written_in(tmp_path: Path) -> None:
    """One that was changed does not take over what it did before."""
    path = tmp_path / "mine.py"
    seen = []
    for text in ("a", "b", "b"):
        path.write_text(text, encoding="utf-8")
        seen.append(digest_of(str(path), open_agent("sample")))

    assert [one == other for one, other in itertools.pairwise(seen)] == [False, True]
    assert digest_of("sample", open_agent("sample")) == ""


@pytest.mark.parametrize("name", ["mbpp", "mbpp-sanitized"])
def test_it_is_told_where_agents_see_what_decides(name: str) -> None:
    """A score by those tests is no score of writing code from words; one shot does not look at them."""
    (notice,) = judged_by_what_decides(open_agent("repair"), load_harness(name))

    assert f"{name} shows them in its prompts" in notice
    assert judged_by_what_decides(open_agent("sample"), load_harness(name)) == ()


def test_of_migrations_the_agent_that_builds_is_named() -> None:
    harness = load_harness("tiny-migration")
    instances = load_instances(harness, resolve(harness.source).path)

    with pytest.raises(UsageError, match="use `--agent shell`"):
        without_visible_tests(open_agent("repair", {}), harness, instances)
