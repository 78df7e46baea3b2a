"""An audit as files and as rows of a table."""

from __future__ import annotations

from pathlib import Path

import msgspec

from boxscore.audit.findings import Audit, FindingKind
from boxscore.audit.mutants import OPERATORS
from boxscore.audit.report import write_audit
from tests.audit.audits import AUDIT

DOCS = Path(__file__).parents[2] / "docs" / "audit.md"


def test_the_docs_tell_of_every_kind_and_operator() -> None:
    rows_of_docs = [line.split(" | ") for line in DOCS.read_text("utf-8").splitlines() if line.startswith("| `")]
    told = {row[0].strip("| `"): row[1] for row in reversed(rows_of_docs)}  # what is measured stands below

    assert {kind.value: told.get(kind.value) for kind in FindingKind} == {
        kind.value: kind.severity.value for kind in FindingKind
    }
    assert set(OPERATORS) <= set(told)


def test_files(tmp_path: Path) -> None:
    as_json, as_text = write_audit(AUDIT, tmp_path)

    assert msgspec.json.decode(as_json.read_bytes(), type=Audit) == AUDIT
    text = as_text.read_text()
    assert "| untrue-example | error | 1 |" in text
    assert "\\<script\\>" in text
    assert "    +    return 2" in text
