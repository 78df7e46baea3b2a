# expect: fail
# how: announces a frame under the cap, sends one byte and waits
# limit: wall

import marshal
import os
import struct


def _send(kind, payload=b"", length=None):
    body = kind + payload
    os.write(4, struct.pack("<I", len(body) if length is None else length) + body)


import time


def __ENTRY__(*args, **kwargs):
    _send(b"v", b"(", length=60 << 20)
    time.sleep(3600)
