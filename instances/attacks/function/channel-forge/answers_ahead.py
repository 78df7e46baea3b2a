# expect: fail
# how: sends many answers before it is asked

import marshal
import os
import struct


def _send(kind, payload=b"", length=None):
    body = kind + payload
    os.write(4, struct.pack("<I", len(body) if length is None else length) + body)


for _ in range(200):
    _send(b"v", marshal.dumps(True, 2))

def __ENTRY__(*args, **kwargs):
    return "attack"
