"""Which instance images are in use, and when each was last: what `evict` goes by.

Theory of operation. Each image has an empty file in the cache, whose time is that of its last use. A run that works
with images has a file of its own that lists them, and holds a lock on it; the lock goes with the process, so a
killed run keeps no image. A file that nobody has locked is of a run that is gone.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

from boxscore.cache import cache_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_UNBORN = "."  # how the name of a list begins that has no lock yet


def mark_used(reference: str) -> None:
    """Remember that an instance's image was used now. A cache that cannot be written is no reason to fail."""
    path = _mark(reference)
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def last_used(reference: str) -> float | None:
    """When an instance's image was last used on this machine, in seconds since the epoch."""
    try:
        return _mark(reference).stat().st_mtime
    except OSError:
        return None


def forget_use(reference: str) -> None:
    """An image is gone."""
    with suppress(OSError):
        _mark(reference).unlink()


@contextmanager
def in_use(references: Iterable[str]) -> Iterator[None]:
    """Keep `evict`, of this process or another one of this machine, from removing images; they are used now."""
    names = sorted(set(references))
    with ExitStack() as stack:
        for name in names:
            mark_used(name)
        if names:
            with suppress(OSError):  # a cache that cannot be written is no reason to fail
                _hold("".join(f"{name}\n" for name in names), stack)
        yield


def held_references() -> frozenset[str]:
    """The images that runs on this machine use now."""
    held: set[str] = set()
    for path in _held().glob("[!.]*"):
        with suppress(OSError), path.open(encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                held.update(file.read().split())
            else:
                path.unlink()
    return frozenset(held)


def _hold(text: str, stack: ExitStack) -> None:
    folder = _held()
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{os.getpid()}-{secrets.token_hex(6)}"
    file = stack.enter_context((folder / f"{_UNBORN}{name}").open("x", encoding="utf-8"))
    fcntl.flock(file, fcntl.LOCK_EX)
    file.write(text)
    file.flush()
    path = (folder / f"{_UNBORN}{name}").rename(folder / name)
    stack.callback(path.unlink, missing_ok=True)


def _mark(reference: str) -> Path:
    return cache_folder() / "instances" / reference.rpartition(":")[2]


def _held() -> Path:
    return cache_folder() / "instances" / "in-use"
