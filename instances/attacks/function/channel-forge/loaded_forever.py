# expect: fail
# how: says that it was loaded in reply to everything
# limit: cpu

import marshal
import os
import struct


def _send(kind, payload=b"", length=None):
    body = kind + payload
    os.write(4, struct.pack("<I", len(body) if length is None else length) + body)


def __ENTRY__(*args, **kwargs):
    while True:
        _send(b"l")
