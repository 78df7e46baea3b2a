"""Web-Bench: metrics, and the reports that the benchmark's own program writes of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.data.plugin_calls import write_files
from boxscore.data.plugins import load_harness
from boxscore.errors import UsageError
from boxscore.exports.contract import Written
from boxscore.report.numbers import counted

if TYPE_CHECKING:
    from boxscore.exports.place import Destination
    from boxscore.exports.source import ExportedRun

_BENCHMARK = "web-bench"  # its parts too
_ENDING = "-web-bench"
OUTPUT = "report"


class WebBench:
    """The format `web-bench`."""

    def write(self, run: ExportedRun, place: Destination) -> Written:
        """Write the files. Raises UsageError for a run of another benchmark."""
        if run.benchmark.partition("@")[0] != _BENCHMARK:
            raise UsageError(f"{run.benchmark} is not {_BENCHMARK}, which these reports are of")
        with place.folder(_ENDING) as part:
            graded = run.graded(place.run_name, part, OUTPUT)
            write_files(load_harness(run.benchmark), graded)
            count = len(list(part.glob(f"{OUTPUT}/**/*.report.md")))
        return Written(
            what=f"{place.path(_ENDING)}: metrics, and {counted(count, 'report')}",
            left_out=(
                *run.unfinished(),
                "what tasks ask for, what agents were asked, and tokens: the run's trajectories have the last two",
            ),
        )


FORMAT = WebBench()
