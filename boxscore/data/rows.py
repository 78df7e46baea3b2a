"""Read files of records: JSON lines, plain or gzipped, and JSON lists. What cannot be read is an InputError."""

from __future__ import annotations

import codecs
import gzip
import json
import zlib
from typing import TYPE_CHECKING, BinaryIO, cast

from boxscore.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_LINE_BYTES = 64 << 20
MAX_LIST_BYTES = 256 << 20
SUFFIXES = (".jsonl", ".jsonl.gz", ".json")

Row = dict[str, object]

NOT_TEXT = "holds half of a surrogate pair, which is no character"
_IS_LIST = "this is a JSON list, not a record on each line: name it .json, or write a record a line (`jq -c '.[]'`)"
_BY_PANDAS = "convert it, for instance with pandas: `pandas.{read}(path).to_json(new, orient='records', lines=True)`"
_PARQUET = b"PAR1"
_FORMATS = {  # by their first bytes; UTF-32 begins as UTF-16 does
    codecs.BOM_UTF16_LE: ("text in UTF-16", "save it as UTF-8 (`iconv -f UTF-16 -t UTF-8`)"),
    codecs.BOM_UTF16_BE: ("text in UTF-16", "save it as UTF-8 (`iconv -f UTF-16 -t UTF-8`)"),
    _PARQUET: ("a Parquet file", _BY_PANDAS.format(read="read_parquet")),
    b"PK\x03\x04": ("a zip archive", "unpack it and name the file in it"),
    b"\x1f\x8b": ("a gzip file", "give it a name that ends in .gz"),
}


class FirstPlaces:
    """Where each key was first given."""

    def __init__(self) -> None:
        self._places: dict[object, tuple[Path, int | None]] = {}

    def __contains__(self, key: object) -> bool:
        return key in self._places

    def add(self, key: object, what: str, *, path: Path, line: int | None, field: str) -> None:
        """Note a key. Raises InputError, which names `what` it is of, where it was given before."""
        if key in self._places:
            first_path, first_line = self._places[key]
            place = f"line {first_line}" if first_path == path and line is not None else str(first_path)
            raise InputError(f"{what} is given twice, first in {place}", path=path, line=line, field=field)
        self._places[key] = path, line


def read_rows(path: Path, *, key: str | None = None, named: str | None = None) -> Iterator[tuple[int, Row]]:
    """Yield each record with its line number (its place, from 1, in a JSON list).

    Blank lines and a byte-order mark of UTF-8 are skipped. No more than 64 MiB of a line, or 256 MiB of a JSON list, is
    held in memory.

    Args:
        path: A `.jsonl`, `.jsonl.gz` or `.json` file; any other name is read as JSON lines. What another format's
            first bytes are those of, such as Parquet or a table of text, is refused with how to convert it.
        key: A field that must be there and differ from record to record.
        named: Take a JSON object of records for a list of them, each with its name in this field unless it has it.

    Raises:
        InputError: The file is missing, empty, not UTF-8, not JSON, cut short, or holds a line that is too long, is no
            object or repeats a key.
    """
    seen = FirstPlaces()
    count = 0
    for line, row in _rows(path, named):
        count += 1
        if key is not None:
            value = row.get(key)
            if not isinstance(value, (str, int)) or isinstance(value, bool) or value == "":
                problem = "is missing" if key not in row else f"must be a name or a number, not {kind_of(value)}"
                raise InputError(problem, path=path, line=line, field=key)
            seen.add(value, repr(value), path=path, line=line, field=key)
        yield line, row
    if not count:
        raise InputError("there is no record in it", path=path)


