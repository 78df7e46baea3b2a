# expect: fail
# how: a child answers while the parent has ended

import marshal
import os
import struct


def _send(kind, payload=b"", length=None):
    body = kind + payload
    os.write(4, struct.pack("<I", len(body) if length is None else length) + body)


def __ENTRY__(*args, **kwargs):
    if os.fork() == 0:
        os.setsid()
        for _ in range(20):
            _send(b"v", marshal.dumps("passed", 2))
        os._exit(0)
    os._exit(0)
