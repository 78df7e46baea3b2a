"""The race on BigCodeBench: how verdicts of both are read and compared."""

from __future__ import annotations

from bench.bigcodebench import Official, compare

SAMPLES = [
    {"task_id": "BigCodeBench/1", "sample_id": "a", "solution": ""},
    {"task_id": "BigCodeBench/2", "sample_id": "a", "solution": ""},
    {"task_id": "BigCodeBench/1", "sample_id": "b", "solution": ""},
]


def test_results_of_an_instance_are_in_the_order_of_its_samples() -> None:
    """The official program names no sample; what did not pass is `fail` or `timeout`."""
    found = {
        "BigCodeBench/1": [{"status": "fail"}, {"status": "pass"}],
        "BigCodeBench/2": [{"status": "timeout"}],
    }

    assert Official.verdicts(SAMPLES, found) == {
        ("BigCodeBench/1", "a"): False,
        ("BigCodeBench/1", "b"): True,
        ("BigCodeBench/2", "a"): False,
    }


def test_differences_are_named() -> None:
    """Each kind of difference by itself, and samples that one of them did not grade."""
    theirs = {("i", "a"): True, ("i", "b"): True, ("i", "c"): False, ("i", "d"): False, ("i", "e"): True}
    ours = {("i", "a"): True, ("i", "b"): False, ("i", "c"): True, ("i", "d"): False}

    assert compare(theirs, ours) == {
        "both_pass": 1,
        "both_fail": 1,
        "only_official_passes": ["i/b"],
        "only_boxscore_passes": ["i/c"],
        "not_graded": ["i/e"],
    }