def record_rows(path: Path, key: str, *, named: str | None = None) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield the records of a file with their line or place; parquet is known by its first bytes.

    `key` and `named` are as `read_rows` has them; of parquet they are not looked at. Raises InputError, also for
    parquet where pyarrow is not installed.
    """
    if _is_parquet(path):
        yield from enumerate(_parquet(path), 1)
    else:
        yield from read_rows(path, key=key, named=named)


def _is_parquet(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(_PARQUET)) == _PARQUET
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path) from error


def _parquet(path: Path) -> list[dict[str, object]]:
    try:
        from pyarrow import ArrowException, parquet  # noqa: PLC0415 - optional
    except ImportError:
        problem = "is parquet, which needs pyarrow (pip install pyarrow); or give the records as JSON lines"
        raise InputError(problem, path=path) from None
    try:
        return cast("list[dict[str, object]]", parquet.read_table(path).to_pylist())
    except (ArrowException, OSError) as error:
        raise InputError(f"cannot be read as parquet: {error}", path=path) from error


def read_bytes(path: Path, most: int) -> bytes:
    """Read a file of up to `most` bytes. Raises InputError for a longer one, and for one that cannot be read."""
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path) from error
    if len(data) > most:
        raise InputError(f"longer than {most >> 20} MiB, the most that is read", path=path)
    return data


def read_text(path: Path, most: int, *, encoding: str = "utf-8") -> str:
    """Read a text file of up to `most` bytes. Raises InputError as `read_bytes`, and for one that is no text."""
    try:
        return read_bytes(path, most).decode(encoding)
    except UnicodeDecodeError as flaw:
        raise InputError(f"not UTF-8 at byte {flaw.start}", path=path) from None


def text_field(row: Row, field: str, *, path: Path, line: int | None) -> str:
    """The text in a field. Raises InputError where it is missing or no text."""
    if field not in row:
        raise InputError("is missing", path=path, line=line, field=field)
    value = row[field]
    if not isinstance(value, str):
        raise InputError(f"must be a string, not {kind_of(value)}", path=path, line=line, field=field)
    if not is_text(value):
        raise InputError(NOT_TEXT, path=path, line=line, field=field)
    return value


def is_text(value: str) -> bool:
    """Whether a string can be written as UTF-8; JSON escapes can make one that cannot."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_blank(value: str) -> bool:
    """Whether a text is empty or white space alone."""
    return not value.strip()


def kind_of(value: object) -> str:
    """What JSON calls a value."""
    if value is None:
        return "null"
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a string", list: "a list", dict: "an object"}
    return names.get(type(value), type(value).__name__)


def _rows(path: Path, named: str | None) -> Iterator[tuple[int, Row]]:
    if path.name.endswith(".json"):
        yield from _list(path, named)
        return
    first = True
    for line, data in _lines(path):
        if data.strip():
            if first:
                _refuse_other_formats(data, path)
            row = _decode(data, path, line)
            if first and isinstance(row, list):
                raise InputError(_IS_LIST, path=path, line=line)
            yield line, _object(row, path, line)
            first = False


def _list(path: Path, named: str | None) -> Iterator[tuple[int, Row]]:
    data = b"".join(_pieces(path, MAX_LIST_BYTES, whole=True))
    if not data.strip():
        return
    _refuse_bytes(data, path)
    rows = _decode(data, path, None)
    if named is not None and isinstance(rows, dict) and all(isinstance(row, dict) for row in rows.values()):
        _object(rows, path, None)
        rows = [{named: name, **_object(row, path, place)} for place, (name, row) in enumerate(rows.items(), 1)]
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
                yield data.removeprefix(codecs.BOM_UTF8) if line == 1 else data
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        problem = "the gzip file is cut short" if isinstance(error, EOFError) else f"not a sound gzip file: {error}"
        raise InputError(problem, path=path, line=None if whole else line + 1) from error
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", path=path) from error


def _refuse_bytes(data: bytes, path: Path) -> None:
    """Name a format by its first bytes. Raises InputError for one that is not text in UTF-8."""
    for start, (name, remedy) in _FORMATS.items():
        if data.startswith(start):
            raise InputError(f"this is {name}, not JSON in UTF-8: {remedy}", path=path)


def _refuse_other_formats(data: bytes, path: Path) -> None:
    """Say what a file is that cannot be JSON lines. Raises InputError."""
    _refuse_bytes(data, path)
    if data.strip() == b"[":
        raise InputError(_IS_LIST, path=path)
    if path.suffix.lower() in (".csv", ".tsv"):
        raise InputError(f"this is a table of text, not JSON lines: {_BY_PANDAS.format(read='read_csv')}", path=path)


def _open(path: Path) -> BinaryIO:
    return cast("BinaryIO", gzip.open(path, "rb")) if path.name.endswith(".gz") else path.open("rb")


def _decode(data: bytes, path: Path, line: int | None) -> object:
    # The standard decoder, as benchmarks were written with it: some hold numbers that JSON lacks, such as Infinity.
    try:
        return json.loads(data.decode())
    except UnicodeDecodeError as flaw:
        raise InputError(f"not UTF-8 at byte {flaw.start}", path=path, line=line) from None
    except json.JSONDecodeError as error:
        where = f"column {error.colno}" if line is not None else f"line {error.lineno}, column {error.colno}"
        raise InputError(f"not JSON: {error.msg}, {where}", path=path, line=line) from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"not JSON: {error}", path=path, line=line) from None


def _object(value: object, path: Path, line: int | None) -> Row:
    if not isinstance(value, dict):
        raise InputError(f"must be an object, not {kind_of(value)}", path=path, line=line)
    return value
