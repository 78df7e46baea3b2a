"""A run of ten thousand instances of which each broke, from its run directory to the comment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.action.baseline import Baseline
from boxscore.action.finish import COMMENT_BYTES, comment_text, finish
from boxscore.action.grade import judge_runs
from boxscore.action.inputs import Inputs, JobPaths
from boxscore.action.verdict import read_verdict, write_verdict
from boxscore.action.workflow import SUMMARY_BYTES
from boxscore.records import Outcome
from tests.compare.runs import write_run

if TYPE_CHECKING:
    from pathlib import Path

COUNT = 10_000


@pytest.mark.slow
def test_everything_broke(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ids = [f"{'|' * 300}{number}" for number in range(COUNT)]
    paths = JobPaths(tmp_path / "use")
    paths.runs.mkdir(parents=True)
    write_run(paths.runs / "bench", {name: [Outcome.WRONG] for name in ids})
    before = write_run(tmp_path / "before", {name: [Outcome.PASSED] for name in ids})
    baseline = Baseline(note="baseline: before", runs={"bench": str(before)})

    verdict = judge_runs(Inputs(name="boxscore", benchmarks=("bench",), margins={"": 0.05}), paths, baseline, [0])
    write_verdict(verdict, paths.verdict_file)
    code = finish(Inputs(name="boxscore"), paths, {"GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md")})

    comment = comment_text(read_verdict(paths.verdict_file), marker="<!-- x -->")
    summary = (tmp_path / "summary.md").read_text("utf-8")
    assert (code, verdict.benchmarks[0].broken) == (1, COUNT)
    assert len(summary.encode()) <= SUMMARY_BYTES
    assert len(comment.encode()) <= COMMENT_BYTES
    assert "broke 10,000 instances" in summary
    assert "broke 10,000 instances" in comment
    assert len(capsys.readouterr().out.splitlines()) == 11
