"""The benchmark of a run, where the data that it was graded with is still on this machine."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from boxscore.errors import BoxscoreError
from boxscore.run.prepare import Request, load_benchmark

if TYPE_CHECKING:
    from boxscore.exports.source import ExportedRun
    from boxscore.run.prepare import Benchmark


def benchmark_of(run: ExportedRun) -> Benchmark | None:
    """Load the very data of the run; None where it is not here, or no longer the same. Nothing is fetched."""
    asked = run.record.provenance
    path = Path(asked.data_path or "")
    try:
        if not path.is_file() or _sha256(path) != asked.data_sha256:
            return None
        return load_benchmark(Request(benchmark=asked.benchmark, data=path))
    except (BoxscoreError, OSError, ValueError):  # a path with NUL among them
        return None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
