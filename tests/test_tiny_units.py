"""The embedded benchmark `tiny-units`: its files are what they say they are."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from boxscore import Outcome
from boxscore.resources import folder

if TYPE_CHECKING:
    from pathlib import Path


def read(name: str) -> list[dict[str, Any]]:
    """Read the rows of a bundled file."""
    lines = (folder("instances") / "tiny_units" / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


INSTANCES = read("instances.jsonl")
SAMPLES = read("samples.jsonl")


def passes(where: Path, program: str, tests: str) -> bool:
    """Run tests behind a program in a process of its own; whether all pass."""
    (where / "units.py").write_text(f"{program}\n{tests}", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "unittest", "units"], cwd=where, capture_output=True, text=True, check=False
    )
    if "ModuleNotFoundError: No module named" in done.stderr:
        pytest.skip(done.stderr.splitlines()[-1])
    return done.returncode == 0 and "skipped" not in done.stderr


@pytest.mark.parametrize("row", INSTANCES, ids=lambda row: row["instance_id"])
def test_reference_passes_its_tests(row: dict[str, Any], tmp_path: Path) -> None:
    """The reference goes after the prompt and passes the tests; an empty function does not."""
    assert passes(tmp_path, row["prompt"] + row["reference"], row["tests"])
    assert not passes(tmp_path, f"{row['prompt']}    return None\n", row["tests"])


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
