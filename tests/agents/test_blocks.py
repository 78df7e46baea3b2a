"""Blocks of code in answers."""

from __future__ import annotations

import pytest

from boxscore.agents.texts import blocks_of

FENCE = "```"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("a\n```sh\nls\n```\nb", ["ls\n"]),
        ("```sh \t\nls\n\nx\n```\t\n```bash\npwd\n```", ["ls\n\nx\n", "pwd\n"]),
        ("```sh\n```", [""]),
        ("```sh\n```python\nx\n```", ["```python\nx\n"]),
        ("```shx\nls\n```\n ```sh\nls\n```\n```\nls\n```", []),
        ("```sh\nls", []),
        ("```sh\nls\n```x\n", []),
        ("```sh\r\nls\n```", []),
    ],
)
def test_blocks(text: str, found: list[str]) -> None:
    """They begin with a word that is asked for and end at a bare fence; anything else is text."""
    assert blocks_of(text, "sh", "bash") == found


def test_a_million_beginnings_take_no_longer_than_as_much_text() -> None:
    """Each is looked at once, though none of them ends."""
    assert blocks_of(f"{FENCE}sh\n" * 1_000_000, "sh") == []
    assert len(blocks_of(f"{FENCE}sh\n{FENCE}\n" * 100_000, "sh")) == 100_000
