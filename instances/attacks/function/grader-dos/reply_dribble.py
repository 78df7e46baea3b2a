# expect: fail
# how: sends a frame one byte at a time
# limit: wall

import marshal
import os
import struct


def _send(kind, payload=b"", length=None):
    body = kind + payload
    os.write(4, struct.pack("<I", len(body) if length is None else length) + body)


import time


def __ENTRY__(*args, **kwargs):
    os.write(4, struct.pack("<I", 1 << 20) + b"v")
    while True:
        os.write(4, b"(")
        time.sleep(0.05)
