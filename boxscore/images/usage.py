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
    import io
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_GIVEN_UP = b"#"  # over the first letter of a name: no reference begins so
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
    """Forget when an image that is gone was last used."""
    with suppress(OSError):
        _mark(reference).unlink()


@contextmanager
def in_use(references: Iterable[str]) -> Iterator[ImageUse]:
    """Keep `evict`, of this process or another one of this machine, from removing images; they are used now."""
    names = sorted(set(references))
    with ExitStack() as stack:
        for name in names:
            mark_used(name)
        file = None
        if names:
            with suppress(OSError):  # a cache that cannot be written is no reason to fail
                file = _hold("".join(f"{name}\n" for name in names), stack)
        yield ImageUse(names, file)


class ImageUse:
    """The images that a block uses: each may be given up before its end."""

    def __init__(self, names: Iterable[str], file: io.TextIOWrapper | None) -> None:
        self._file = file
        self._places: dict[str, int] = {}
        place = 0
        for name in names:
            self._places[name] = place
            place += len(name) + 1

    def release(self, reference: str) -> None:
        """Use an image no longer: others may remove it."""
        place = self._places.pop(reference, None)
        if place is not None and self._file is not None:
            with suppress(OSError):  # it stays until the end, then
                os.pwrite(self._file.fileno(), _GIVEN_UP, place)


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


def _hold(text: str, stack: ExitStack) -> io.TextIOWrapper:
    folder = _held()
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{os.getpid()}-{secrets.token_hex(6)}"
    file = stack.enter_context((folder / f"{_UNBORN}{name}").open("x", encoding="utf-8"))
    fcntl.flock(file, fcntl.LOCK_EX)
    file.write(text)
    file.flush()
    path = (folder / f"{_UNBORN}{name}").rename(folder / name)
    stack.callback(path.unlink, missing_ok=True)
    return file


def _mark(reference: str) -> Path:
    return cache_folder() / "instances" / reference.rpartition(":")[2]


def _held() -> Path:
    return cache_folder() / "instances" / "in-use"
