"""What `boxscore show` says of an instance's bits."""

from __future__ import annotations

import pytest

from boxscore.cli.show import described_row


@pytest.mark.parametrize(
    ("name", "value", "row"),
    [
        ("blind_bits", 15.2, ("blind bits", "15.2: `blind` takes 10, and log2 of the instance's samples")),
        ("canary_bits", 11.57, ("canary bits", "11.57: `canary` takes 10")),
        ("runner", "pytest", ("runner", "pytest")),
        ("FAIL_TO_PASS", [*"abcdefg"], ("FAIL_TO_PASS", "7: a, b, c, d, e, …")),
    ],
)
def test_bits_are_said_what_they_are_for(name: str, value: object, row: tuple[str, str]) -> None:
    """A number of bits alone tells nobody which level an instance can have."""
    assert described_row(name, value) == row
