# expect: fail
# how: filled its scratch to the brim

import os

try:
    with open("attack-fill", "wb", buffering=0) as _file:
        for _ in range(256):
            _file.write(b"x" * (1 << 20))
except OSError:
    pass

def __ENTRY__(*args, **kwargs):
    return "attack"
