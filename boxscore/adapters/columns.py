"""Find the tests of a training row, under the names that data sets give them.

The first of these columns that a row has is taken: `tests`, `verification_info`, `input_output`, `ground_truth`,
`test_list` (with `test_setup_code` and `test_imports`, as MBPP has them) and `test` (with `entry_point`, as HumanEval
has it). What is in it is any of the forms that `boxscore.inline_task` takes, as a value or as JSON; a list of
`test_cases`, each with `input`, `output` and perhaps `fn_name`; or such a list turned into lists by column.
"""

from __future__ import annotations

import base64
import zlib
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from boxscore.data.inline_values import MAX_BYTES
from boxscore.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

COLUMNS = ("tests", "verification_info", "input_output", "ground_truth", "test_list", "test")
_CASE = ("input", "output", "fn_name", "type", "testtype")  # what of a case says how it is tried
_LANGUAGES = {"python3": "python", "py": "python", "c++": "cpp", "js": "javascript", "nodejs": "javascript"}


class RowTests(Struct, frozen=True, kw_only=True):
    """The tests of a row, as `boxscore.inline_task` takes them."""

    tests: Any
    entry_point: str | None = None
    language: str = "python"


def find_tests(row: Mapping[str, object]) -> RowTests | None:
    """Find the tests of a row; None where every column that may hold them is absent or None.

    Columns `entry_point` and `language` say what tests do not. Raises UsageError for tests of no known form.
    """
    name = next((name for name in COLUMNS if row.get(name) is not None), None)
    if name is None:
        return None
    found = read_tests(row[name])
    if name == "test_list":
        found = msgspec.structs.replace(found, tests=_mbpp_tests(row, found.tests))
    if name == "test" and isinstance(found.tests, str) and row.get("entry_point"):
        found = msgspec.structs.replace(found, tests=f"{found.tests}\n\ncheck({row['entry_point']})\n")
    return _with_names(found, row)


def read_tests(value: object) -> RowTests:
    """Bring what a column holds into one of the forms of `boxscore.inline_task`. Raises UsageError."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            value = msgspec.json.decode(value)
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
            return RowTests(tests=value)  # source that begins with a bracket, or what nobody can read
    if not isinstance(value, dict):
        return RowTests(tests=value)
    known = {one: value[one] for one in ("entry_point", "language") if value.get(one)}
    cases = value.get("test_cases", value.get("unit_tests"))
    if cases is None and isinstance(value.get("input"), list | tuple):
        cases = value
    tests = value if cases is None else _by_case(cases, value.get("fn_name"))
    if cases is None and value.get("fn_name") is None:
        tests = {key: one for key, one in value.items() if key not in ("fn_name", "entry_point", "language")}
    return _with_names(RowTests(tests=tests), known)


def rows_of_columns(columns: Mapping[str, object], count: int) -> list[dict[str, object]]:
    """Turn columns, lists of `count` values, into rows. What is no such list belongs to no row and is left out."""
    lists = {name: value for name, value in columns.items() if isinstance(value, list | tuple) and len(value) == count}
    return [{name: value[place] for name, value in lists.items()} for place in range(count)]


def _with_names(found: RowTests, row: Mapping[str, object]) -> RowTests:
    changes = {name: str(row[name]) for name in ("entry_point", "language") if row.get(name)}
    if "language" in changes:
        named = changes["language"].lower()
        changes["language"] = _LANGUAGES.get(named, named)
    return msgspec.structs.replace(found, **changes)


def _by_case(cases: object, function: object) -> object:
    """Cases as a list of mappings, out of such a list or of what it is in a table: a list for each field."""
    named = {"fn_name": function} if function else {}
    if isinstance(cases, dict) and isinstance(cases.get("packed"), str):
        cases = {**_unpacked(cases["packed"]), "fn_name": cases.get("fn_name")}
    if isinstance(cases, dict) and "inputs" in cases:
        return {**named, **{name: value for name, value in cases.items() if value is not None}}
    if isinstance(cases, dict):
        lists = {name: value for name, value in cases.items() if isinstance(value, list | tuple)}
        if not {"input", "output"} <= lists.keys() or len({len(one) for one in lists.values()}) != 1:
            raise UsageError("test_cases must have an `input` and an `output` for each case")
        cases = [dict(zip(lists, values, strict=True)) for values in zip(*lists.values(), strict=True)]
    if not isinstance(cases, list | tuple) or not cases or not all(isinstance(case, dict) for case in cases):
        raise UsageError("test_cases must be a list of objects with `input` and `output`, and not be empty")
    return [{**named, **{name: case[name] for name in _CASE if case.get(name) is not None}} for case in cases]


def _unpacked(packed: str) -> dict[str, object]:
    """Tests as NeMo-Gym packs those of LiveCodeBench: JSON, compressed by zlib, in base64; never unpickled."""
    try:
        unpacking = zlib.decompressobj()
        found = unpacking.decompress(base64.b64decode(packed, validate=True), MAX_BYTES)
        if not unpacking.eof:
            raise UsageError(f"packed tests are cut short, or more than {MAX_BYTES:,} bytes")
        return msgspec.json.decode(found, type=dict[str, object])
    except (ValueError, zlib.error, msgspec.DecodeError, RecursionError) as error:
        if isinstance(error, UsageError):
            raise
        raise UsageError(f"packed tests are no JSON object, compressed by zlib, in base64: {error}") from None


def _mbpp_tests(row: Mapping[str, object], tests: object) -> str:
    """Imports, set-up code and asserts in one source."""
    lines: list[object] = []
    for value in (row.get("test_imports"), row.get("test_setup_code"), tests):
        lines += [value] if isinstance(value, str) else value if isinstance(value, list | tuple) else []
    return "\n".join([*map(str, lines), ""])
