# expect: fail
# how: hides memory in files without names
# limit: memory

import os


def __ENTRY__(*args, **kwargs):
    held = []
    while len(held) < 48:
        held.append(os.memfd_create("attack"))
        for _ in range(32):
            os.write(held[-1], b"x" * (1 << 20))
    return "attack"
