"""docs/models.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from boxscore.models import provider
from boxscore.models.provider import NEVER_ANSWERED, PATIENCE
from boxscore.models.registry import CONCURRENCY, OWN

PAGE = (Path(__file__).parents[2] / "docs" / "models.md").read_text("utf-8")
WORDS = " ".join(PAGE.split())


def row(beginning: str) -> set[int]:
    (line,) = re.findall(rf"^\| {beginning}.*$", PAGE, re.MULTILINE)
    return {int(number) for number in re.findall(r"\b[45]\d\d\b", line)}


def test_every_status_that_is_asked_again_or_never() -> None:
    assert row("status 429") == provider.RATE_LIMITED
    assert row("status 408") == (provider.RETRIED - provider.RATE_LIMITED) | {provider.SERVER_FAILED}
    assert row("status 401") == provider.UNUSABLE


def test_every_limit() -> None:
    assert (PATIENCE.total_s, NEVER_ANSWERED) == (3600, 5)
    for text in (
        f"at most {PATIENCE.attempts} times in an hour",
        f"an attempt may take {PATIENCE.attempt_s:g} s",
        f"At most {CONCURRENCY} questions",
    ):
        assert text in WORDS, text


def test_every_name() -> None:
    for name in OWN:
        assert f"\n| `{name}` |" in PAGE
