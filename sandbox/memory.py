"""How processes of the box keep memory: what they free they use again, instead of giving it back to the kernel.

A new page costs more than what a small function does with it, and an interpreter that frees a million objects
gives back all their pages, to take as many new ones at the next call. So Python's arenas come from the C library's
heap, and 128 MiB of it are kept.

A large heap, as one with BigCodeBench's modules, is put into huge pages before the first fork, which then copies one
entry for 2 MiB.

It concerns speed alone: whatever is missing here leaves things as they were.
"""

from __future__ import annotations

import ctypes
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3  # of malloc.h
_KEPT_BYTES, _STEP_BYTES, _MAPPED_BYTES = 128 << 20, 1 << 20, 32 << 20
_ARENA_BYTES, _MOST_BYTES = 256 << 10, 4 << 20  # arenas have 256 KiB before Python 3.10, 1 MiB since
_ITEM_BYTES = 470  # of the largest size class, of which few fill a pool
HUGE_BYTES, LARGE_HEAP_BYTES = 2 << 20, 32 << 20
_MADV_COLLAPSE = 25

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


def gather_heap() -> int:
    """Put a large heap into huge pages, as it is now, before there are forks; return how many it has got.

    Only on x86_64, where it was measured.
    """
    if os.uname().machine != "x86_64":
        return 0
    try:
        with open("/proc/self/maps") as maps:
            start, end = heap(maps)
    except OSError:  # /proc is covered, as it is under gVisor, or does not let us
        return 0
    if end - start < LARGE_HEAP_BYTES:
        return 0
    advise = ctypes.CDLL(None, use_errno=True).madvise
    advise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    # One call for each: where a huge page is lacking, the next may be there.
    return sum(advise(at, HUGE_BYTES, _MADV_COLLAPSE) == 0 for at in range(start, end, HUGE_BYTES))


def heap(maps: Iterable[str]) -> tuple[int, int]:
    """Return where the huge pages that the C library's heap can fill begin and end; equal where it fills none.

    `maps` has the lines of /proc/PID/maps.
    """
    for line in maps:
        if line.endswith("[heap]\n"):
            start, end = (int(address, 16) for address in line.split()[0].split("-"))
            start, end = -(-start // HUGE_BYTES) * HUGE_BYTES, end // HUGE_BYTES * HUGE_BYTES
            return start, max(start, end)
    return 0, 0
