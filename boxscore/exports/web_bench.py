"""Web-Bench: metrics, and the reports that the benchmark's own program writes of a run."""

from __future__ import annotations

from boxscore.exports.harness_files import HarnessFiles

FORMAT = HarnessFiles(
    benchmarks=("web-bench",),
    files="these reports",
    ending="-web-bench",
    output="report",
    pattern="**/*.report.md",
    each="report",
    left_out=("what tasks ask for, what agents were asked, and tokens: the run's trajectories have the last two",),
)
