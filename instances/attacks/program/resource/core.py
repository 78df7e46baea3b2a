# expect: fail
# how: crashes with much memory so that a core is written

import os
import resource

try:
    resource.setrlimit(resource.RLIMIT_CORE, (-1, -1))
except (OSError, ValueError):
    pass
block = bytearray(64 << 20)
os.abort()
