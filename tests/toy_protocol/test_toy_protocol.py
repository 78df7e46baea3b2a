"""A protocol and a benchmark of an installed package: the product's own commands serve them with no edit elsewhere."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PACKAGE = Path(__file__).parent / "package"
ENTRY_POINTS = """
[boxscore.protocols]
regex = toy_regex:PROTOCOL

[boxscore.harnesses]
toy-regex = toy_regex:HARNESS
"""


@pytest.fixture(name="place")
def installed(tmp_path: Path) -> Path:
    """A folder with the package as an installer leaves it, and nothing else."""
    site = tmp_path / "site"
    shutil.copytree(PACKAGE, site)
    described = site / "toy_regex-1.0.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-regex\nVersion: 1.0\n", encoding="utf-8")
    (described / "entry_points.txt").write_text(ENTRY_POINTS, encoding="utf-8")
    return tmp_path


def boxscore(place: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(place / "site"), "BOXSCORE_CACHE": str(place / "cache")}
    return subprocess.run(
        [sys.executable, "-m", "boxscore", *words],
        cwd=place, env=environment, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


def answered(place: Path, *words: str, code: int = 0) -> Any:
    done = boxscore(place, *words, "--json")
    assert done.returncode == code, done.stderr
    return json.loads(done.stdout)


def test_an_instance_is_shown(place: Path) -> None:
    (shown,) = answered(place, "show", "toy-regex", "-i", "toy/digits")

    assert (shown["protocol"], shown["task"]) == ("regex", {"matches": ["1", "42"]})
    assert "1, 42" in boxscore(place, "show", "toy-regex", "-i", "toy/digits").stdout


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("local_backend")
@pytest.mark.timeout(300)
def test_samples_are_graded_and_reported(place: Path) -> None:
    rows = [("digits", "[0-9]+"), ("digits", "[0-9]"), ("word", "("), ("word", "")]
    lines = [{"instance_id": f"toy/{name}", "solution": text} for name, text in rows]
    (place / "s.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    words = ("grade", "toy-regex", "-p", "s.jsonl", "--backend", "local", "--out", "run")

    answered(place, *words)
    again = boxscore(place, *words)

    results = [json.loads(line) for line in (place / "run" / "results.jsonl").read_text("utf-8").splitlines()]
    assert sorted(one["outcome"] for one in results) == ["error", "no_code", "passed", "wrong"]
    (passed,) = [one for one in results if one["outcome"] == "passed"]
    assert passed["detail"] == {"kind": "other", "protocol": "regex", "data": {"right": 5, "of": 5}}
    assert "nothing to grade" in again.stderr
    report = answered(place, "report", "run")
    assert (report["samples"], report["outcomes"]["passed"]) == (4, 1)


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("local_backend")
@pytest.mark.timeout(300)
def test_no_sample_is_charged_where_the_reference_fails(place: Path) -> None:
    data = place / "site" / "toy_regex.jsonl"
    data.write_text(data.read_text("utf-8").replace('"[0-9]+"', '"[0-9]"'), encoding="utf-8")
    lines = [{"instance_id": f"toy/{name}", "solution": "x"} for name in ("digits", "word")]
    (place / "s.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")

    report = answered(place, "grade", "toy-regex", "-p", "s.jsonl", "--backend", "local", "--out", "run")

    assert report["outcomes"] == {"internal": 1, "wrong": 1}
    (kept_out,) = report["unresolvable"]
    assert kept_out["instance_id"] == "toy/digits"
    assert kept_out["reason"] == "the reference does not resolve here: wrong"


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("local_backend")
@pytest.mark.timeout(300)
def test_the_benchmark_is_validated(place: Path) -> None:
    words = ("validate", "toy-regex", "--backend", "local")
    found = answered(place, *words, "--out", "kept")
    kept = {path: path.read_bytes() for path in place.glob("kept/round-*/results.jsonl")}
    assert answered(place, *words, "--out", "kept") == found
    assert len(kept) == 2
    assert all(path.read_bytes() == data for path, data in kept.items())
    data = place / "site" / "toy_regex.jsonl"
    data.write_text(data.read_text("utf-8").replace('"[0-9]+"', '"[0-9]"'), encoding="utf-8")

    bad = answered(place, *words, code=1)

    assert (found["instances"], found["problems"]) == (2, [])
    assert [one["instance_id"] for one in bad["problems"]] == ["toy/digits"]


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("local_backend")
@pytest.mark.timeout(300)
def test_the_protocol_is_attacked_by_its_own_attacks(place: Path) -> None:
    words = ("attack", "toy-regex", "--backend", "local", "--out", "attacked")
    (done,) = answered(place, *words)

    assert (done["held"], done["report"]["instance_id"]) == (True, "toy/digits")
    assert [one["name"] for one in done["report"]["findings"]] == ["gold", "all", "broken"]
    results = place / "attacked" / "results.jsonl"
    before = results.read_bytes()
    assert answered(place, *words) == [done]
    assert results.read_bytes() == before


def test_without_the_package_the_task_is_told(place: Path) -> None:
    (place / "site" / "toy_regex-1.0.dist-info" / "entry_points.txt").write_text("", encoding="utf-8")

    done = boxscore(place, "show", "site/toy_regex.py", "-i", "toy/digits")

    assert done.returncode == 2
    assert "RegexTask is a task of no protocol; known are FunctionTask (function)," in done.stderr
    assert "PatchTask (patch)" in done.stderr
    assert "boxscore.protocols" in done.stderr
