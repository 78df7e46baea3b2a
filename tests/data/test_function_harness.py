"""The base for benchmarks of functions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from boxscore import InputError, Instance
from boxscore.data.plugins import load_harness


@pytest.mark.parametrize(
    ("prompt", "helpers"),
    [
        ("def return1():\n", ""),
        ("import math\n\ndef return1():  # one\n", "import math\n"),
        ('import math\n\ndef return1():\n    """One."""\n', "import math\n"),
    ],
)
def test_a_prompt_may_end_with_the_signature(prompt: str, helpers: str) -> None:
    row: dict[str, object] = {"entry_point": "return1", "test": "def check(candidate):\n    assert candidate() == 1"}

    task = load_harness("humaneval").task(Instance(instance_id="test/0", prompt=prompt, row=row))

    assert task.helpers == helpers  # type: ignore[attr-defined]


def test_tags_are_fields_of_a_row() -> None:
    row: dict[str, object] = {
        "instance_id": "a",
        "prompt": "def f():",
        "entry_point": "f",
        "tests": "",
        "reference": "",
    }
    row["difficulty"] = "hard"
    harness: Any = load_harness("tiny")

    assert harness.instance(row, Path("rows"), 1).tags == {"difficulty": "hard"}
    assert harness.instance(row | {"difficulty": ""}, Path("rows"), 1).tags == {}
    with pytest.raises(InputError, match="difficulty"):
        harness.instance({name: row[name] for name in row if name != "difficulty"}, Path("rows"), 1)
