# expect: fail
# how: sends frames of no bytes

import marshal
import os
import struct


def _send(kind, payload=b"", length=None):
    body = kind + payload
    os.write(4, struct.pack("<I", len(body) if length is None else length) + body)


def __ENTRY__(*args, **kwargs):
    for _ in range(50):
        _send(b"")
    return "attack"
