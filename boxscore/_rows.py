"""Read files of records: JSON lines, plain or gzipped, and JSON lists. What cannot be read is an InputError."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import TYPE_CHECKING, BinaryIO, cast

from boxscore._errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_LINE_BYTES = 64 << 20
MAX_LIST_BYTES = 256 << 20
SUFFIXES = (".jsonl", ".jsonl.gz", ".json")

Row = dict[str, object]


def read_rows(path: Path, *, key: str | None = None, named: str | None = None) -> Iterator[tuple[int, Row]]:
    """Yield each record with its line number (its place, from 1, in a JSON list).

    Blank lines are skipped. No more than 64 MiB of a line, or 256 MiB of a JSON list, is held in memory.

    Args:
        path: A `.jsonl`, `.jsonl.gz` or `.json` file; any other name is read as JSON lines.
        key: A field that must be there and differ from record to record.
        named: Take a JSON object of records for a list of them, each with its name in this field unless it has it.

    Raises:
        InputError: The file is missing, empty, not UTF-8, not JSON, cut short, or holds a line that is too long, is no
            object or repeats a key.
    """
    seen: dict[object, int] = {}
    count = 0
    for line, row in _rows(path, named):
        count += 1
        if key is not None:
            _check_key(row, key, seen, path, line)
        yield line, row
    if not count:
        raise InputError("there is no record in it", path=path)


def text_field(row: Row, field: str, *, path: Path, line: int | None) -> str:
    """The text in a field. Raises InputError where it is missing or no text."""
    if field not in row:
        raise InputError("is missing", path=path, line=line, field=field)
    value = row[field]
    if not isinstance(value, str):
        raise InputError(f"must be a string, not {kind_of(value)}", path=path, line=line, field=field)
    if not is_text(value):
        raise InputError("holds half of a surrogate pair, which is no character", path=path, line=line, field=field)
    return value


def is_text(value: str) -> bool:
    """Whether a string can be written as UTF-8; JSON escapes can make one that cannot."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def kind_of(value: object) -> str:
    """What JSON calls a value."""
    if value is None:
        return "null"
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "a list", dict: "an object"}
    return names.get(type(value), type(value).__name__)


def _check_key(row: Row, key: str, seen: dict[object, int], path: Path, line: int) -> None:
    value = row.get(key)
    if not isinstance(value, (str, int)) or isinstance(value, bool) or value == "":
        problem = "is missing" if key not in row else f"must be a name or a number, not {kind_of(value)}"
        raise InputError(problem, path=path, line=line, field=key)
    if value in seen:
        raise InputError(f"{value!r} is already on line {seen[value]}", path=path, line=line, field=key)
    seen[value] = line


def _rows(path: Path, named: str | None) -> Iterator[tuple[int, Row]]:
    if path.name.endswith(".json"):
        yield from _list(path, named)
        return
    for line, data in _lines(path):
        if data.strip():
            yield line, _object(_decode(data, path, line), path, line)


def _list(path: Path, named: str | None) -> Iterator[tuple[int, Row]]:
    data = b"".join(_pieces(path, MAX_LIST_BYTES, whole=True))
    if not data.strip():
        return
    rows = _decode(data, path, None)
    if named is not None and isinstance(rows, dict) and all(isinstance(row, dict) for row in rows.values()):
        rows = [{named: name, **row} for name, row in rows.items()]
    if not isinstance(rows, list):
        raise InputError(f"must be a list of records, not {kind_of(rows)}", path=path)
    for number, row in enumerate(rows, 1):
        yield number, _object(row, path, number)


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    yield from enumerate(_pieces(path, MAX_LINE_BYTES, whole=False), 1)


def _pieces(path: Path, most: int, *, whole: bool) -> Iterator[bytes]:
    """Read lines, or all in one piece, of at most `most` bytes; every failure to read is an InputError."""
    line = 0
    try:
        with _open(path) as file:
            while data := file.read(most + 1) if whole else file.readline(most + 1):
                line += 1
                if len(data) > most:
                    where = None if whole else line
                    raise InputError(f"longer than {most >> 20} MiB, the most that is read", path=path, line=where)
                yield data
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        problem = "the gzip file is cut short" if isinstance(error, EOFError) else f"not a sound gzip file: {error}"
        raise InputError(problem, path=path, line=None if whole else line + 1) from error
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", path=path) from error


def _open(path: Path) -> BinaryIO:
    return cast("BinaryIO", gzip.open(path, "rb")) if path.name.endswith(".gz") else path.open("rb")


def _decode(data: bytes, path: Path, line: int | None) -> object:
    # The standard decoder, as benchmarks were written with it: some hold numbers that JSON lacks, such as Infinity.
    try:
        return json.loads(data.decode())
    except UnicodeDecodeError as flaw:
        raise InputError(f"not UTF-8 at byte {flaw.start}", path=path, line=line) from None
    except (ValueError, RecursionError) as error:
        problem = f"{error.msg}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else str(error)
        raise InputError(f"not JSON: {problem}", path=path, line=line) from None


def _object(value: object, path: Path, line: int) -> Row:
    if not isinstance(value, dict):
        raise InputError(f"must be an object, not {kind_of(value)}", path=path, line=line)
    return value
