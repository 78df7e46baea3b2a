"""`repair` with the preset `sd-feedback-maven`: an agent that migrates a Maven project in the instance's box."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.agents.contract import LimitReached
from boxscore.agents.maven.box import open_project
from boxscore.agents.maven.loop import LoopSettings, MigrationLoop, Progress
from boxscore.agents.options import MAVEN
from boxscore.agents.seal import SealedBox
from boxscore.agents.shell import draft_of
from boxscore.agents.texts import digest_of
from boxscore.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from boxscore.agents.contract import Assignment, Draft
    from boxscore.agents.options import AgentOptions


def maven_repair_agent(given: AgentOptions) -> MavenRepairAgent:
    """Make the agent; options are named as its settings. Raises UsageError."""
    usual = LoopSettings()
    settings = LoopSettings(
        rounds=given.count("rounds", usual.rounds),
        time_s=given.number("time", usual.time_s),
        build_s=given.number("build_time", usual.build_s),
        progress=Progress(given.choice("progress", Progress, usual.progress)),
        restart=given.count("restart", usual.restart, least=0),
        seeds=given.switch("seeds", default=usual.seeds),
    )
    given.done()
    return MavenRepairAgent(settings)


class MavenRepairAgent:
    """Migrates by the first error of each build. Its `stop_reason` is `passed`, `rounds` or `time`."""

    name = "repair"
    wants_box = True

    def __init__(self, settings: LoopSettings) -> None:
        self.settings = settings

    @property
    def digest(self) -> str:
        """A digest of the loop's prompts."""
        return digest_of("maven_source", "maven_project", "maven_follow_up")

    async def drafts(self, assignment: Assignment) -> AsyncIterator[Draft]:
        """Yield one draft: what has become of the project when it ended, however that was."""
        if assignment.completion is not None:
            raise UsageError("agent 'repair' needs a chat model: base models only continue a text")
        limit: LimitReached | None = None
        async with assignment.open_box() as box:
            if not isinstance(box, SealedBox) or box.place.maven is None:
                raise UsageError(
                    f"agent 'repair' with preset={MAVEN} migrates Maven projects: use it with a benchmark of migrations"
                )
            box.expect_patch()
            try:
                async with open_project(box) as project:
                    why = await MigrationLoop(assignment, project, self.settings).run()
                assignment.stop_reason = why
            except LimitReached as reached:
                limit, why = reached, reached.limit
            draft = await draft_of(assignment, box, why)
        yield draft
        if limit is not None:
            raise limit
