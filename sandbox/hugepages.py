"""The interpreter's code in huge pages, so that what is forked shares it without a fault.

Code that comes from a file is mapped anew in each process, by a fault for every few pages. In anonymous memory a fork
copies the mapping instead, which for a page of 2 MiB is one entry. So as much of the interpreter as fills whole huge
pages is copied, and the copy put in its place. No page may be written and executed at the same time.

It concerns speed alone: where the kernel refuses a step or gives small pages, everything stays as it was. Only on
x86_64, whose processors see by themselves that code was written, and where it was measured.
"""

from __future__ import annotations

import ctypes
import mmap
import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

HUGE_BYTES, LARGE_HEAP_BYTES = 2 << 20, 32 << 20
_MADV_HUGEPAGE, _MADV_COLLAPSE, _MREMAP_MAYMOVE, _MREMAP_FIXED = 14, 25, 1, 2
_MAP_FAILED = ctypes.c_void_p(-1).value
_WRITTEN, _EXECUTED = mmap.PROT_READ | mmap.PROT_WRITE, mmap.PROT_READ | mmap.PROT_EXEC


class Span(NamedTuple):
    """Addresses from `start` up to `end`."""

    start: int
    end: int


def move_code() -> bool:
    """Move the interpreter's code, which must happen before there are threads or forks; say whether it was moved."""
    if os.uname().machine != "x86_64":
        return False
    inside = ctypes.cast(ctypes.pythonapi.Py_GetVersion, ctypes.c_void_p).value or 0
    with open("/proc/self/maps") as maps:
        span = whole_pages(maps, inside)
    return span is not None and _move(span)


def whole_pages(maps: Iterable[str], inside: int) -> Span | None:
    """Return the huge pages that code and constants of one file fill around an address; None if they fill none.

    `maps` has the lines of /proc/PID/maps. A file's mappings lie side by side. What may be written stays out.
    """
    run, path = Span(0, 0), ""
    for line in maps:
        addresses, rights, _, _, _, *name = line.split(maxsplit=5)
        start, end = (int(address, 16) for address in addresses.split("-"))
        constant = rights in ("r--p", "r-xp") and name != []
        if constant and start == run.end and name[0] == path:
            run = Span(run.start, end)
        elif run.start <= inside < run.end:
            break
        else:
            run, path = (Span(start, end), name[0]) if constant else (Span(0, 0), "")
    if not run.start <= inside < run.end:
        return None
    span = Span(-(-run.start // HUGE_BYTES) * HUGE_BYTES, run.end // HUGE_BYTES * HUGE_BYTES)
    return span if span.start < span.end else None


def gather_heap() -> int:
    """Put a large heap into huge pages, as it is now, before there are forks; return how many it has got."""
    if os.uname().machine != "x86_64":
        return 0
    try:
        with open("/proc/self/maps") as maps:
            span = heap(maps)
    except OSError:  # /proc is covered, as it is under gVisor, or does not let us
        return 0
    if span is None or span.end - span.start < LARGE_HEAP_BYTES:
        return 0
    library = _library()  # one call for each: where a huge page is lacking, the next may be there
    return sum(
        library.madvise(start, HUGE_BYTES, _MADV_COLLAPSE) == 0 for start in range(span.start, span.end, HUGE_BYTES)
    )


def heap(maps: Iterable[str]) -> Span | None:
    """Return the huge pages that the C library's heap can fill; None where there is no heap, or a small one."""
    for line in maps:
        if line.endswith("[heap]\n"):
            start, end = (int(address, 16) for address in line.split()[0].split("-"))
            span = Span(-(-start // HUGE_BYTES) * HUGE_BYTES, end // HUGE_BYTES * HUGE_BYTES)
            return span if span.start < span.end else None
    return None


def _move(span: Span) -> bool:
    """Copy a span and put the copy in its place; False, with all as before, where that is refused."""
    library, size = _library(), span.end - span.start
    room = library.mmap(None, size + HUGE_BYTES, _WRITTEN, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)
    if room == _MAP_FAILED:
        return False
    copy = -(-room // HUGE_BYTES) * HUGE_BYTES
    moved = False
    if library.madvise(copy, size, _MADV_HUGEPAGE) == 0:
        ctypes.memmove(copy, span.start, size)
        moved = (
            _is_huge(Span(copy, copy + size))
            and library.mprotect(copy, size, _EXECUTED) == 0
            and library.mremap(copy, size, size, _MREMAP_MAYMOVE | _MREMAP_FIXED, span.start) == span.start
        )
    for start, end in ((room, copy), (copy, copy if moved else copy + size), (copy + size, room + size + HUGE_BYTES)):
        if start < end:
            library.munmap(start, end - start)
    return moved


def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(None, use_errno=True)
    address, size, number = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int
    library.mmap.argtypes, library.mmap.restype = [address, size, number, number, number, ctypes.c_long], address
    library.mremap.argtypes, library.mremap.restype = [address, size, size, number, address], address
    library.madvise.argtypes = library.mprotect.argtypes = [address, size, number]
    library.munmap.argtypes = [address, size]
    return library


def _is_huge(span: Span) -> bool:
    """Whether a mapping is in huge pages throughout: the kernel may have none, or be told to give none."""
    with open("/proc/self/smaps") as lines:
        for line in lines:
            if line.startswith(f"{span.start:x}-{span.end:x} "):
                break
        held = next((line for line in lines if line.startswith("AnonHugePages:")), "0 0 kB")
    return int(held.split()[1]) << 10 == span.end - span.start
