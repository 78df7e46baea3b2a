"""What both programs are given of EvoCodeBench, and how their verdicts are put side by side."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from bench import evocodebench as bench
from bench.official import write_rows
from harnesses.evocodebench.splice import original_body
from tests.evocodebench_repository import RIGHT, loaded

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_samples_are_the_reference_an_empty_body_and_mutants(tmp_path: Path) -> None:
    """The same seed gives the same mutants; each differs from the reference and has no signature in it."""
    instance = loaded(tmp_path)
    made = list(bench.made([instance], 3))
    bodies = {one["sample_id"]: one["solution"] for one in made}

    assert made == list(bench.made([instance], 3))
    assert bodies["reference"] == original_body(instance.row["source"], instance.row["row"])
    assert bodies["empty"] == "pass"
    assert len(set(bodies.values())) == 5
    assert not any("def total" in body for body in bodies.values())


def test_what_is_asked_of_a_sample(tmp_path: Path) -> None:
    """The file with the body in its place, and the harness's own commands."""
    instance = loaded(tmp_path)
    asked = bench.request(instance, bench.sample(instance.row["row"], "0", RIGHT.strip()))

    assert f"\n{RIGHT}" in asked["text"]
    assert asked["path"] == "shop/basket.py"
    assert len(asked["commands"]) == len(asked["tests"]) == 2


def test_differences_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By instance and sample; a sample without a verdict is counted apart."""
    samples = [{"instance_id": "a.b", "sample_id": name, "solution": name} for name in ("reference", "x-1", "x-2")]
    write_rows(tmp_path / "samples.jsonl", samples)
    verdicts = [{"instance_id": "a.b", "solution": name, "verdict": "Pass"} for name in ("reference", "x-1")]
    write_rows(tmp_path / "verdicts.jsonl", verdicts)
    outcomes = {"reference": "passed", "x-1": "wrong", "x-2": "wrong"}
    ours = [{"instance_id": "a.b", "sample_id": name, "outcome": outcome} for name, outcome in outcomes.items()]
    (tmp_path / "results.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in ours))
    files = {"samples": tmp_path / "samples.jsonl", "verdicts": tmp_path / "verdicts.jsonl", "run": tmp_path}

    assert not bench.compare(argparse.Namespace(**files))
    assert [line.strip() for line in capsys.readouterr().out.splitlines()] == [
        "a.b x-1: wrong here, Pass there",
        "1 other: different, passed there",
        "1 other: no verdict of theirs",
        "1 reference: same, passed there",
    ]
