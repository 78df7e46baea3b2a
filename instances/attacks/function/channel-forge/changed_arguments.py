# expect: fail
# how: claims changed arguments of another shape than it was given

import marshal
import os
import struct


def _send(kind, payload=b"", length=None):
    body = kind + payload
    os.write(4, struct.pack("<I", len(body) if length is None else length) + body)


def __ENTRY__(*args, **kwargs):
    _send(b"m", marshal.dumps((True, ()), 2))
    _send(b"m", marshal.dumps((True, [[], {}, "attack"], 1), 2))
    _send(b"m", marshal.dumps(5, 2))
    os._exit(0)
