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
