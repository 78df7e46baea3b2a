"""Packages and classes that changed their names between Java 8 and today, put into sources mechanically."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def renames_between(base: Mapping[str, bytes], now: Mapping[str, bytes]) -> tuple[tuple[str, str], ...]:
    """Give the known renames, (old, new) dotted names, that a candidate made: `now` has the new one and not the old."""
    raise NotImplementedError((base, now))


def renamed(source: bytes, renames: Sequence[tuple[str, str]]) -> bytes:
    """Put the new names into a source: imports and qualified names, but no comment or text constant."""
    raise NotImplementedError((source, renames))
