"""What benches that run official programs share."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from bench.official import passed_in, run_inside, verdict, write_rows

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

SAMPLE = {"task_id": "a/1", "sample_id": "one"}


def test_a_verdict_is_what_the_program_says() -> None:
    """In one word, in two parts, or by itself; a detail is cut."""
    assert verdict(SAMPLE, "passed")["passed"]
    assert not verdict(SAMPLE, "base pass, plus fail", base=True, plus=False)["passed"]
    assert verdict(SAMPLE, "OK: " + "x" * 300, passed=True) == {
        "instance_id": "a/1",
        "sample_id": "one",
        "passed": True,
        "base": None,
        "plus": None,
        "detail": ("OK: " + "x" * 300)[:200],
    }


def test_instances_that_passed_are_named(tmp_path: Path) -> None:
    """Of a run."""
    results = [{"instance_id": name, "outcome": name} for name in ("passed", "wrong")]
    write_rows(tmp_path / "results.jsonl", results)

    assert passed_in(tmp_path) == {"passed"}


def test_a_script_runs_again_in_a_container(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a network, beside the module that it imports; what it writes is counted."""
    docker, said, out = tmp_path / "docker", tmp_path / "said", tmp_path / "out.jsonl"
    row = json.dumps(verdict(SAMPLE, "passed"))
    docker.write_text(f"#!/bin/sh\nprintf '%s\\n' \"$@\" > {said}\necho '{row}' >> {out}\n")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    asked = argparse.Namespace(samples=tmp_path / "samples.jsonl", out=out)

    run_inside("multipl_e.py", ["rows", "js"], asked, "an-image", "--memory=4g")

    words = said.read_text().splitlines()
    image = words.index("an-image")
    assert {"--network=none", "--memory=4g", f"--volume={out}:/race/verdicts.jsonl"} <= {*words[:image]}
    assert [word.rpartition(":/race/bench/")[2] for word in words if "/race/bench/" in word][:2] == [
        "multipl_e.py:ro",
        "official.py:ro",
    ]
    assert words[image + 1 :][:5] == ["python3", "/race/bench/multipl_e.py", "inside", "rows", "js"]
    assert capsys.readouterr().out == "1 of 1 passed\n"
