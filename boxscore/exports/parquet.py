"""Parquet: a typed row for each sample, compressed, written a group of rows at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
from msgspec import structs

from boxscore.exports.run import Written
from boxscore.exports.tables import COLUMNS, rows
from boxscore.report.numbers import counted

if TYPE_CHECKING:
    from boxscore.exports.run import Destination, ExportedRun
    from boxscore.exports.tables import Row

GROUP_ROWS, GROUP_CHARACTERS = 5000, 32 << 20  # whichever comes first: this much is held in memory
_TYPES = {
    **dict.fromkeys(("passed", "unresolvable", "withheld", "output_truncated"), pa.bool_()),
    **dict.fromkeys(("cpu_s", "wall_s", "cost_usd", "agent_s"), pa.float64()),
    **dict.fromkeys(("memory_bytes", "tokens", "attempts"), pa.int64()),
    "parts": pa.map_(pa.string(), pa.string()),
    **dict.fromkeys(("answer", "output"), pa.large_string()),
}
SCHEMA = pa.schema([(name, _TYPES.get(name, pa.string())) for name in COLUMNS])


def write_parquet(run: ExportedRun, place: Destination) -> Written:
    """Write rows in groups, so that a run of any length needs the memory of one."""
    count = 0
    with place.file(".parquet") as part, pq.ParquetWriter(part, SCHEMA, compression="zstd") as writer:
        group: list[Row] = []
        held = 0
        for row in rows(run):
            group.append(row)
            held += len(row.answer) + len(row.output)
            count += 1
            if len(group) >= GROUP_ROWS or held >= GROUP_CHARACTERS:
                writer.write_batch(_batch(group))
                group, held = [], 0
        if group:
            writer.write_batch(_batch(group))
    return Written(what=f"{place.path('.parquet')}: {counted(count, 'row')}", left_out=run.unfinished())


def _batch(group: list[Row]) -> pa.RecordBatch:
    columns = zip(*(structs.astuple(row) for row in group), strict=True)
    values = (
        [list(one.items()) for one in column] if name == "parts" else column
        for name, column in zip(COLUMNS, columns, strict=True)
    )
    arrays = [pa.array(column, field.type) for column, field in zip(values, SCHEMA, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)
