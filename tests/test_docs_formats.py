"""docs/fields.md explains every field of records in files."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import msgspec

from boxscore.provenance import RunRecord
from boxscore.report.build import Report

ROOT = Path(__file__).parents[1]
FIELDS = (ROOT / "docs" / "fields.md").read_text(encoding="utf-8")


def test_the_reference_of_fields_is_what_is_generated() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "write-field-reference"), "--check"]

    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_every_field_has_a_meaning() -> None:
    """It is written on the page, where the script keeps it."""
    lines = [line for line in FIELDS.splitlines() if line.startswith("- `")]

    assert lines
    assert [line for line in lines if line.endswith(":")] == []


def test_every_nested_record() -> None:
    """Records inside a report or a run have their own table."""
    schemas = msgspec.json.schema_components([Report, RunRecord])[1]
    records = {name for name, schema in schemas.items() if schema.get("type") == "object"}

    assert records <= set(re.findall(r"^## (\w+)$", FIELDS, re.MULTILINE))
