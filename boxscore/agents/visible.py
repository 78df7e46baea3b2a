"""Which instances have tests that an agent may see, for agents that learn from those."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.agents.options import MAVEN, WEB
from boxscore.agents.seal import workspace_of
from boxscore.data.plugin_calls import make_task, visible_task
from boxscore.errors import UsageError
from boxscore.protocols.web.agent_walk import walk_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.agents.contract import Agent
    from boxscore.harness import Harness
    from boxscore.protocols.contract import Task
    from boxscore.records import Instance


def without_visible_tests(agent: Agent, harness: Harness, instances: Sequence[Instance]) -> tuple[str, ...]:
    """The instances of which an agent that wants tests sees none, so that they get one shot each; else nothing.

    To be asked before a model is. Raises UsageError where that would be all of them, HarnessError.
    """
    if not getattr(agent, "wants_tests", False):
        return ()
    missing = tuple(one.instance_id for one in instances if visible_task(harness, one) is None)
    if instances and len(missing) == len(instances):
        workspace = workspace_of(make_task(harness, instances[0]))
        builds = workspace is not None and workspace.maven is not None
        instead = f"`--agent-option preset={MAVEN}`, which learns from builds" if builds else "`--agent sample`"
        raise UsageError(
            f"agent {agent.name!r} learns from visible tests, and none of the {len(instances)} instances of "
            f"{harness.name} shows any: use {instead}"
        )
    return missing


def asked_at_once(agent: Agent, task: Task) -> tuple[str, ...]:
    """Say so where a project that grows task by task is asked for in one answer; else nothing.

    Raises UsageError for an agent that can do nothing but such projects, where there is none.
    """
    wants_walk, is_walk = getattr(agent, "wants_walk", False), walk_of(task) is not None
    if wants_walk and not is_walk:
        raise UsageError(
            f"agent {agent.name!r} with preset={WEB} builds web projects: use it with a benchmark of those, "
            "such as tiny-web"
        )
    if wants_walk or not is_walk:
        return ()
    said = "a project of many tasks is asked for in one answer, which is another task than its benchmark's"
    return (f"{said}: `--agent repair --agent-option preset={WEB}` asks for one after the other",)


def judged_by_what_decides(agent: Agent, harness: Harness) -> tuple[str, ...]:
    """Say so where an agent repairs its drafts by the very tests that decide, as all of MBPP's do; else nothing."""
    if not getattr(agent, "wants_tests", False) or not getattr(harness, "visible_tests_decide", False):
        return ()
    seen = f"agent {agent.name!r} sees all tests that decide: {harness.name} shows them in its prompts"
    return (f"{seen}. This is not a score of writing code from words",)
