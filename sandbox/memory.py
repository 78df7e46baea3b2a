"""How processes of the box keep memory: what they free they use again, instead of giving it back to the kernel.

A new page costs more than what a small function does with it, and an interpreter that frees a million objects
gives back all their pages, to take as many new ones at the next call. So Python's arenas come from the C library's
heap, and 128 MiB of it are kept.

What is free when a process forks lies between things that are in use, on pages that both share: whoever takes it writes
to them, and has each copied first. So before the first fork all that is free there is taken and never given back, and
what a child needs comes from whole new pages, which cost a third and are fewer.

It concerns speed alone: whatever is missing here leaves things as they were.
"""

from __future__ import annotations

import ctypes
import gc
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3  # of malloc.h
_KEPT_BYTES, _STEP_BYTES, _MAPPED_BYTES = 128 << 20, 1 << 20, 32 << 20
_ARENA_BYTES, _MOST_BYTES = 256 << 10, 4 << 20  # arenas have 256 KiB before Python 3.10, 1 MiB since
_ITEM_BYTES = 470  # of the largest size class, of which few fill a pool
_STEP, _LEAST, _LARGEST = 16, 24, 64 << 10  # sizes of what is taken from the C library's heap, down from the largest
_BYTES_HEAD = 33  # what `bytes` need beside what they hold
_MOST_FREE = 16 << 20

_pinned: list[object] = []


class _Allocator(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_void_p) for name in ("ctx", "malloc", "calloc", "realloc", "free"))


class _Arenas(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_void_p) for name in ("ctx", "alloc", "free"))


class _Info(ctypes.Structure):
    _fields_ = tuple((f"field{number}", ctypes.c_size_t) for number in range(10))

    @property
    def used(self) -> int:
        """Bytes in mapped blocks and in the heap (`hblkhd` and `uordblks`)."""
        return int(self.field4 + self.field7)

    @property
    def end(self) -> int:
        """Bytes at the end of the heap, after all that was ever in use (`keepcost`)."""
        return int(self.field9)


def keep_memory() -> None:
    """Lay it on this process and all that it forks. One that does so must end by `os._exit`.

    Arenas that are there already must never be freed, as they are not the heap's: what they have room for is filled
    and kept, until Python asks for a new arena.
    """
    libc = ctypes.CDLL(None)
    try:
        info = libc.mallinfo2
        get, put = ctypes.pythonapi.PyMem_GetAllocator, ctypes.pythonapi.PyObject_SetArenaAllocator
        accepted = libc.mallopt(_MMAP_THRESHOLD, _MAPPED_BYTES) and libc.mallopt(_TRIM_THRESHOLD, _KEPT_BYTES)
    except AttributeError:  # another C library, or another Python
        return
    if not accepted:
        return
    libc.mallopt(_TOP_PAD, _STEP_BYTES)
    info.restype = _Info
    raw, before = _Allocator(), _Arenas()
    get(0, ctypes.byref(raw))
    ctypes.pythonapi.PyObject_GetArenaAllocator(ctypes.byref(before))
    put(ctypes.byref(_Arenas(raw.ctx, raw.malloc, raw.free)))
    start = info().used
    while info().used - start < _ARENA_BYTES:
        if len(_pinned) * _ITEM_BYTES > _MOST_BYTES:  # Python's objects are in no arenas
            put(ctypes.byref(before))
            return
        _pinned.append(bytes(_ITEM_BYTES))


def fill_holes() -> None:
    """Take what is free among what is in use: first blocks in Python's pools, then chunks of the C library's heap."""
    try:
        for _ in range(2):  # the first time leaves some of its own behind
            gc.collect()
            free = list(_free_blocks(_statistics()))
            if sum(size * count for size, count in free) > _MOST_FREE:
                return
            _pinned.extend([_block(size) for _ in range(count)] for size, count in free)
        _fill_heap()
    except (AttributeError, OSError, ValueError):  # another C library, or another Python
        return


def _statistics() -> str:
    """What Python's allocator says of itself, which it writes to standard error only."""
    file, kept = os.memfd_create("statistics", os.MFD_CLOEXEC), os.dup(2)
    try:
        os.dup2(file, 2)
        sys._debugmallocstats()  # noqa: SLF001 - it has no other name
    finally:
        os.dup2(kept, 2)
        os.close(kept)
    with open(file, encoding="ascii", errors="replace") as text:
        text.seek(0)
        return text.read()


def _free_blocks(statistics: str) -> Iterator[tuple[int, int]]:
    """Read the table of size classes: the size of a block, and how many blocks are free in pools that are in use."""
    for line in statistics.splitlines():
        fields = line.split()
        if len(fields) == 5 and all(map(str.isdigit, fields)):
            yield int(fields[1]), int(fields[4])


def _block(size: int) -> object:
    """Make an object of a size class that no collector looks at."""
    if size > _BYTES_HEAD:
        return bytes(size - _BYTES_HEAD)
    return float(size) if size > 16 else object()


def _fill_heap() -> None:
    """Take chunks of all sizes, largest first, until the next would be cut from the end of the heap."""
    libc = ctypes.CDLL(None)
    info, malloc = libc.mallinfo2, libc.malloc
    info.restype = _Info
    malloc.argtypes, malloc.restype = [ctypes.c_size_t], ctypes.c_void_p
    size = _LARGEST
    while size >= _LEAST:
        end = info().end
        while malloc(size) and info().end == end:
            pass
        size = size // 2 if size > _STEP * _STEP else size - _STEP
