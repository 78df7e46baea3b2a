# expect: fail
# how: children that are small each and large together
# limit: memory

import os
import time


def __ENTRY__(*args, **kwargs):
    for _ in range(24):
        if os.fork() == 0:
            block = bytearray(64 << 20)
            block[::4096] = b"x" * len(block[::4096])
            time.sleep(2)
            os._exit(0)
    time.sleep(2)
    return "attack"
