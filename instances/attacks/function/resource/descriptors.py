# expect: fail
# how: opens descriptors until none is left

import os

_held = []
try:
    while len(_held) < 100_000:
        _held.append(os.dup(1))
except OSError:
    pass

def __ENTRY__(*args, **kwargs):
    return "attack"
