"""Web-Bench's metrics: the official program's own examples, their tables, and what is written of a run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from boxscore import GradedRun, Outcome, Result, Sample, Trust, WebAttempt, WebDetail
from harnesses.web_bench.results import METRICS, Walk, metrics, tables, write_results

if TYPE_CHECKING:
    from pathlib import Path

PASS, RETRY, FAIL = (True,), (False, True), (False, False)
TASKS = tuple(f"task-{number}" for number in range(1, 21))


def walk(*tried: tuple[bool, ...], project: str = "dom") -> Walk:
    return Walk(project=project, tasks=TASKS, levels=("easy", "challenging") * 10, tried=tried)


def published(one: Walk) -> list[float | None]:
    found = metrics([one])
    return [found.published(metric) for metric in METRICS]


@pytest.mark.parametrize(
    ("tried", "wanted"),
    [
        ((*[PASS] * 5, RETRY, PASS, RETRY, PASS, PASS, FAIL), [25.0, 50.0, 15.0]),  # the report's worked example
        ((*[PASS] * 10, FAIL), [50.0, 50.0, 5.0]),
        ([PASS] * 20, [100.0, 100.0, 0.0]),
        (((False,),), [0.0, 0.0, 5.0]),
        ((), [0.0, 0.0, 0.0]),  # a sample that attempted nothing has not passed everything
        ([PASS] * 3, [15.0, 15.0, 0.0]),  # one that simply ends
    ],
)
def test_examples(tried: tuple[tuple[bool, ...], ...], wanted: list[float]) -> None:
    """What the official program says of these walks, but of the last two, which it does not know."""
    assert published(walk(*tried)) == wanted


def test_tables() -> None:
    """By project, half and level; intervals are over projects, and say where there are none."""
    several = [
        walk(*[PASS] * 5, FAIL, project="dom"),
        walk(*[PASS] * 10, FAIL, project="react"),
        walk(*[PASS] * 20, project="vue"),
        walk(FAIL, project="vue"),
    ]

    found = tables(several)

    assert found.projects["vue"].published("prefix_pass@1") == 50.0
    assert {name: one.walks for name, one in found.kinds.items()} == {"standard": 1, "framework": 3}
    assert [found.levels[level].tasks for level in ("easy", "challenging")] == [40, 40]
    assert found.levels["easy"].counts["prefix_pass@2"] == 3 + 5 + 10
    own = found.all.estimates["prefix_pass@1"]
    assert own.value == pytest.approx((0.25 + 0.5 + 0.5) / 3)
    assert (own.method, own.clusters) == ("clustered t", 3)
    alone = found.projects["dom"].estimates["prefix_pass@1"]
    assert (alone.low, alone.reason) == (None, "no interval: it needs three clusters, here is one")


def attempt(task: str, number: int, outcome: Outcome = Outcome.PASSED) -> WebAttempt:
    return WebAttempt(task=task, number=number, outcome=outcome, log="\u2718 1 failed", screenshot=b"\xff\xd8")


DETAIL = WebDetail(
    tasks=("init", "task-1", "task-2"),
    levels=("easy", "easy", "challenging"),
    attempts=(
        attempt("init", 1, Outcome.WRONG),
        attempt("init", 2),
        attempt("task-1", 1),
        attempt("task-2", 1, Outcome.WRONG),
        attempt("task-2", 2, Outcome.WRONG),
    ),
)


def run_of(folder: Path, files: Path | None, *details: WebDetail | None) -> GradedRun:
    text = json.dumps({"attempts": [{"task": "task-1", "files": {"a.js": "1", "b.png": {"base64": ""}}}]})
    return GradedRun(
        run_id="r",
        folder=folder,
        files=files,
        instances=("dom",),
        samples=tuple(
            Sample(instance_id="dom", sample_id=str(number), text=text, model="a/b") for number in range(len(details))
        ),
        results=tuple(
            Result(
                instance_id="dom",
                sample_id=str(number),
                outcome=Outcome.NO_CODE,
                trust=Trust.OBSERVER,
                detail=detail,
            )
            for number, detail in enumerate(details)
        ),
        tasks={},
        printed=lambda _: "",
    )


def test_files_of_a_run(tmp_path: Path) -> None:
    write_results(run_of(tmp_path, tmp_path / "out", DETAIL, None), {"vite": "why"})

    told = json.loads((tmp_path / "out" / "web_bench_metrics.json").read_text())
    assert told["left_out"] == {"vite": "why"}
    assert told["models"]["a/b"]["all"]["prefix_pass@1"]["published_percent"] == 25.0
    assert told["models"]["a/b"]["all"]["walks"] == 2
    table = (tmp_path / "out" / "web_bench_metrics.md").read_text()
    assert "| easy | 1 | 2 | 2 | 50.0% | 50.0% | 0.0% |" in table
    assert "| `dom` | 1 | 2 | 4 | 25.0% | 25.0% | 25.0% |" in table
