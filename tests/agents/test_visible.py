"""An agent that learns from tests is told beforehand where there are none that it may see."""

from __future__ import annotations

import pytest

from boxscore.agents.registry import open_agent
from boxscore.data.fetch import resolve
from boxscore.data.plugin_calls import load_instances
from boxscore.data.plugins import load_harness
from boxscore.errors import UsageError
from boxscore.sampling.plan import judged_by_what_decides, without_visible_tests


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
