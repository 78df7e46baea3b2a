"""JavaBench's metrics: the published estimator with its oddity, the linear one, and the published tables."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from boxscore.errors import InputError, UsageError
from harnesses.javabench.metrics import Verdict, published_estimate, scores
from harnesses.javabench.write import CLASS_WISE, PROJECT_WISE, TEST_WISE
from tests.harnesses.javabench.result_files import read_class_wise, read_project_wise, read_test_wise

PROJECTS = ("PA19", "PA20", "PA21", "PA22")
TABLES = ("method", "context", "incr-order")
ROW = re.compile(r"(selective|minimum|maximum) ([a-z_]+) (\S+)((?: \d\.\d{6}){20})(?![\d.])")


def verdict(task: str, *, passed: int = 4, total: int = 4, whole: bool = True, compiled: bool = True) -> Verdict:
    return Verdict(task=task, whole=whole, compiled=compiled, passed=passed, total=total)


def published() -> Path:
    folder = Path(os.environ.get("BOXSCORE_DATA", "")) / "javabench"
    if "BOXSCORE_DATA" not in os.environ or not (folder / "output").is_dir():
        pytest.skip("BOXSCORE_DATA has no javabench with the published results")
    return folder


@pytest.mark.parametrize(
    ("n", "c", "k", "value"),
    [(5, 0, 1, 0.0), (5, 2, 1, 0.4), (5, 5, 1, 1.0), (5, 2, 3, 0.9), (5, 1, 5, 1.0), (5, 2.5, 1, 0.5454545454545454)],
)
def test_published_estimate(n: int, c: float, k: int, value: float) -> None:
    assert value == pytest.approx(published_estimate(n, c, k))


def test_linear_and_published_are_apart() -> None:
    found = scores([verdict("PA1/A", passed=2) for _ in range(5)])

    assert found.projects["PA1"]["pass_linear"].value == pytest.approx(0.5)
    assert found.projects["PA1"]["pass"].value == pytest.approx(0.545454, abs=1e-5)


def test_no_linear_metric_beyond_one() -> None:
    assert "pass_linear" not in scores([verdict("PA1/A") for _ in range(5)], k=3).mean


def test_a_sample_that_is_not_whole_counts_nowhere() -> None:
    found = scores([verdict("PA1/A", whole=False) for _ in range(5)]).mean

    assert all(found[name].value == 0.0 for name in ("completion", "compilation", "pass", "pass_linear"))


def test_mean_is_over_projects() -> None:
    given = [verdict("PA1/A"), verdict("PA2/A", compiled=False), verdict("PA2/B", compiled=False)]

    assert scores(given, samples=1).mean["compilation"].value == pytest.approx(0.5)


def test_only_the_first_samples_count() -> None:
    given = [*(verdict("PA1/A", compiled=False) for _ in range(5)), verdict("PA1/A")]

    assert scores(given).mean["compilation"].value == 0.0


def test_intervals() -> None:
    given = [verdict(f"PA1/{name}", compiled=name != "A") for name in "ABCD"]
    found = scores(given, samples=1).mean

    assert found["completion"].low is None
    low, value, high = found["compilation"].low, found["compilation"].value, found["compilation"].high
    assert low is not None
    assert high is not None
    assert 0.0 <= low < value < high <= 1.0


def test_too_few_samples_are_refused() -> None:
    with pytest.raises(UsageError, match=r"PA1/A has 1 samples of the 5"):
        scores([verdict("PA1/A")])


def test_k_beyond_the_samples_is_refused() -> None:
    with pytest.raises(UsageError, match="k must be from 1 to the 5"):
        scores([verdict("PA1/A") for _ in range(5)], k=6)


@pytest.mark.parametrize("text", ["{", "{}", "[1]", '[{"task_id": 1, "test_result": [0, 0]}]', '[{"task_id": "a"}]'])
def test_files_that_are_none(text: str, tmp_path: Path) -> None:
    path = tmp_path / CLASS_WISE
    path.write_text(text)

    with pytest.raises(InputError, match=CLASS_WISE):
        read_class_wise(path)


def table(root: Path, label: str, model: str, k: int) -> list[float]:
    folders = [root / "output" / label / f"result-{project}" / model for project in PROJECTS]
    classes = scores([one for folder in folders for one in read_class_wise(folder / CLASS_WISE)], k=k)
    suites = scores([one for folder in folders for one in read_test_wise(folder / TEST_WISE)], k=k)
    columns = [("completion", classes), *((name, own) for name in ("compilation", "pass") for own in (classes, suites))]
    return [own.projects[project][name].value for name, own in columns for project in PROJECTS]


@pytest.mark.parametrize("name", TABLES)
def test_published_tables(name: str) -> None:
    root = published()
    cells = json.loads((root / "paper_plot" / f"visual_table_{name}.ipynb").read_text("utf-8"))["cells"]
    merged = next(cell for cell in cells if "get_merge" in "".join(cell["source"]))
    pages = ["".join(one["data"]["text/html"]) for one in merged["outputs"] if "text/html" in one.get("data", {})]
    seen = 0
    for k, page in zip((1, 3, 5), pages, strict=True):
        text = " ".join(re.sub(r"<style.*?</style>|<[^>]+>", " ", page, flags=re.DOTALL).split())
        for context, method, model, numbers in ROW.findall(text):
            row = table(root, f"{method}-{context}", model, k)
            assert [float(one) for one in numbers.split()] == pytest.approx(row, abs=1e-6), (method, context, model)
            seen += 1

    assert seen == {"method": 48, "context": 48, "incr-order": 27}[name]


@pytest.mark.parametrize("name", TABLES)
def test_published_means(name: str) -> None:
    root = published()
    board = json.loads((root / "paper_plot" / "data" / f"data_{name}.json").read_text("utf-8"))
    for metric, rows in board.items():
        read, file = (read_test_wise, TEST_WISE) if "test" in metric else (read_class_wise, CLASS_WISE)
        for row in rows:
            folders = root / "output" / f"{row['Method']}-{row['Context']}"
            found = scores(
                [one for pa in PROJECTS for one in read(folders / f"result-{pa}" / row["Model"] / file)]
            ).mean
            assert row["Pass_at_1"] == pytest.approx(found[metric.partition("_")[0]].value, abs=1e-9), row


def test_published_projects() -> None:
    paths = sorted(published().glob(f"output/*/result-*/*/{PROJECT_WISE}"))
    found = [
        scores(read_project_wise(path, path.parts[-3].removeprefix("result-"))).mean["compilation"].value
        for path in paths
    ]

    assert len(found) == 15
    assert not any(found)
