"""What both programs are given of NaturalCodeBench, and how verdicts are read of the official program's files."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest

from bench import naturalcodebench as bench
from bench.official import write_rows
from tests.naturalcodebench_rows import JAVA, PYTHON

if TYPE_CHECKING:
    from pathlib import Path

ROWS = {"python": PYTHON, "java": JAVA}


@pytest.mark.parametrize("language", ROWS)
def test_samples_are_references_and_mutants_in_turns(language: str) -> None:
    """The same rows give the same samples; a mutant is another program than its reference, in a fence."""
    made = list(bench.made(language, ROWS[language], 4))
    names = [one["sample_id"] for one in made]

    assert made == list(bench.made(language, ROWS[language], 4))
    assert names.count("gold") == len(ROWS[language])
    assert sum(name.startswith("mutant-") for name in names) == 4
    references = {one["task_id"]: bench.FENCE.findall(one["answer"])[0] for one in made if one["sample_id"] == "gold"}
    for one in made[len(ROWS[language]) :]:
        assert bench.FENCE.findall(one["answer"])[0].strip() != references[one["task_id"]].strip()


def test_a_mutant_in_java_has_one_change() -> None:
    """Of an operator, or a constant, that stands by itself."""
    code = "boolean more = a < b && true;\nint c = 7 + List<Integer>.size();\n"
    made = set(bench.java_mutants(code, 9, random.Random(1)))

    assert made == {
        code.replace("a < b", "a <= b"),
        code.replace("&&", "||"),
        code.replace("true", "false"),
        code.replace("7", "8"),
        code.replace(" + ", " - "),
    }


def test_what_timed_out_is_named(tmp_path: Path) -> None:
    """By instance and sample, of a run."""
    results = [{"instance_id": "java/1", "sample_id": name, "outcome": name} for name in ("passed", "timeout", "wrong")]
    write_rows(tmp_path / "results.jsonl", results)

    assert bench.late(tmp_path) == {("java/1", "timeout")}


def test_verdicts_in_python_are_of_all_tests(tmp_path: Path) -> None:
    """The samples of an instance have their folders by their order; one without a report has failed."""
    for number, passed in enumerate((3, 2)):
        folder = tmp_path / f"python_7_{number}"
        folder.mkdir()
        counts = {"overall_result": {"total": 3, "passed": passed}, "pass_cases": {"100": int(passed == 3)}}
        (folder / "raw_result.json").write_text(json.dumps(counts))
    samples = [{"task_id": "python/7", "sample_id": name} for name in "abc"]

    found = list(bench.verdicts("python", samples, tmp_path))

    assert [(one["sample_id"], one["passed"]) for one in found] == [("a", True), ("b", False), ("c", False)]


@pytest.mark.parametrize(
    ("said", "passed"),
    [
        ("Found 2 tests\nFailed 0 tests\nPassed rate: 1.0\n", True),
        ("Found 2 tests\nFailed 1 tests\nPassed rate: 0.5\n", False),
        ("the download failed\nFound 2 tests\nPassed rate: 1.0\n", False),
        ("failed: compilation error:\n", False),
    ],
)
def test_verdicts_in_java_are_what_was_printed(said: str, tmp_path: Path, *, passed: bool) -> None:
    """As the official program reads it."""
    (tmp_path / "eval_report.json").write_text(json.dumps({"test_result": said}))

    assert bench.java_verdict(tmp_path)[0] is passed
