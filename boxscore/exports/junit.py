"""JUnit: the same file as `junit.xml` of the run directory, from the results as they are now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.exports.contract import Written
from boxscore.report.junit import render_junit
from boxscore.report.numbers import counted

if TYPE_CHECKING:
    from boxscore.exports.place import Destination
    from boxscore.exports.source import ExportedRun


class JUnit:
    """The format `junit`."""

    def write(self, run: ExportedRun, place: Destination) -> Written:
        """Write a test case for each sample that has a result, in a suite for each model."""
        results = tuple(run.results.values())
        with place.file(".junit.xml") as part, part.open("wb") as file:
            file.writelines(render_junit(run.info, results, clean=run.clean))
        return Written(
            what=f"{place.path('.junit.xml')}: {counted(len(results), 'test case')}",
            left_out=(*run.unfinished(), "answers, and what samples printed"),
        )


FORMAT = JUnit()
