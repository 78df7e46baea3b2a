"""The steps of grading a migration, in boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.errors import HarnessError

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.protocols.migration.steps import Built, Compiled, Expected, Faults, Official, Seen, Study, Tested
    from boxscore.protocols.migration.task import MigrationTask
    from boxscore.protocols.patch.admission import Refused
    from boxscore.protocols.patch.boxes import Boxes


class BoxSteps:
    """See `Steps`."""

    def __init__(self, boxes: Boxes, cache: Path) -> None:
        self._boxes, self._cache = boxes, cache

    def expected(self, task: MigrationTask) -> Expected:
        """See `Steps.expected`, and so with the others."""
        raise HarnessError(f"{task.image.name}: migrations cannot be graded yet")

    def study(self, task: MigrationTask, patch: str | None, expected: Expected) -> Study | Refused:
        """Apply, and look."""
        raise NotImplementedError

    def build(self, task: MigrationTask, patch: str | None, study: Study) -> Built:
        """Build as the benchmark does."""
        raise NotImplementedError

    def official(self, task: MigrationTask, study: Study, built: Built, expected: Expected) -> Official:
        """Judge as the benchmark does."""
        raise NotImplementedError

    def compile(self, task: MigrationTask, patch: str | None, study: Study, built: Built) -> Compiled:
        """Compile."""
        raise NotImplementedError

    def compared(self, study: Study, built: Built, compiled: Compiled) -> Faults:
        """Compare classes."""
        raise NotImplementedError

    def test(self, task: MigrationTask, patch: str | None, seen: Seen, expected: Expected) -> Tested:
        """Run the tests."""
        raise NotImplementedError
