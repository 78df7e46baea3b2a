"""The race on BigCodeBench: how verdicts of both are read and compared."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

from bench import unit_floor
from bench.bigcodebench import Official, compare
from bench.official import write_rows

if TYPE_CHECKING:
    from pathlib import Path

SAMPLES = [
    {"task_id": "BigCodeBench/1", "sample_id": "a", "solution": ""},
    {"task_id": "BigCodeBench/2", "sample_id": "a", "solution": ""},
    {"task_id": "BigCodeBench/1", "sample_id": "b", "solution": ""},
]


def test_results_of_an_instance_are_in_the_order_of_its_samples() -> None:
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
    theirs = {("i", "a"): True, ("i", "b"): True, ("i", "c"): False, ("i", "d"): False, ("i", "e"): True}
    ours = {("i", "a"): True, ("i", "b"): False, ("i", "c"): True, ("i", "d"): False}

    assert compare(theirs, ours) == {
        "both_pass": 1,
        "both_fail": 1,
        "only_official_passes": ["i/b"],
        "only_boxscore_passes": ["i/c"],
        "not_graded": ["i/e"],
    }


TESTS = """
import unittest

class TestCases(unittest.TestCase):
    def test_two(self):
        self.assertEqual(two(), 2)
"""
SOLUTIONS = {
    "right": "import textwrap\ndef two(): return 2\n",
    "wrong": "def two(): return 3\n",
    "leaves": "import os\nraise SystemExit(0)\n",
    "is no program": "def two(\n",
}


def test_the_floor_runs_tests_in_forks(tmp_path: Path) -> None:
    samples, modules = tmp_path / "samples.jsonl", tmp_path / "preload.txt"
    printing = {name: f"print('passed')\n{text}" for name, text in SOLUTIONS.items()}
    write_rows(
        samples,
        [{"task_id": "i", "sample_id": name, "solution": text, "tests": TESTS} for name, text in printing.items()],
    )
    modules.write_text("textwrap  # a module\n\n")

    words = [sys.executable, unit_floor.__file__, str(samples), str(modules), "2"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=tmp_path)

    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert sorted(verdicts) == [["i", name, name == "right"] for name in sorted(SOLUTIONS)]
