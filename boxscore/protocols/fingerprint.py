"""What a task is, as a hash: equal for equal data, in each process."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.protocols.contract import Task


def task_fingerprint(task: Task) -> str:
    """Hash a task, all plain data in it included: types count, the order within sets does not."""
    digest = hashlib.sha256()
    for text in _texts(task):
        digest.update(f"{len(text)}:".encode())
        digest.update(text.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _texts(value: object) -> Iterator[str]:
    """Texts that are equal for equal data; sets, which print in another order in each process, are sorted."""
    if isinstance(value, msgspec.Struct):
        yield type(value).__name__
        for name in value.__struct_fields__:
            yield name
            yield from _texts(getattr(value, name))
    elif isinstance(value, tuple):
        yield f"tuple of {len(value)}"
        for one in value:
            text = repr(one)
            yield repr(_ordered(one)) if "{" in text else text
    else:
        yield repr(value)


def _ordered(value: object) -> object:
    if isinstance(value, dict):
        return {repr(_ordered(key)): _ordered(one) for key, one in value.items()}
    if isinstance(value, set | frozenset):
        # A dict's keys are shown with quotes here: no other value looks like this one.
        return {type(value).__name__: sorted(repr(_ordered(one)) for one in value)}
    if isinstance(value, list):
        return [_ordered(one) for one in value]
    if isinstance(value, tuple):
        return tuple(_ordered(one) for one in value)
    return value
