"""How processes of the box keep memory: what they free they use again, instead of giving it back to the kernel.

A new page costs more than what a small function does with it, and an interpreter that frees a million objects
gives back all their pages, to take as many new ones at the next call. So Python's arenas come from the C library's
heap, and 128 MiB of it are kept. It concerns speed alone: whatever is missing here leaves things as they were.
"""

from __future__ import annotations

import ctypes

_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3  # of malloc.h
_KEPT_BYTES, _STEP_BYTES, _MAPPED_BYTES = 128 << 20, 1 << 20, 32 << 20
_ARENA_BYTES, _MOST_BYTES = 256 << 10, 4 << 20  # arenas have 256 KiB before Python 3.10, 1 MiB since
_ITEM_BYTES = 470  # of the largest size class, of which few fill a pool

_pinned: list[bytes] = []


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
