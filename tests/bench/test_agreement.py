"""Mutants of references, and the comparison of official verdicts with a run."""

from __future__ import annotations

import ast
import json
import random
from typing import TYPE_CHECKING, Any

import pytest

from bench.agreement import compare as agreement
from bench.agreement.mutants import WEIGHTS, Gold, mutants, mutate

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = '''def total(items, start):
    """Add up."""
    result = start
    for place in range(len(items)):
        if items[place] > 0 and not result < 0:
            result += max(items[place], 2) * 2
    return result
'''


def official(sample: str, *, passed: bool, base: bool | None = None, plus: bool | None = None) -> dict[str, Any]:
    return {
        "instance_id": "Mbpp/2",
        "sample_id": sample,
        "passed": passed,
        "base": base,
        "plus": plus,
        "detail": "passed" if passed else "failed",
    }


def result(sample: str, outcome: str, parts: dict[str, str] | None = None) -> dict[str, Any]:
    return {"instance_id": "2", "sample_id": sample, "outcome": outcome, "parts": parts or {}, "reason": ""}


def by_key(rows: list[dict[str, Any]]) -> Any:
    return {agreement.key(row): row for row in rows}


def test_each_kind_of_agreement_is_counted() -> None:
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
    path = tmp_path / "results.jsonl"
    path.write_text("".join(json.dumps(result("a", outcome)) + "\n" for outcome in ("internal", "passed")))

    rows = agreement.read(path)

    assert [row["outcome"] for row in rows.values()] == ["passed"]


def test_the_same_seed_gives_the_same_mutants() -> None:
    gold = Gold("T/1", PROGRAM, "total")

    first, second = (list(mutants([gold], 30, random.Random(1))) for _ in range(2))

    assert first == second
    assert len({text for _, _, text in first}) == 30


@pytest.mark.parametrize("kind", [kind for kind in WEIGHTS if kind != "cut"])
def test_each_kind_changes_the_program_and_keeps_it_parseable(kind: str) -> None:
    text = mutate(Gold("T/1", PROGRAM, "total"), kind, random.Random(3))

    assert text is not None
    assert ast.dump(ast.parse(text)) != ast.dump(ast.parse(PROGRAM))
