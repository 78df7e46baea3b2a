"""The race: its samples and its figures."""

from __future__ import annotations

import ast
from typing import Any

from bench.floor import LIMIT_S, Problem, passes
from bench.forks import fork_all
from bench.function import compare, make_samples, summarise

COMPLETED = {"task_id": "T/1", "entry_point": "one", "canonical_solution": "    return 1\n"}
WHOLE = {"task_id": "T/2", "entry_point": "two", "canonical_solution": "def two():\n    return 2\n"}


def row(contender: str, turn: int, speed: float, cpu_ms: float = 1.0) -> dict[str, Any]:
    return {
        "contender": contender,
        "round": turn,
        "samples": 10,
        "samples_per_s": speed,
        "cpu_ms": cpu_ms,
        "machine_cpu_ms": None,
    }


def test_samples_are_different_programs() -> None:
    samples = make_samples([COMPLETED, WHOLE], 41)

    texts = [one.get("solution") or "def one():\n" + one["completion"] for one in samples]
    assert len(set(texts)) == len(samples) == 41
    assert all(ast.parse(text) for text in texts)
    assert [one["task_id"] for one in samples[:3]] == ["T/1", "T/2", "T/1"]
    assert len({(one["task_id"], one["sample_id"]) for one in samples}) == 41


def test_three_in_ten_samples_are_wrong() -> None:
    problems = {
        "T/1": Problem("def one():\n", "\nassert one() == 1\n"),
        "T/2": Problem("", "", "two", ((),), (2,)),
    }

    samples = make_samples([COMPLETED, WHOLE], 20)
    verdicts = fork_all(samples, lambda sample: passes(problems[sample["task_id"]], sample), 2, LIMIT_S)

    assert sorted((name, passed) for name, _, passed in verdicts) == [
        *(("T/1", False),) * 3,
        *(("T/1", True),) * 7,
        *(("T/2", False),) * 3,
        *(("T/2", True),) * 7,
    ]


def test_ratios_are_within_a_round() -> None:
    rows = [
        *(row("peer", 1, 10.0), row("ours", 1, 50.0), row("floor", 1, 100.0)),
        *(row("peer", 2, 2.0), row("ours", 2, 12.0), row("floor", 2, 20.0)),
    ]

    peer, ours, _ = summarise(rows, ["peer", "ours", "floor"])

    assert ours["ratio_to_peer"] == {"median": 5.5, "low": 5.0, "high": 6.0}
    assert ours["ratio_to_floor"] == {"median": 0.55, "low": 0.5, "high": 0.6}
    assert peer["ratio_to_peer"]["median"] == 1.0
    assert ours["machine_cpu_ms"] is None


def test_differences_are_of_samples_that_were_given() -> None:
    key, other = ("T/1", "0"), ("T/2", "0")

    found = compare({"peer": {key: True, other: True}, "part": {key: True}, "off": {key: True, other: False}}, "peer")

    assert found == ["off: T/2 sample 0: False, peer: True"]
