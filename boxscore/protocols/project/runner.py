"""Runs the tests of a project by JUnit's own listener, in a JVM of the sample's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.errors import HarnessError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.boxes.contract import Box
    from boxscore.protocols.project.layout import Prepared
    from boxscore.protocols.project.task import ProjectTask
    from boxscore.protocols.project.tools import JavaTools
    from boxscore.protocols.unittest.run import UnitRun


class ListenedRunner:
    """See `Runner`."""

    def run(
        self,
        box: Box,  # noqa: ARG002
        task: ProjectTask,  # noqa: ARG002
        tools: JavaTools,  # noqa: ARG002
        laid: Prepared,  # noqa: ARG002
        required: Sequence[str],  # noqa: ARG002
    ) -> UnitRun:
        """See `Runner.run`."""
        raise HarnessError("there is no runner for tests in Java yet")
