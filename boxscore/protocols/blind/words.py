"""What a reader of a text can find in it: the words of a value, one after the other, however they are parted.

A value of words that stand nowhere was not read. One of a single letter or digit, or none, is too easily guessed.
"""

from __future__ import annotations

import re

LEAST_LETTERS = 2
_PARTING = re.compile(rb"[^0-9a-z\x80-\xff]+")


def words_of(text: str) -> bytes:
    """The words of a text in lower case, with a blank before, between and behind them."""
    return b" " + _PARTING.sub(b" ", text.lower().encode("utf-8", "replace")).strip() + b" "


def is_guessed(words: bytes) -> bool:
    """Whether a value of these words is one of a few."""
    return len(words.replace(b" ", b"")) < LEAST_LETTERS or words.strip() in {b"none", b"true", b"false"}
