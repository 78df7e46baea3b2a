"""SWE-rebench's harness on published rows, with the log parsers of V2's repository."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from harnesses.swebench.swe_rebench import load_swe_rebench, swe_rebench_task
from harnesses.swebench.swe_rebench.rows import PARSERS

if TYPE_CHECKING:
    from boxscore import Instance

pytestmark = pytest.mark.data

FILES = ("test.parquet", "test.jsonl", "v2.parquet", "SWE-rebench-V2/sample.json")


@pytest.mark.parametrize("name", FILES)
def test_every_row(name: str) -> None:
    path = Path(os.environ.get("BOXSCORE_DATA", "")) / "swe-rebench" / name
    if "BOXSCORE_DATA" not in os.environ or not path.is_file():
        pytest.skip(f"BOXSCORE_DATA has no swe-rebench/{name}")

    for instance in load_swe_rebench(path):
        made = swe_rebench_task(_with_digest(instance))
        assert made.fail_to_pass
        assert made.commands
        assert made.test_patch
        if made.log_program is not None:
            parsers = dict(made.log_program.files)[PARSERS[0]]
            assert f"def {instance.row['log_parser']}(" in parsers or f'"{instance.row["log_parser"]}"' in parsers


def _with_digest(instance: Instance) -> Instance:
    return replace(instance, row={**instance.row, "digest": f"sha256:{'0' * 64}"})
