# expect: fail
# how: crashes with a large memory so that a core is written

import os
import resource


def __ENTRY__(*args, **kwargs):
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (-1, -1))
    except (OSError, ValueError):
        pass
    block = bytearray(64 << 20)
    block[::4096] = b"x" * len(block[::4096])
    os.abort()
