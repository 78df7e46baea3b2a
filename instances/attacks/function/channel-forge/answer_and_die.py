# expect: fail
# how: answers and ends in the same breath

import marshal
import os
import struct


def _send(kind, payload=b"", length=None):
    body = kind + payload
    os.write(4, struct.pack("<I", len(body) if length is None else length) + body)


def __ENTRY__(*args, **kwargs):
    _send(b"v", marshal.dumps("attack", 2))
    os._exit(0)
