"""Texts for people of values and exceptions that hold what a candidate answered: bounded in work, and never raising.

`str` of an exception is as long as what it holds, which may be millions of items, raises for integers of many digits,
and runs whatever a test's own class says. None of that may end a grader.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

MAX_TEXT = 500
MAX_BITS = 4_096  # of an integer that is written out; Python's own limit is about 14,000
MAX_ITEMS = 200  # of all containers in a value together


def text_of(value: str) -> str:
    """Bounded text that any decoder takes: what cannot be encoded is escaped."""
    return value[:MAX_TEXT].encode("utf-8", "backslashreplace").decode()


def text_of_error(error: BaseException) -> str:
    """What an exception says; where that would be long, the type and size of what it holds."""
    try:
        if all(_spent(one) <= MAX_ITEMS for one in error.args):
            return text_of(str(error))
        return text_of(", ".join(map(_summary, error.args)))
    except Exception as second:  # whatever its class does
        return "its text raised " + type(second).__name__


def _spent(value: Any) -> int:
    """Count the items of a value that must be looked at to write it, at most one more than MAX_ITEMS."""
    kind = type(value)
    if kind is int:
        return 1 if value.bit_length() <= MAX_BITS else MAX_ITEMS + 1
    if kind is bytes:
        return 1 if len(value) <= MAX_TEXT else MAX_ITEMS + 1
    if kind not in (list, tuple, set, frozenset, dict):
        return 1
    if len(value) > MAX_ITEMS:
        return MAX_ITEMS + 1
    total = 1
    for item in (*value, *value.values()) if kind is dict else value:
        total += _spent(item)
        if total > MAX_ITEMS:
            break
    return total


def _summary(value: Any) -> str:
    if _spent(value) <= MAX_ITEMS:
        return repr(value)
    if type(value) is int:
        return f"an integer of {value.bit_length()} bits"
    return f"a {type(value).__name__} of {len(value)} items"
