"""Compare lm-eval's pass@k, by boxscore's `code_eval`, with that of `boxscore grade`, on recorded answers.

    bench/lm_eval_answers.py --data DATA --answers DIR [--backend local] [--tasks humaneval,mbpp]

DATA holds the published files (`humaneval/`, `mbpp/`), DIR what `bench/mutants.py` wrote. Needs `pip install lm_eval`.
lm-eval runs its own tasks, unchanged but for where their rows are read; a model that only recites gives it one answer
for each document: the gold one or a mutant of it, by turns. Prints both scores and each document on which they differ,
and exits with 1 if there is one. Documents of MBPP are its test split, 11 to 510.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import boxscore
from boxscore.adapters.engine import configure
from boxscore.adapters.lm_eval import use_code_eval

Row = dict[str, Any]
FILES = {"humaneval": "humaneval/HumanEval.jsonl.gz", "mbpp": "mbpp/mbpp.jsonl"}
FIRST, LAST = 11, 510  # MBPP's test split


def rows(path: Path) -> list[Row]:
    """The rows of a file of JSON lines."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def documents(task: str, data: Path) -> list[Row]:
    """The rows that lm-eval asks about."""
    found = rows(data / FILES[task])
    return found if task == "humaneval" else [row for row in found if FIRST <= row["task_id"] <= LAST]


def _id(task: str, row: Row) -> str:
    """The instance of a row of the data or of recorded answers, which say `MBPP/11`, `Mbpp/11` or 11."""
    given = str(row["task_id"])
    return given if task == "humaneval" else f"MBPP/{given.rpartition('/')[2]}"


def answers(task: str, folder: Path, ids: list[str]) -> dict[str, Row]:
    """One recorded answer for each document: gold, or where there is one a mutant, by turns."""
    gold = {_id(task, row): row for row in rows(folder / f"{task}.gold.jsonl")}
    mutants: dict[str, Row] = {}
    for row in rows(folder / f"{task}.jsonl"):
        mutants.setdefault(_id(task, row), row)
    return {one: gold[one] if place % 2 else mutants.get(one, gold[one]) for place, one in enumerate(ids)}


def ask_lm_eval(task: str, docs: list[Row], chosen: dict[str, Row]) -> tuple[float, dict[str, bool]]:
    """lm-eval's score, and whether it says that a document was passed."""
    import lm_eval  # noqa: PLC0415 - after the metric was put in place
    from lm_eval.api.model import LM  # noqa: PLC0415 - as above

    class Reciter(LM):  # type: ignore[misc]
        """Answers each document as it was recorded."""

        def generate_until(self, requests: list[Any], **_: Any) -> list[str]:
            texts = [chosen[_id(task, request.doc)] for request in requests]
            return [str(row.get("completion", row.get("solution"))) for row in texts]

        def loglikelihood(self, requests: list[Any], **_: Any) -> list[Any]:
            raise NotImplementedError

        loglikelihood_rolling = loglikelihood

    stock = Path(lm_eval.__file__).parent / "tasks" / task / f"{task}.yaml"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in docs), "utf-8")
        source = {"dataset_path": "json", "dataset_name": None, "dataset_kwargs": {"data_files": {"test": str(path)}}}
        described = {"include": str(stock), "task": f"{task}_recorded", **source}
        (Path(folder) / f"{task}_recorded.yaml").write_text(json.dumps(described), "utf-8")  # JSON is YAML
        found = lm_eval.simple_evaluate(
            model=Reciter(),
            tasks=[str(Path(folder) / f"{task}_recorded.yaml")],
            confirm_run_unsafe_code=True,
            log_samples=True,
        )
    metric = "pass@1" if task == "humaneval" else "pass_at_1"
    score = next(value for name, value in found["results"][f"{task}_recorded"].items() if name.startswith(metric + ","))
    told = {_id(task, one["doc"]): one[metric] == 1.0 for one in found["samples"][f"{task}_recorded"]}
    return float(score), told


def ask_boxscore(task: str, chosen: dict[str, Row], data: Path, backend: str) -> tuple[float, dict[str, bool]]:
    """The score of `boxscore.grade`, and what it says of each document."""
    samples = [{**row, "task_id": one} for one, row in chosen.items()]
    report = boxscore.grade(task, samples, backend=backend, data=data, instances=list(chosen), gate=0)
    value = report.pass_at_k["1"].value
    assert value is not None
    return value, {one.instance_id: one.outcome is boxscore.Outcome.PASSED for one in report.results}


def main() -> int:
    """Compare, task by task."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--answers", type=Path, required=True)
    parser.add_argument("--backend", default="local")
    parser.add_argument("--tasks", default="humaneval,mbpp")
    options = parser.parse_args()
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    configure(backend=options.backend)
    use_code_eval()
    differences = 0
    for task in options.tasks.split(","):
        docs = documents(task, options.data)
        chosen = answers(task, options.answers, [_id(task, row) for row in docs])
        began = time.monotonic()
        theirs, by_lm_eval = ask_lm_eval(task, docs, chosen)
        between = time.monotonic()
        ours, by_boxscore = ask_boxscore(task, chosen, options.data, options.backend)
        print(
            f"{task}: {len(docs)} documents; pass@1 of lm-eval {theirs:.4f} in {between - began:.1f} s, "
            f"of boxscore grade {ours:.4f} in {time.monotonic() - between:.1f} s"
        )
        for one in chosen:
            if by_lm_eval.get(one) != by_boxscore.get(one):
                differences += 1
                print(f"  {one}: lm-eval {by_lm_eval.get(one)}, boxscore {by_boxscore.get(one)}")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
