"""The report of several runs."""

from __future__ import annotations

import io
import json

from rich.console import Console

from boxscore.report.several import BenchmarkScore, SeveralReport, render_json, render_markdown, render_terminal
from boxscore.score.statistics import Estimate

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


def terminal(width: int) -> str:
    """The report as a terminal shows it."""
    console = Console(file=io.StringIO(), width=width)
    with console.capture() as page:
        console.print(render_terminal(REPORT, "runs/all"))
    return page.get()


def test_each_benchmark_has_a_row_for_each_k() -> None:
    """With what was left out, the levels of trust and the time; one that came to nothing has a row too."""
    rows = [line.split("  ") for line in terminal(160).splitlines() if "pass@" in line or "mbpp" in line]
    cells = [[cell.strip() for cell in row if cell.strip()] for row in rows]

    assert cells[:3] == [
        *(
            ["humaneval (invalid)", "8", "1,600", score, value, interval, "3", "oracle (1,500), claim (100)", "12.3 s"]
            for score, value, interval in (("pass@1", "50.0 %", "25.0 % to 75.0 %"), ("pass@10", "90.0 %", "-"))
        ),
        ["mbpp", *["-"] * 8],
    ]


def test_what_is_wrong_is_told_and_drives_no_terminal() -> None:
    """Errors hold what others wrote."""
    shown = terminal(160)

    assert "• humaneval: too many" in shown
    assert "• mbpp: no box <b>" in shown
    assert "\x1b" not in shown
    assert "<b>" not in render_markdown(REPORT)


def test_failures_are_counted_and_where_they_are_is_said() -> None:
    """By outcome, without what is left out; where none failed nothing is said."""
    passed = SeveralReport(
        run_id="all", benchmarks=(BenchmarkScore(benchmark="a", folder="a", outcomes={"passed": 1}),)
    )
    console = Console(file=io.StringIO(), width=160)
    with console.capture() as page:
        console.print(render_terminal(passed, "runs/all"))

    assert "• humaneval: 90 wrong, 8 timeout\n" in terminal(160)
    assert "boxscore report runs/all/NAME" in terminal(160)
    assert "- humaneval: 90 wrong, 8 timeout\n" in render_markdown(REPORT)
    assert "NAME" not in page.get()


def test_markdown_leads_to_the_reports_that_there_are() -> None:
    """And to no other."""
    page = render_markdown(REPORT)

    assert "humaneval/report" in page
    assert "mbpp/report" not in page


def test_json_is_the_record() -> None:
    """Whole."""
    read = json.loads(render_json(REPORT))

    assert (read["schema_version"], [one["benchmark"] for one in read["benchmarks"]]) == (1, ["humaneval", "mbpp"])
