"""The embedded benchmark `tiny-units`: its files are what they say they are."""

from __future__ import annotations

import json
import unittest
from typing import Any

import pytest

from boxscore import Outcome
from boxscore.resources import folder


def read(name: str) -> list[dict[str, Any]]:
    """Read the rows of a bundled file."""
    lines = (folder("instances") / "tiny_units" / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


INSTANCES = read("instances.jsonl")
SAMPLES = read("samples.jsonl")


def unpassed(program: str, tests: str) -> int:
    """Run tests behind a program; count those that do not pass."""
    scope: dict[str, Any] = {"__name__": "units"}
    try:
        exec(f"{program}\n{tests}", scope)
    except ImportError as error:
        pytest.skip(f"no {error.name} in this Python")
    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(scope["TestCases"]).run(result)
    assert result.testsRun
    return len([*result.failures, *result.errors, *result.skipped])


@pytest.mark.parametrize("row", INSTANCES, ids=lambda row: row["instance_id"])
def test_reference_passes_its_tests(row: dict[str, Any]) -> None:
    """The reference goes after the prompt and passes the tests; an empty function does not."""
    assert unpassed(row["prompt"] + row["reference"], row["tests"]) == 0
    assert unpassed(f"{row['prompt']}    return None\n", row["tests"]) > 0


def test_instances_are_distinct_and_of_all_levels() -> None:
    """There are at least eight, under names of their own, of three difficulties and of all levels."""
    assert len({row["instance_id"] for row in INSTANCES}) == len(INSTANCES) >= 8
    assert {row["difficulty"] for row in INSTANCES} == {"easy", "medium", "hard"}
    assert {row["level"] for row in INSTANCES} == {"blind", "watched"}


def test_samples_belong_to_instances_and_expect_known_outcomes() -> None:
    """Each sample has one text, a name of its own within its instance, and an outcome to expect."""
    known = {row["instance_id"] for row in INSTANCES}

    assert len({(row["instance_id"], row["sample_id"]) for row in SAMPLES}) == len(SAMPLES) >= 40
    for row in SAMPLES:
        assert row["instance_id"] in known
        assert len({"completion", "answer"} & row.keys()) == 1
        Outcome(row["expect"])
    assert {"passed", "wrong", "error", "timeout", "syntax"} <= {row["expect"] for row in SAMPLES}
