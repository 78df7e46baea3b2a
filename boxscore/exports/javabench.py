"""JavaBench: metrics, and for each project and model the results that `evaluation.py` writes and its notebooks read."""

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

_BENCHMARKS = ("javabench", "tiny-java")  # their parts too
_ENDING = "-javabench"
OUTPUT = "output"


class JavaBench:
    """The format `javabench`, in the files of the run's own granularity."""

    def write(self, run: ExportedRun, place: Destination) -> Written:
        """Write the files. Raises UsageError for a run of another benchmark."""
        if run.benchmark.partition("@")[0] not in _BENCHMARKS:
            raise UsageError(f"{run.benchmark} is not {' or '.join(_BENCHMARKS)}, which JavaBench's files are of")
        with place.folder(_ENDING) as part:
            graded = run.graded(place.run_name, part, OUTPUT)
            write_files(load_harness(run.benchmark), graded)
            count = len(list(part.glob(f"{OUTPUT}/result-*/*/*.json")))
        return Written(
            what=f"{place.path(_ENDING)}: metrics, and {counted(count, 'file')} of results",
            left_out=(*run.unfinished(), "samples and compile errors: `samples.jsonl` of the run has the first"),
        )


FORMAT = JavaBench()
