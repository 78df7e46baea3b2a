"""The benchmark that a run's record names, where the data that it was graded with is still on this machine.

A run directory may come from anybody, and a harness is code: one that a record names by a path is not loaded.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from boxscore.data.plugins import is_path_of_harness
from boxscore.errors import BoxscoreError
from boxscore.run.prepare import Request, load_benchmark

if TYPE_CHECKING:
    from boxscore.provenance import Provenance
    from boxscore.run.prepare import Benchmark


def recorded_benchmark(provenance: Provenance) -> Benchmark | None:
    """Load the very data of a run; None where it is not here, or no longer the same. Nothing is fetched.

    Harnesses are those that ship with boxscore or are installed.
    """
    path = Path(provenance.data_path or "")
    if is_path_of_harness(provenance.benchmark) or not provenance.data_sha256:
        return None
    try:
        if not path.exists() or (path.is_file() and _sha256(path) != provenance.data_sha256):
            return None
        benchmark = load_benchmark(Request(benchmark=provenance.benchmark, data=path))
    except (BoxscoreError, OSError, ValueError):  # a path with NUL among them
        return None
    return benchmark if benchmark.data.sha256 == provenance.data_sha256 else None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
