"""Names of files for what others named."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Key = TypeVar("Key")


def plain_name(text: str) -> str:
    """A name of a file for any text: up to 100 of its letters, digits and `-_.`; `samples` where none is left."""
    kept = "".join(one if one.isalnum() or one in "-_." else "-" for one in text)[:100]
    return kept.strip(".") or "samples"


def distinct_names(keys: Iterable[Key], clean: Callable[[Key], str]) -> dict[Key, str]:
    """A name for each key as `clean` makes it, with a hash behind it where another key has that name already.

    So that two models whose names differ in a slash, or only behind where they are cut, do not share a file.
    """
    names: dict[Key, str] = {}
    used: set[str] = set()
    for key in keys:
        name = clean(key)
        while name in used:
            name += f"-{hashlib.sha256(repr(key).encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
        names.setdefault(key, name)
        used.add(name)
    return names
