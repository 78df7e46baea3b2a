"""JavaBench: metrics, and for each project and model the results that `evaluation.py` writes and its notebooks read."""

from __future__ import annotations

from boxscore.exports.harness_files import HarnessFiles

FORMAT = HarnessFiles(  # in the files of the run's own granularity
    benchmarks=("javabench", "tiny-java"),
    files="JavaBench's files",
    ending="-javabench",
    output="output",
    pattern="result-*/*/*.json",
    each="file",
    rest=" of results",
    left_out=("samples and compile errors: `samples.jsonl` of the run has the first",),
)
