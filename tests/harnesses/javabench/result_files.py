"""The benchmark's own files of results, `single_class.json` and `result-full.json`: read them."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import boxscore
from harnesses.javabench.metrics import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_BYTES = 64 << 20
CLASS_WISE, TEST_WISE = "single_class.json", "result-full.json"


def read_class_wise(path: Path) -> list[Verdict]:
    return [
        _verdict(row, path, place, task="task_id", compiled=row.get("compile_errors") == 0, counts="test_result")
        for place, row in _records(_read(path), path)
    ]


def read_test_wise(path: Path) -> list[Verdict]:
    found = _read(path)
    if not isinstance(found, dict) or not all(isinstance(own, list) for own in found.values()):
        raise boxscore.InputError("must be an object of lists", path=path)
    rows = list(itertools.chain.from_iterable(found.values()))
    return [
        _verdict(row, path, place, task="test_id", compiled=row.get("compilable") is True, counts="n_pass")
        for place, row in _records(rows, path)
    ]


def _read(path: Path) -> object:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise boxscore.InputError(f"is larger than {MAX_BYTES >> 20} MiB", path=path)
        return json.loads(path.read_bytes())
    except OSError as error:
        raise boxscore.InputError(f"cannot be read: {error.strerror}", path=path) from error
    except (ValueError, RecursionError) as error:
        raise boxscore.InputError(f"not JSON: {error}", path=path) from None


def _records(rows: object, path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise boxscore.InputError("must be a list of objects", path=path)
    yield from enumerate(rows, 1)


def _verdict(  # noqa: PLR0913 - the fields that differ between the files, by keyword
    row: dict[str, Any], path: Path, place: int, *, task: str, compiled: bool, counts: str
) -> Verdict:
    name, numbers = row.get(task), row.get(counts)
    if not isinstance(name, str):
        raise boxscore.InputError("must be a string", path=path, line=place, field=task)
    if not isinstance(numbers, list) or len(numbers) != 2 or not all(isinstance(one, int) for one in numbers):
        raise boxscore.InputError("must be two numbers", path=path, line=place, field=counts)
    whole = row.get("can_replace") is True and row.get("has_todo") is False
    return Verdict(task=name, whole=whole, compiled=compiled, passed=numbers[0], total=numbers[1])
