"""The files that a benchmark's own harness writes beside a run, as a format: those that its users' programs read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.data.plugin_calls import write_files
from boxscore.data.plugins import load_harness
from boxscore.errors import UsageError
from boxscore.exports.contract import Written
from boxscore.report.numbers import counted

if TYPE_CHECKING:
    from boxscore.exports.place import Destination
    from boxscore.exports.source import ExportedRun


class HarnessFiles(Struct, frozen=True, kw_only=True):
    """The format of some benchmarks, and of their parts.

    `files` is what is written, in words for a refusal. `ending` is that of the folder's name, `output` the folder in it
    that the harness writes to. What matches `pattern` there is counted, as so many of `each` and `rest`. `left_out` is
    what the program's own files have beside that.
    """

    benchmarks: tuple[str, ...]
    files: str
    ending: str
    output: str
    pattern: str
    each: str
    rest: str = ""
    left_out: tuple[str, ...] = ()

    def write(self, run: ExportedRun, place: Destination) -> Written:
        """Write the files. Raises UsageError for a run of another benchmark."""
        if run.benchmark.partition("@")[0] not in self.benchmarks:
            raise UsageError(f"{run.benchmark} is not {' or '.join(self.benchmarks)}, which {self.files} are of")
        with place.folder(self.ending) as part:
            write_files(load_harness(run.benchmark), run.graded(place.run_name, part, self.output))
            count = len(list(part.glob(f"{self.output}/{self.pattern}")))
        return Written(
            what=f"{place.path(self.ending)}: metrics, and {counted(count, self.each)}{self.rest}",
            left_out=(*run.unfinished(), *self.left_out),
        )
