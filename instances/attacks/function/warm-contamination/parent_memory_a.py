# expect: fail
# how: writes a mark into the memory of its parent

import os
import re

_mark = b"ATTACK" + b"_MARK_"
try:
    with open(f"/proc/{os.getppid()}/maps") as _maps, open(f"/proc/{os.getppid()}/mem", "r+b", buffering=0) as _memory:
        for _line in _maps:
            if "[heap]" in _line:
                _memory.seek(int(_line.split("-")[0], 16) + 64)
                _memory.write(_mark)
except OSError:
    pass

def __ENTRY__(*args, **kwargs):
    return "attack"
