"""Read rows of parquet files too, as the Hub keeps data sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from boxscore.data.rows import read_rows
from boxscore.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PARQUET = b"PAR1"


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
