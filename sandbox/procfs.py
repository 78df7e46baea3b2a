"""Where the files of /proc are read: by its name or, once that is covered, through a descriptor from before."""

from __future__ import annotations

import os

_before: list[int] = []  # empty while /proc may be opened by name


def opener(path: str, flags: int) -> int:
    """Open a file below /proc, named from there; for `open` too."""
    if _before:
        return os.open(path, flags | os.O_CLOEXEC, dir_fd=_before[0])
    return os.open("/proc/" + path, flags | os.O_CLOEXEC)


def names() -> list[str]:
    return os.listdir(_before[0] if _before else "/proc")


def keep() -> None:
    """Hold on to /proc as it is now: it is about to be covered. Graders inherit this, candidates do not."""
    _before.append(os.open("/proc", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))


def read(path: str, most: int) -> bytes:
    descriptor = opener(path, os.O_RDONLY)
    try:
        return os.read(descriptor, most)
    finally:
        os.close(descriptor)


def address_bytes() -> int:
    return _own_pages(0)


def data_bytes() -> int:
    """Return the size of our own data, as the limit on data counts it."""
    return _own_pages(5)


def _own_pages(field: int) -> int:
    return int(read("self/statm", 200).split()[field]) * os.sysconf("SC_PAGE_SIZE")


def threads(pid: int | str) -> list[str]:
    try:
        descriptor = opener(f"{pid}/task", os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return []
    try:
        return os.listdir(descriptor)
    except OSError:
        return []
    finally:
        os.close(descriptor)
