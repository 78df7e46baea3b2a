"""The report of several runs."""

from __future__ import annotations

import io
import re

from rich.console import Console

from boxscore.records import Outcome
from boxscore.report.build import Report, build_report
from boxscore.report.several import (
    BenchmarkScore,
    SeveralReport,
    render_markdown,
    render_terminal,
    score_of,
)
from boxscore.score.statistics import Estimate
from tests.report.runs import result, run

HALF = Estimate(value=0.5, low=0.25, high=0.75, method="wilson", n=8)
REPORT = SeveralReport(
    run_id="all",
    benchmarks=(
        BenchmarkScore(
            benchmark="humaneval",
            folder="humaneval",
            instances=8,
            samples=1600,
            pass_at_k={"1": HALF, "10": Estimate(value=0.9, low=None, high=None, method="wilson", n=8)},
            excluded_samples=2,
            unresolvable_samples=1,
            ungraded_samples=3,
            missing_instances=2,
            outcomes={"passed": 1500, "wrong": 90, "timeout": 8, "internal": 2},
            trust_samples={"oracle": 1500, "claim": 100},
            wall_s=12.34,
            invalid=True,
            invalid_reason="too many",
        ),
        BenchmarkScore(benchmark="mbpp", folder="mbpp", error="no box <b>\x1b[31m"),
    ),
    wall_s=20.0,
)


def terminal(width: int, report: SeveralReport = REPORT, failures: int = 0, **each: Report) -> str:
    console = Console(file=io.StringIO(), width=width)
    with console.capture() as page:
        console.print(render_terminal(report, "runs/all", each=each, failures=failures))
    return page.get()


def run_of(*outcomes: Outcome) -> Report:
    results = [result("toy/0", one, f"s{number}", reason="9 is not 8") for number, one in enumerate(outcomes)]
    return build_report(run("toy/0", samples=len(outcomes)), results)


def test_each_benchmark_has_a_row_for_each_k() -> None:
    rows = [line.split("  ") for line in terminal(160).splitlines() if "pass@" in line or "mbpp" in line]
    cells = [[cell.strip() for cell in row if cell.strip()] for row in rows]

    assert cells[:3] == [
        *(
            ["humaneval (invalid)", "8", "1,600", score, value, interval, "6", "oracle (1,500), claim (100)", "12.3 s"]
            for score, value, interval in (("pass@1", "50.0 %", "25.0 % to 75.0 %"), ("pass@10", "90.0 %", "-"))
        ),
        ["mbpp", *["-"] * 8],
    ]


def test_what_is_wrong_is_told_and_drives_no_terminal() -> None:
    shown = terminal(160)

    assert "• humaneval: too many" in shown
    assert "• mbpp: no box <b>" in shown
    assert "• humaneval: 3 samples not graded yet\n" in shown
    assert shown.count("not graded yet") == 1
    assert "\x1b" not in shown
    assert "<b>" not in render_markdown(REPORT)


def test_failures_are_counted_and_where_they_are_is_said() -> None:
    passed = SeveralReport(
        run_id="all", benchmarks=(BenchmarkScore(benchmark="a", folder="a", outcomes={"passed": 1}),)
    )
    assert "• humaneval: 90 wrong, 8 timeout\n" in terminal(160)
    assert "boxscore report runs/all/NAME" in terminal(160)
    assert "- humaneval: 90 wrong, 8 timeout\n" in render_markdown(REPORT)
    assert "NAME" not in terminal(160, passed)


def test_the_first_failures_of_each_run_are_shown() -> None:
    runs = {"a": run_of(Outcome.WRONG, Outcome.TIMEOUT, Outcome.PASSED), "b": run_of(Outcome.ERROR)}
    report = SeveralReport(run_id="all", benchmarks=tuple(score_of(name, run) for name, run in runs.items()))

    one, two = terminal(160, report, 1, **runs), terminal(160, report, 2, **runs)

    assert [line.strip() for line in one.splitlines() if "first" in line] == [
        "a: first 1 of 2 failures",
        "b: first 1 of 1 failure",
    ]
    assert [re.findall(r"\b(s\d) +(\w+) +9 is not 8", shown) for shown in (one, two)] == [
        [("s0", "wrong"), ("s0", "error")],
        [("s0", "wrong"), ("s1", "timeout"), ("s0", "error")],
    ]
    assert ["NAME" in shown for shown in (one, two)] == [True, False]
    assert "first" not in terminal(160, report, 0, **runs)
