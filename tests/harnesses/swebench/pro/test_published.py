"""SWE-bench Pro's harness on the published rows and the scripts of its repository."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from harnesses.swebench.pro.row import SCRIPTS, ProRow, load_swebench_pro
from harnesses.swebench.pro.task import make_task

pytestmark = pytest.mark.data

PINNED = f"jefzda/sweap-images@sha256:{'0' * 64}"


@pytest.fixture
def rows() -> Path:
    folder = Path(os.environ.get("BOXSCORE_DATA", "")) / "swe-bench-pro"
    found = [path for name in ("test.parquet", "test.jsonl") if (path := folder / name).is_file()]
    if "BOXSCORE_DATA" not in os.environ or not found or not any(folder.rglob(SCRIPTS)):
        pytest.skip("BOXSCORE_DATA has no swe-bench-pro/test.parquet or test.jsonl with run_scripts/")
    return found[0]


def test_every_row(rows: Path) -> None:
    instances = load_swebench_pro(rows)

    assert instances
    for instance in instances:
        made = make_task(msgspec.convert(instance.row, ProRow), pinned=PINNED)
        assert made.fail_to_pass
        assert made.test_patch
        assert made.log_program is not None
        compile(made.log_program.files[0][1], instance.instance_id, "exec")
