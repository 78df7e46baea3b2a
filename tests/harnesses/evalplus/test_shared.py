"""Rows of HumanEval+ and MBPP+, and of sets that look like them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from boxscore import InputError
from boxscore.data.plugins import load_harness

if TYPE_CHECKING:
    from pathlib import Path

ROW = {"task_id": "EvoEval/0", "prompt": "def f(a):\n", "canonical_solution": "    return a\n", "entry_point": "f"}


def test_sets_with_inputs_as_source_are_told_from_rows_that_lack_them(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"

    path.write_text(json.dumps(ROW | {"inputs": ["[1] * 100"]}))
    with pytest.raises(InputError, match=r"field 'base_input': is missing; EvoEval's sets of 100"):
        load_harness("humanevalplus").load(path)
    path.write_text(json.dumps(ROW))
    with pytest.raises(InputError, match=r"field 'base_input': is missing$"):
        load_harness("humanevalplus").load(path)
