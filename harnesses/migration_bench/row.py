"""The record of one repository of MigrationBench."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from boxscore import InputError, record_rows

if TYPE_CHECKING:
    from pathlib import Path

COUNTS = "num_test_cases.json"  # beside the records: counts that were measured where these have none
UNKNOWN = -10  # as the official program has it of a repository in no data set
_REPO = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+")
_COMMIT = re.compile(r"[0-9a-f]{40}")
_MAX_COUNTS_BYTES = 4 << 20


class Row(Struct, frozen=True, kw_only=True):
    """One repository at the commit to migrate from.

    `num_test_cases` is what `mvn test` counted there on JDK 8: -2 where its output has no results, -1 where these have
    no count, `UNKNOWN` where nobody has measured it. Other counts are None where the record lacks them.
    """

    repo: str
    base_commit: str
    num_test_cases: int = UNKNOWN
    num_java_files: int | None = None
    num_loc: int | None = None
    num_pom_xml: int | None = None
    num_src_test_java_files: int | None = None
    license: str | None = None


def load_rows(path: Path) -> list[Row]:
    """Read records as the data sets have them: parquet, JSON lines or a list. Fields of no use here are left out.

    Raises:
        InputError: A record is not as it must be, two are of one repository, or there is none.
    """
    counts = _counts(path)
    rows: dict[str, Row] = {}
    for line, raw in record_rows(path, "repo"):
        row = _row(raw, path, line)
        if row.repo in rows:
            raise InputError(f"duplicate {row.repo!r}", path=path, line=line, field="repo")
        if "num_test_cases" not in raw and row.repo in counts:
            row = msgspec.structs.replace(row, num_test_cases=counts[row.repo])
        rows[row.repo] = row
    if not rows:
        raise InputError("contains no instances", path=path)
    return list(rows.values())


def _row(raw: dict[str, object], path: Path, line: int) -> Row:
    try:
        row = msgspec.convert({name: value for name, value in raw.items() if value is not None}, Row)
    except msgspec.ValidationError as error:
        raise InputError(str(error), path=path, line=line) from error
    for field, pattern in (("repo", _REPO), ("base_commit", _COMMIT)):
        value = getattr(row, field)
        if pattern.fullmatch(value) is None:
            wanted = "owner/name" if field == "repo" else "a commit of 40 hexadecimal digits"
            raise InputError(f"must be {wanted}, not {value[:100]!r}", path=path, line=line, field=field)
    return row


def _counts(path: Path) -> dict[str, int]:
    """Counts of tests by repository in the file beside the records; none where there is no such file."""
    place = path.with_name(COUNTS)
    if not place.is_file():
        return {}
    try:
        if place.stat().st_size > _MAX_COUNTS_BYTES:
            raise InputError(f"is longer than {_MAX_COUNTS_BYTES >> 20} MiB", path=place)
        return msgspec.json.decode(place.read_bytes(), type=dict[str, int])
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputError(f"must be an object of whole numbers by repository: {error}", path=place) from error
