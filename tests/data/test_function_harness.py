"""The base for benchmarks of functions."""

from __future__ import annotations

import pytest

from boxscore import Instance
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
    """What stands before the function is given to the tests, whether or not it has a docstring."""
    row: dict[str, object] = {"entry_point": "return1", "test": "def check(candidate):\n    assert candidate() == 1"}

    task = load_harness("humaneval").task(Instance(instance_id="test/0", prompt=prompt, row=row))

    assert task.helpers == helpers  # type: ignore[attr-defined]
