"""docs/formats.md explains every outcome and level of trust, docs/fields.md every field of records in files."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from boxscore import Outcome, Trust
from boxscore.provenance import RunRecord
from boxscore.report.build import Report
from boxscore.report.several import SeveralReport

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
FIELDS = (ROOT / "docs" / "fields.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """The table rows below a heading, up to the next one, that begin with a name in code."""
    (section,) = re.findall(rf"^##+ {re.escape(heading)}\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    lines = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_reference_of_fields_is_what_is_generated() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "write-field-reference"), "--check"]

    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_every_field_has_a_type_and_a_meaning() -> None:
    """What no docstring says is written on the page, in the last column, which the script keeps."""
    lines = [line for line in FIELDS.splitlines() if line.startswith("| `")]

    assert lines
    assert [line for line in lines if re.search(r"\|\s*\|$", line) or re.match(r"\| `\w+` \|\s*\|", line)] == []


def test_every_nested_record() -> None:
    """Records inside a report or a run have their own table."""
    schemas = msgspec.json.schema_components([Report, RunRecord, SeveralReport])[1]
    records = {name for name, schema in schemas.items() if schema.get("type") == "object"}

    assert records <= set(re.findall(r"^## (\w+)$", FIELDS, re.MULTILINE))


@pytest.mark.parametrize(("heading", "words"), [("Outcomes", Outcome), ("Trust", Trust)])
def test_every_word(heading: str, words: type[Outcome | Trust]) -> None:
    """Every outcome and every level of trust is explained, in order."""
    assert [row[0].strip("`") for row in rows(heading)] == [word.value for word in words]
