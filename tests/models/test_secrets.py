"""Texts without what authorizes anybody."""

from __future__ import annotations

import os
from contextlib import suppress

import pytest

from boxscore.models.secrets import (
    REDACTED,
    redacted,
    without_keys_in_environment,
    without_own_keys,
)

KEY = "canary-KEY-0a1b2c3d4e5f6g7h"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SOME_API_KEY", "HF_TOKEN", "AWS_SECRET_ACCESS_KEY", "DB_PASSWORD"):
        monkeypatch.setenv(name, f"{name[:2]}{KEY}")
    monkeypatch.setenv("OPENAI_API_KEY", "EMPTY")
    monkeypatch.setenv("LANG", "a-value-of-no-secret")


@pytest.mark.parametrize("name", ["SO", "HF", "AW", "DB"])
def test_values_of_the_environment_are_left_out(name: str) -> None:
    assert redacted(f"key {name}{KEY}, said the provider") == f"key {REDACTED}, said the provider"


def test_other_values_stay() -> None:
    """A short word such as EMPTY is no key, nor is what a variable with another name holds."""
    text = "EMPTY is a-value-of-no-secret... so far"
    assert redacted(text) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("http://user:pass@host/v1 is down", f"http://{REDACTED}@host/v1 is down"),
        ("{'Authorization': 'Bearer abcdefgh12345'}", f"{{'Authorization': '{REDACTED}'}}"),
        ("Authorization: Basic dXNlcjpwYXNz", f"Authorization: {REDACTED}"),
        ("(b'x-api-key', b'abcdefgh')", f"(b'x-api-key', b'{REDACTED}')"),
        ('{"api_key": "abcdefgh", "n": 1}', f'{{"api_key": "{REDACTED}", "n": 1}}'),
        ("https://host/m?key=abcdefgh&n=1", f"https://host/m?key={REDACTED}&n=1"),
        ("http://user:p@ss@host/v1, by me@host", f"http://{REDACTED}@host/v1, by me@host"),
        ("wrong key sk-proj-abcdefghijklmnop", f"wrong key {REDACTED}"),
        ("wrong key sk-proj-********************WXYZ.", f"wrong key {REDACTED}"),
        ("AKIAABCDEFGHIJKLMNOP and hf_abcdefghijklmnopqrst", f"{REDACTED} and {REDACTED}"),
    ],
)
def test_what_has_the_form_of_a_key_is_left_out(text: str, left: str) -> None:
    assert redacted(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "This model's maximum context length is 128 tokens. However, your messages resulted in 129 tokens.",
        "mail me@example.com about risk-assessment-of-everything",
        "for key in keys: authorize(key)",
        "def token(tokens: list[str]) -> str: ...",
    ],
)
def test_ordinary_texts_stay(text: str) -> None:
    assert redacted(text) == text


def test_an_answer_loses_our_own_keys_alone() -> None:
    code = 'requests.get("http://user:pass@host", headers={"Authorization": "Bearer abcdefgh12345"})'
    assert without_own_keys(code) == code
    assert without_own_keys(f"x = 'SO{KEY}'") == f"x = '{REDACTED}'"


@pytest.mark.parametrize("value", ["password", "minioadmin", "1000000007", "http://localhost:8080/"])
def test_an_answer_keeps_what_any_program_may_say(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    """A variable that holds a word or a number must not break the code of everybody who writes it."""
    monkeypatch.setenv("MAX_TOKENS_PASSWORD", value)
    code = f"def check({value!r}): ..."

    assert without_own_keys(code) == code
    assert value not in redacted(f"refused: {value}")


def test_what_is_started_meanwhile_inherits_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_API_KEY", "sk-value-of-a-key")
    monkeypatch.setenv("HARMLESS", "yes")
    monkeypatch.setenv("OWN_TOKEN", "its own")

    with suppress(ValueError), without_keys_in_environment(but="OWN_"):
        inside = dict(os.environ)
        raise ValueError

    assert "SOME_API_KEY" not in inside
    assert (inside["HARMLESS"], inside["OWN_TOKEN"]) == ("yes", "its own")
    assert os.environ["SOME_API_KEY"] == "sk-value-of-a-key"
