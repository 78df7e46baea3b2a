"""Files as SWE-bench's own program writes them, of any run that has patches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.data.plugin_calls import make_task, write_files
from boxscore.data.plugins import load_harness
from boxscore.errors import UsageError
from boxscore.exports.run import Written
from boxscore.records import SampleKind
from boxscore.report.numbers import counted
from boxscore.run.prepare import recorded_benchmark

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boxscore.exports.run import Destination, ExportedRun
    from boxscore.protocols.contract import Task


_LAYOUT = "swe-bench"  # the harness that knows these files, whichever benchmark of patches the run is of
_ENDING = "-swebench"
LOGS = "logs"


def write_swebench(run: ExportedRun, place: Destination) -> Written:
    """Write the files as swebench does. Raises UsageError for a run that has no patches."""
    if not any(one.kind is SampleKind.PATCH for one in run.samples):
        raise UsageError(f"{run.benchmark} is no benchmark of patches, which are all that SWE-bench's files can tell")
    harness, tasks = load_harness(_LAYOUT), _tasks_of(run)
    with place.folder(_ENDING) as part:
        graded = run.graded(place.run_name, part, LOGS, tasks=tasks)
        summaries = write_files(harness, graded)
    missing = () if tasks else ("eval.sh of each instance is empty: the run's data is not here",)
    return Written(
        what=f"{place.path(_ENDING)}: {counted(len(summaries), 'summary', 'summaries')} and {LOGS}/",
        left_out=(*run.unfinished(), *missing),
    )


def _tasks_of(run: ExportedRun) -> Mapping[str, Task]:
    benchmark = recorded_benchmark(run.record.provenance)
    if benchmark is None:
        return {}
    wanted = run.record.instances
    return {one.instance_id: make_task(benchmark.harness, one) for one in benchmark.every if one.instance_id in wanted}
