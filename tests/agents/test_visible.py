"""An agent that learns from tests is told beforehand where there are none that it may see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.agents.registry import open_agent
from boxscore.data.fetch import resolve
from boxscore.data.plugin_calls import load_instances
from boxscore.data.plugins import load_harness
from boxscore.errors import UsageError
from boxscore.sampling.plan import judged_by_what_decides, without_visible_tests

if TYPE_CHECKING:
    from boxscore.harness import Harness
    from boxscore.records import Instance


class Silent:
    """A harness that shows the tests of some instances only."""

    def __init__(self, harness: Harness, seen: set[str]) -> None:
        self._harness, self._seen, self.name = harness, seen, harness.name

    def visible_task(self, instance: Instance) -> object:
        """The tests of those that may be seen."""
        return self._harness.task(instance) if instance.instance_id in self._seen else None

    def task(self, instance: Instance) -> object:
        """All tests."""
        return self._harness.task(instance)


def tiny_programs() -> tuple[Harness, tuple[Instance, ...]]:
    """A benchmark that ships with boxscore, with its instances."""
    harness = load_harness("tiny-programs")
    return harness, load_instances(harness, resolve(harness.source).path)


def test_instances_that_show_none_are_named() -> None:
    """They get one shot each; `sample` does not ask."""
    harness, instances = tiny_programs()
    first, *rest = [one.instance_id for one in instances]
    silent: Harness = Silent(harness, {first})  # type: ignore[assignment]

    assert without_visible_tests(open_agent("repair"), silent, instances) == tuple(rest)
    assert without_visible_tests(open_agent("sample"), silent, instances) == ()


def test_a_benchmark_that_shows_none_is_refused() -> None:
    """The message says what to use in place of it."""
    harness, instances = tiny_programs()
    silent: Harness = Silent(harness, set())  # type: ignore[assignment]

    with pytest.raises(UsageError, match=rf"none of the {len(instances)} instances .* use `--agent sample`"):
        without_visible_tests(open_agent("repair"), silent, instances)


@pytest.mark.parametrize("name", ["mbpp", "mbpp-sanitized"])
def test_it_is_told_where_agents_see_what_decides(name: str) -> None:
    """A score by those tests is no score of writing code from words; one shot does not look at them."""
    (notice,) = judged_by_what_decides(open_agent("repair"), load_harness(name))

    assert f"{name} shows them in its prompts" in notice
    assert judged_by_what_decides(open_agent("sample"), load_harness(name)) == ()


@pytest.mark.parametrize("name", ["humaneval", "mbppplus", "tiny"])
def test_other_benchmarks_have_hidden_tests(name: str) -> None:
    """What they show is a part of what decides, or beside it."""
    assert judged_by_what_decides(open_agent("repair"), load_harness(name)) == ()


def test_of_migrations_the_agent_that_builds_is_named() -> None:
    harness = load_harness("tiny-migration")
    instances = load_instances(harness, resolve(harness.source).path)

    with pytest.raises(UsageError, match="use `--agent shell`"):
        without_visible_tests(open_agent("repair", {}), harness, instances)
