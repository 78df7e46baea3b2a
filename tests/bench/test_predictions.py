"""Counting published predictions: what agrees, and where nobody can say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bench.official import read_rows
from bench.predictions import Graded, gated, graded, table

if TYPE_CHECKING:
    from pathlib import Path


def one(instance_id: str, outcome: str, published: str) -> Graded:
    """A prediction that was graded."""
    return Graded(instance_id, "m", outcome, "why", published, "a patch", "a log")


def test_agreement_is_of_instances_whose_reference_resolves() -> None:
    """Not resolved is not resolved, by whatever word; what the gate keeps out is counted nowhere but as an instance."""
    found = [
        one("a-1", "passed", "resolved"),
        one("a-1", "tampered", "unresolved"),
        one("a-2", "wrong", "resolved"),
        one("b-1", "internal", "resolved"),
    ]

    lines = table(["a-1", "a-2", "b-1"], found, {"a-1": "a", "a-2": "a", "b-1": "b"})

    assert gated(found) == {"b-1"}
    assert lines[2:] == ["| a | 2 | 2 | 3 | 2 | 1 |", "| b | 1 | 0 | 0 | 0 | 0 |", "| all | 3 | 2 | 3 | 2 | 1 |"]


def test_an_instance_that_was_not_graded_is_counted() -> None:
    """Its image could not be built, say."""
    assert table(["a-1"], [], {"a-1": "a"})[2] == "| a | 1 | 0 | 0 | 0 | 0 |"


def test_the_last_result_of_a_prediction_counts(tmp_path: Path) -> None:
    """Results are read from the run directory, logs from the folders that swebench would have written."""
    folder = tmp_path / "a-1"
    log = folder / "logs" / "run_evaluation" / "run" / "m" / "a-1" / "test_output.txt"
    log.parent.mkdir(parents=True)
    log.write_text("PASSED t")
    (folder / "run").mkdir()
    lines = [{"sample_id": "m/0", "outcome": outcome, "reason": ""} for outcome in ("internal", "passed")]
    (folder / "run" / "results.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))

    (found,) = graded(folder, {("a-1", "m"): {"verdict": "resolved", "model_patch": "a patch"}})

    assert (found.outcome, found.agrees, found.log) == ("passed", True, "PASSED t")


def test_rows_are_parted_at_line_ends_alone(tmp_path: Path) -> None:
    """A log may hold what else Python takes for the end of a line."""
    (tmp_path / "rows.jsonl").write_text('{"log": "a\u2028b\x85c"}\n{"log": ""}\n', encoding="utf-8")

    assert read_rows(tmp_path / "rows.jsonl") == [{"log": "a\u2028b\x85c"}, {"log": ""}]
