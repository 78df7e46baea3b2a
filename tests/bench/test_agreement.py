"""The comparison of official verdicts with a run."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any


def load(name: str) -> Any:
    """Load a script of `bench/`, which is not a package."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parents[2] / "bench" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


agreement = load("agreement")


def official(sample: str, *, passed: bool, base: bool | None = None, plus: bool | None = None) -> dict[str, Any]:
    """One official verdict on an instance `Mbpp/2`."""
    return {
        "instance_id": "Mbpp/2",
        "sample_id": sample,
        "passed": passed,
        "base": base,
        "plus": plus,
        "detail": "passed" if passed else "failed",
    }


def result(sample: str, outcome: str, parts: dict[str, str] | None = None) -> dict[str, Any]:
    """One result of boxscore on the same instance."""
    return {"instance_id": "2", "sample_id": sample, "outcome": outcome, "parts": parts or {}, "reason": ""}


def by_key(rows: list[dict[str, Any]]) -> Any:
    """Rows as `read` returns them."""
    return {agreement.key(row): row for row in rows}


def test_each_kind_of_agreement_is_counted() -> None:
    """A sample counts by what both sides say; one that was not graded has no verdict."""
    verdicts = by_key([official(name, passed=name in "ad") for name in "abcdef"])
    outcomes = {"a": "passed", "b": "timeout", "c": "passed", "d": "wrong", "e": "internal"}

    compared = agreement.compare(verdicts, by_key([result(*item) for item in outcomes.items()]), "passed")

    assert compared["both_pass"] == 1
    assert compared["both_fail"] == 1
    assert compared["only_boxscore_passes"] == 1
    assert compared["only_official_passes"] == 1
    assert compared["no_verdict"] == 2
    assert [item["sample_id"] for item in compared["differences"]] == ["c", "d", "e", "f"]


def test_plus_counts_only_where_the_official_base_passed() -> None:
    """Official programs run plus after a failed base, boxscore need not: the whole verdict is the same."""
    verdicts = by_key(
        [official("a", passed=False, base=False, plus=True), official("b", passed=True, base=True, plus=True)]
    )
    graded = by_key(
        [result("a", "wrong", {"base": "wrong"}), result("b", "passed", {"base": "passed", "plus": "passed"})]
    )

    compared = agreement.compare(verdicts, graded, "plus")

    assert compared["both_pass"] == 1
    assert compared["differences"] == []


def test_the_last_of_two_results_counts(tmp_path: Path) -> None:
    """`results.jsonl` only grows, so a sample that was graded again has two lines."""
    path = tmp_path / "results.jsonl"
    path.write_text("".join(json.dumps(result("a", outcome)) + "\n" for outcome in ("internal", "passed")))

    rows = agreement.read(path)

    assert [row["outcome"] for row in rows.values()] == ["passed"]
