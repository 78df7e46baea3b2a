"""`boxscore audit`: what it says before it starts, what it writes, and that it goes on where it was."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest

from boxscore.audit.findings import Audit
from boxscore.cli import app

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.boxes.contract import Backend

ARGUMENTS = ("audit", "tiny", "-i", "merge-spans", "-n", "1", "--mutants", "3", "--backend", "local", "-j", "1")


def run(*arguments: str) -> int:
    """Run the command line; give its exit code."""
    with pytest.raises(SystemExit) as ended:
        app.main(arguments)
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_an_audit_in_boxes(local_backend: Backend, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A dry run grades nothing; an audit writes its files; the same command again grades nothing anew."""
    out = ("--out", str(tmp_path / "out"))
    assert run(*ARGUMENTS, *out, "--dry-run", "--json") == 0
    expected = json.loads(capfd.readouterr().out)
    assert expected == {"references and empty samples": 2, "stubs": 6, "mutants": 3, "examples": 1}
    assert not (tmp_path / "out").exists()

    assert run(*ARGUMENTS, *out, "--json") == 0
    printed = capfd.readouterr()
    found = msgspec.json.decode(printed.out, type=Audit)
    assert (found.benchmark, found.instances, found.errors) == ("tiny", 1, 0)
    assert found.mutants.made == 3
    assert {one.name for one in (tmp_path / "out").iterdir()} >= {
        *("audit.json", "audit.md", "survivors.jsonl"),
        *("round-1", "answers", "examples"),
    }
    assert msgspec.json.decode((tmp_path / "out" / "audit.json").read_bytes(), type=Audit) == found

    before = results(tmp_path / "out")
    assert run(*ARGUMENTS, *out) == 0
    assert results(tmp_path / "out") == before


def results(folder: Path) -> dict[str, bytes]:
    """What each stage has graded."""
    return {path.parent.name: path.read_bytes() for path in folder.glob("*/results.jsonl")}
