"""What the comparison of migrations with MigrationBench's program is made of."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

from bench.migration import CASES, compare, diff_of, write_predictions
from bench.official_migration import git_settings

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

POM = """<project xmlns="http://maven.apache.org/POM/4.0.0">
  <properties>
    <maven.compiler.source>8</maven.compiler.source>
  </properties>
</project>
"""
TEST = "class ATest {\n    @Test\n    void one() {\n        assertEquals(1, one());\n    }\n}\n"


def clone(folder: Path) -> str:
    """A clone with a pom and a test; its commit."""
    tests = folder / "src" / "test" / "java"
    tests.mkdir(parents=True)
    (folder / "pom.xml").write_text(POM, "utf-8")
    (tests / "ATest.java").write_text(TEST, "utf-8")
    who = ["-c", "user.name=t", "-c", "user.email=t@localhost"]
    for words in (["init", "-q"], ["add", "-A"], [*who, "commit", "-q", "-m", "base"]):
        subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, timeout=60)
    found = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True, timeout=60)
    return found.stdout.decode().strip()


def test_cases(tmp_path: Path) -> None:
    """Each case is a change of its own, that builds for Java 17 but for the one that migrates nothing."""
    commit = clone(tmp_path / "a")

    diffs = {name: diff_of(tmp_path / "a", commit, change).decode() for name, change in CASES.items()}

    assert len({*diffs.values()} - {""}) == len(CASES) - 1  # there are no dependencies to come to newer versions
    assert diffs["seed"] == diffs["seed-versions"]
    assert {name for name, diff in diffs.items() if "+    <maven.compiler.source>17<" not in diff} == {
        "wrong-untouched"
    }
    assert "-        assertEquals(1, one());" in diffs["wrong-emptied"]
    assert "+    @org.junit.Ignore @Test" in diffs["wrong-disabled"]


def test_predictions_and_agreement(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Both programs get the same file, and verdicts are told apart by repository and case."""
    folder = tmp_path / "cases" / "some__project"
    folder.mkdir(parents=True)
    for name in ("right", "wrong"):
        (folder / f"{name}.diff").write_text(f"diff of {name}\n", "utf-8")
    write_predictions(tmp_path / "cases", tmp_path / "cases" / "predictions.json")
    predictions = json.loads((tmp_path / "cases" / "predictions.json").read_text("utf-8"))
    verdicts = [{**one, "minimal": True, "maximal": False} for one in predictions]
    (tmp_path / "verdicts.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in verdicts), "utf-8")
    run = tmp_path / "run"
    run.mkdir()
    (run / "run.json").write_text('{"provenance": {"benchmark": "migration-bench@selected+minimal"}}', "utf-8")
    names = {"right": "passed", "wrong": "tampered"}
    samples = [{"instance_id": "some/project", "sample_id": f"{name}/0", "model": name} for name in names]
    results = [
        {"instance_id": "some/project", "sample_id": f"{name}/0", "outcome": outcome, "reason": "r"}
        for name, outcome in names.items()
    ]
    for file, records in (("samples", samples), ("results", results)):
        (run / f"{file}.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in records), "utf-8")

    compare(run, tmp_path / "verdicts.jsonl")

    told = capsys.readouterr().out
    assert "    1 ours failed; theirs True\n" in told
    assert "    1 ours passed; theirs True\n" in told
    assert "some/project wrong: tampered (r); official True" in told


def test_clones_in_place_of_github(tmp_path: Path) -> None:
    """The official program clones from a folder what it has."""
    (tmp_path / "clones" / "some__project").mkdir(parents=True)
    rows = [{"repo": "some/project"}, {"repo": "other/one"}]

    text = git_settings(tmp_path, tmp_path / "clones", rows).read_text("utf-8")

    assert "insteadOf = https://github.com/some/project\n" in text
    assert "other/one" not in text
