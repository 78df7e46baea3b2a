"""JavaBench's metrics: the published estimator with its oddity, the linear one, and the published tables."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from harnesses.javabench.metrics import scores
from tests.harnesses.javabench.result_files import CLASS_WISE, TEST_WISE, read_class_wise, read_test_wise

PROJECTS = ("PA19", "PA20", "PA21", "PA22")
TABLES = ("method", "context", "incr-order")
ROW = re.compile(r"(selective|minimum|maximum) ([a-z_]+) (\S+)((?: \d\.\d{6}){20})(?![\d.])")


def published() -> Path:
    folder = Path(os.environ.get("BOXSCORE_DATA", "")) / "javabench"
    if "BOXSCORE_DATA" not in os.environ or not (folder / "output").is_dir():
        pytest.skip("BOXSCORE_DATA has no javabench with the published results")
    return folder


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
