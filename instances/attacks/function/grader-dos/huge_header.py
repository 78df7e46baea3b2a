# expect: fail
# how: announces a frame of 4 GiB

import marshal
import os
import struct


def _send(kind, payload=b"", length=None):
    body = kind + payload
    os.write(4, struct.pack("<I", len(body) if length is None else length) + body)


def __ENTRY__(*args, **kwargs):
    _send(b"v", b"x" * 100, length=0xFFFFFFFF)
    os._exit(0)
