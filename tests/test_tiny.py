"""The embedded benchmark `tiny`: its files are what they say they are."""

from __future__ import annotations

import json
from typing import Any

import pytest

from boxscore import Outcome
from boxscore.resources import folder


def read(name: str) -> list[dict[str, Any]]:
    """Read the rows of a bundled file."""
    lines = (folder("instances") / "tiny" / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


INSTANCES = read("instances.jsonl")
SAMPLES = read("samples.jsonl")


@pytest.mark.parametrize("row", INSTANCES, ids=lambda row: row["instance_id"])
def test_reference_passes_its_tests(row: dict[str, Any]) -> None:
    """The reference goes after the prompt and satisfies the tests."""
    solution: dict[str, Any] = {}
    tests: dict[str, Any] = {}

    exec(row["prompt"] + row["reference"], solution)
    exec(row["tests"], tests)

    tests["check"](solution[row["entry_point"]])


@pytest.mark.parametrize("row", INSTANCES, ids=lambda row: row["instance_id"])
def test_an_empty_answer_fails_the_tests(row: dict[str, Any]) -> None:
    """A function that returns None, an empty text or zero is refused."""
    tests: dict[str, Any] = {}
    exec(row["tests"], tests)

    answers: tuple[object, ...] = (None, "", 0, [], {})
    for answer in answers:
        with pytest.raises((AssertionError, TypeError, LookupError)):
            tests["check"](lambda *args, answer=answer: answer)


def test_instances_are_distinct_and_of_mixed_difficulty() -> None:
    """There are at least fourteen, of three difficulties, under names of their own."""
    assert len(INSTANCES) >= 14
    assert len({row["instance_id"] for row in INSTANCES}) == len(INSTANCES)
    assert {row["difficulty"] for row in INSTANCES} == {"easy", "medium", "hard"}


def test_samples_belong_to_instances_and_expect_known_outcomes() -> None:
    """Each sample has one text, a name of its own within its instance, and an outcome to expect."""
    known = {row["instance_id"] for row in INSTANCES}
    assert len(SAMPLES) >= 40
    assert len({(row["instance_id"], row["sample_id"]) for row in SAMPLES}) == len(SAMPLES)
    for row in SAMPLES:
        assert row["instance_id"] in known
        assert len({"completion", "solution", "answer"} & row.keys()) == 1
        assert row["expect"] == "fail" or Outcome(row["expect"])


def test_every_instance_has_right_and_failing_samples() -> None:
    """Each instance has at least one sample to pass and one to fail."""
    for row in INSTANCES:
        expected = [sample["expect"] for sample in SAMPLES if sample["instance_id"] == row["instance_id"]]
        assert "passed" in expected
        assert set(expected) - {"passed"}
