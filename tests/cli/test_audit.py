"""`boxscore audit`: what it says before it starts, what it writes, and that it goes on where it was."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest

from boxscore.audit.findings import Audit

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Boxscore

ARGUMENTS = (
    "audit",
    "tiny",
    "-i",
    "merge-spans",
    "-n",
    "1",
    "--mutants",
    "3",
    "--backend",
    "local",
    "-j",
    "1",
    "--out",
    "out",
)


@pytest.mark.bubblewrap
def test_an_audit_in_boxes(local: Path, boxscore_: Boxscore) -> None:
    """A dry run grades nothing; an audit writes its files; the same command again grades nothing anew."""
    dry = boxscore_(*ARGUMENTS, "--dry-run", "--json")
    expected = json.loads(dry.out)
    assert expected == {"references and empty samples": 2, "stubs": 6, "mutants": 3, "examples": 1}
    assert not (local / "out").exists()

    printed = boxscore_(*ARGUMENTS, "--json")
    assert (dry.code, printed.code) == (0, 0)
    found = msgspec.json.decode(printed.out, type=Audit)
    assert (found.benchmark, found.instances, found.errors) == ("tiny", 1, 0)
    assert found.mutants.made == 3
    assert {one.name for one in (local / "out").iterdir()} >= {
        *("audit.json", "audit.md"),
        *("round-1", "answers", "examples"),
    }
    assert msgspec.json.decode((local / "out" / "audit.json").read_bytes(), type=Audit) == found

    before = results(local / "out")
    assert boxscore_(*ARGUMENTS).code == 0
    assert results(local / "out") == before


def results(folder: Path) -> dict[str, bytes]:
    """What each stage has graded."""
    return {path.parent.name: path.read_bytes() for path in folder.glob("*/results.jsonl")}
