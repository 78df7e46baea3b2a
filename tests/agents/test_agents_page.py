"""docs/agents.md says what is so."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest

from boxscore.agents.contract import AgentLimits
from boxscore.agents.feedback import Form
from boxscore.agents.registry import WEB, agent_names, open_agent
from boxscore.agents.repair import Settings
from boxscore.agents.shell import Settings as ShellSettings
from boxscore.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

PAGE = (Path(__file__).parents[2] / "docs" / "agents.md").read_text("utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def rows(beginning: str) -> list[list[str]]:
    """The cells of the table whose head begins so."""
    table = PAGE.partition(f"\n{beginning}")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def names(cells: Iterable[list[str]]) -> list[str]:
    """What is in code in the first column."""
    return [name for row in cells for name in re.findall(r"`([^`]+)`", row[0])]


def test_its_agent_works(tmp_path: Path) -> None:
    agent, its_test = BLOCKS
    (tmp_path / "twice.py").write_text(agent)
    made = open_agent(str(tmp_path / "twice.py"), {"question": "Really?"})

    assert made.name == "twice"
    exec(agent + its_test, {"asyncio": asyncio})


def test_every_agent() -> None:
    """Each that ships has its row."""
    assert set(agent_names()) <= set(names(rows("| `--agent` |")))


def test_every_limit() -> None:
    assert names(rows("| limit |")) == list(AgentLimits.__struct_fields__)


def test_every_option_of_repair() -> None:
    """Each setting, with its usual value and all words it takes."""
    options = {row[0].strip("`"): row[1] for row in rows("| option |")}

    assert set(options) == set(Settings.__struct_fields__)
    for name, words in (("feedback", Form), ("preset", (WEB,))):
        assert all(f"`{word}`" in options[name] for word in words), name
    usual = Settings()
    for name, value in msgspec.structs.asdict(usual).items():
        assert value is None or str(value) in options[name], name
    assert names(rows("| `feedback` | tells")) == list(Form)


def test_every_option_of_the_shell() -> None:
    with pytest.raises(UsageError) as refused:
        open_agent("shell", {"no-such-option": ""})
    taken = str(refused.value).partition("; it has ")[2].split(", ")

    assert sorted(names(rows("| option of `shell`"))) == taken


def test_usual_values_of_the_shell() -> None:
    said = {row[0].strip("`"): row[1] for row in rows("| option of `shell`")}

    for option, value in msgspec.structs.asdict(ShellSettings()).items():
        assert said[option].endswith(f"usually {value:g}"), option
