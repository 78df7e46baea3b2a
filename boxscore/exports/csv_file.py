"""CSV as RFC 4180 has it: a row for each sample, safe to open in a spreadsheet.

A spreadsheet takes a cell that begins with one of `=`, `+`, `-`, `@`, a tab or a line end for a formula, and may run
what a candidate wrote: such a text gets an apostrophe before it. What readers of CSV may choke on, and what
nobody sees in a cell (control characters, what has no width or changes the direction of text, halves of surrogate
pairs), is shown as an escape.
"""

from __future__ import annotations

import csv
import json
import re
from typing import TYPE_CHECKING

from boxscore.exports.contract import Written
from boxscore.exports.rows import COLUMNS, LONG, rows
from boxscore.invisible import INVISIBLE
from boxscore.report.numbers import counted

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.exports.place import Destination
    from boxscore.exports.source import ExportedRun

_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")  # noqa: RUF001 - wide forms, which spreadsheets read as the narrow ones
_UNSAFE = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f{INVISIBLE}\ud800-\udfff]")


class CsvFile:
    """The format `csv`."""

    def write(self, run: ExportedRun, place: Destination) -> Written:
        """Write a header and a row for each sample, in UTF-8, one after the other."""
        with place.file(".csv") as part:
            count = write_rows(part, run)
        return Written(what=f"{place.path('.csv')}: {counted(count, 'row')}", left_out=run.unfinished())


def write_rows(path: Path, run: ExportedRun, *, long: bool = True, model: str | None = None) -> int:
    """Write a header and a row for each sample, of one model if it is named, and say how many; without `long` texts."""
    columns = [name for name in COLUMNS if long or name not in LONG]
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(columns)
        for row in rows(run, output=long, model=model):
            writer.writerow([_cell(getattr(row, name)) for name in columns])
            count += 1
    return count


def cell_text(text: str) -> str:
    """Text for a cell: never a formula, and without what a reader may choke on."""
    shown = _UNSAFE.sub(_escaped, text)
    return f"'{shown}" if _FORMULA.match(shown) else shown


def _cell(value: object) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return value
    if isinstance(value, str):
        return cell_text(value)
    return cell_text(json.dumps(value, ensure_ascii=False)) if value else ""


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()


FORMAT = CsvFile()
