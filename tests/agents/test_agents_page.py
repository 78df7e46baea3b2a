"""docs/agents.md says what is so."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from boxscore.agents.contract import AgentLimits
from boxscore.agents.registry import agent_names, open_agent
from boxscore.agents.repair import Settings
from boxscore.agents.shell import Settings as ShellSettings

PAGE = (Path(__file__).parents[2] / "docs" / "agents.md").read_text("utf-8")


def test_its_agent_works(tmp_path: Path) -> None:
    agent, its_test = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "twice.py").write_text(agent)
    made = open_agent(str(tmp_path / "twice.py"), {"question": "Really?"})

    assert made.name == "twice"
    exec(agent + its_test, {"asyncio": asyncio})


def test_every_agent_limit_and_option_has_its_row() -> None:
    options = {name for kind in (AgentLimits, Settings, ShellSettings) for name in kind.__struct_fields__}

    assert {*agent_names(), *options} <= set(re.findall(r"(?m)^\| `([a-z_]+)`", PAGE))
