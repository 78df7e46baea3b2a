# expect: fail
# how: maps address space in many small pieces and in one huge one

import mmap

_held = []
try:
    for _ in range(20_000):
        _held.append(mmap.mmap(-1, 4096))
except (OSError, ValueError):
    pass
try:
    _held.append(mmap.mmap(-1, 1 << 45))
except (OSError, ValueError, MemoryError, OverflowError):
    pass

def __ENTRY__(*args, **kwargs):
    return "attack"
