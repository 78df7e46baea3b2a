"""The seam between a project and the runner of its tests."""

from __future__ import annotations

import typing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.boxes.contract import Box
    from boxscore.protocols.project.layout import Prepared
    from boxscore.protocols.project.task import ProjectTask
    from boxscore.protocols.project.tools import JavaTools
    from boxscore.protocols.unittest.run import UnitRun


class Runner(typing.Protocol):
    """Runs the tests of a project in a box that has nothing in it yet.

    Statuses are the word of a JVM in which the candidate's code ran: what they are worth is for others to say.
    """

    def run(self, box: Box, task: ProjectTask, tools: JavaTools, laid: Prepared, required: Sequence[str]) -> UnitRun:
        """Put a project there and run its tests. Raises BoxError where the box fails."""
