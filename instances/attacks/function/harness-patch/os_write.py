# expect: fail
# how: os.write sends a claim of its own in place of the runner's bytes

import marshal
import os
import struct

_write = os.write


def _forge(fd, data):
    body = marshal.dumps(("passed", True))
    _write(fd, struct.pack("<I", len(body)) + body)
    return len(data)


os.write = os.writev = _forge

def __ENTRY__(*args, **kwargs):
    return "attack"
