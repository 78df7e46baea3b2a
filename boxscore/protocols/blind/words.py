"""What a reader of a text can find in it: the words of a value, one after the other, however they are parted.

A value of words that stand nowhere was not read. One of a single letter or digit, or none, is too easily guessed.
The text of this module also runs in boxes, where repositories are searched.
"""

from __future__ import annotations

import re

LEAST_LETTERS = 2
_PARTING = re.compile(rb"[^0-9a-z\x80-\xff]+")
_ESCAPE = re.compile(r"\\(?:[abfnrtv]|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([0-7]{1,3}))")


def words_of(text: str) -> bytes:
    """The words of a text in lower case, with a blank before, between and behind them."""
    return b" " + _PARTING.sub(b" ", text.lower().encode("utf-8", "replace")).strip() + b" "


def readable_in(text: str) -> bytes:
    """The words of a text as it stands, and as it is where what looks like an escape in a string literal is one."""
    found = words_of(text)
    meant = _ESCAPE.sub(_meant, text) if "\\" in text else text
    return found if meant == text else found + words_of(meant)


def _meant(escape: re.Match[str]) -> str:
    byte, unit, octal = escape.groups()
    if octal is not None:
        return chr(int(octal, 8))
    code = byte or unit
    return chr(int(code, 16)) if code else " "


def is_guessed(words: bytes) -> bool:
    """Whether a value of these words is one of a few."""
    return len(words.replace(b" ", b"")) < LEAST_LETTERS or words.strip() in {b"none", b"true", b"false"}
