"""What JavaScript takes for white space and for the order of an object's keys, where that differs from Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

SPACE = "\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))
_MOST_DIGITS = 10
_INDICES = 2**32 - 1


def key_order(keys: Iterable[str]) -> list[str]:
    """Sort keys as an object lists them: whole numbers first, by size, then the others as they came."""
    every = list(keys)
    return sorted(filter(_is_index, every), key=int) + [key for key in every if not _is_index(key)]


def _is_index(key: str) -> bool:
    if not (key.isascii() and key.isdigit() and len(key) <= _MOST_DIGITS):
        return False
    return (key == "0" or key[0] != "0") and int(key) < _INDICES
