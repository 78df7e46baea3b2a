"""What benchmarks count by their practice."""

from __future__ import annotations

import pytest

from boxscore.data.plugins import load_harness


@pytest.mark.parametrize(
    "name",
    [
        "migration-bench@selected",
        "multi-swe-bench",
        "multi-swe-bench-mini",
        "own",
        "swe-bench",
        "swe-bench-lite",
        "swe-bench-live@2025-06..",
        "swe-bench-multimodal",
        "swe-bench-pro",
        "swe-rebench-v2",
    ],
)
def test_repository_benchmarks_count_missing_predictions(name: str) -> None:
    assert getattr(load_harness(name), "counts_missing", False) is True
